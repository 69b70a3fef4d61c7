package io.mosaic.controller.app;

import io.mosaic.model.AppResource;
import io.mosaic.model.AppStatus;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Counts an app's instances and says in one word how it is. */
final class AppCounts {

    private int ready;
    private int updated;
    private int leaving;
    private int looping;
    private int staying;
    private final Map<SetState, Integer> others = new TreeMap<>();
    private @Nullable String first;

    private AppCounts() {}

    /** Writes the app's status when it differs. */
    static void write(AppLook look) {
        AppResource app = look.app();
        AppCounts counts = new AppCounts();
        for (SetResource set : look.members()) {
            counts.count(set, app.release());
        }
        AppStatus before = app.status();
        AppStatus.State state = counts.state(app);
        AppStatus after = new AppStatus(
                state,
                counts.reason(look, state),
                counts.staying,
                counts.ready,
                counts.updated,
                counts.leaving,
                counts.looping,
                state == before.state() ? before.since() : look.now(),
                app.generation(),
                before.rollout(),
                before.scaling(),
                before.roles());
        if (!after.equals(before)) {
            look.put(app.withStatus(after));
        }
    }

    private void count(SetResource set, int release) {
        if (Members.leaves(set)) {
            leaving++;
            return;
        }
        staying++;
        looping += Repairs.loops(set) ? 1 : 0;
        if (Members.runs(set)) {
            ready++;
            updated += Members.of(set).release() == release ? 1 : 0;
            return;
        }
        others.merge(set.status().state(), 1, Integer::sum);
        if (first == null && set.status().reason() != null) {
            first = set.name() + ": " + set.status().reason();
        }
    }

    private AppStatus.State state(AppResource app) {
        Rollout rollout = app.status().rollout();
        if (app.deleting()) {
            return AppStatus.State.DELETING;
        }
        if (rollout != null && rollout.active()) {
            return AppStatus.State.UPDATING;
        }
        int wanted = app.spec().replicas();
        boolean failed = rollout != null && rollout.state() == Rollout.State.FAILED;
        RolesStatus roles = app.status().roles();
        boolean headless = roles != null && roles.phase() == RolesStatus.Phase.VACANT;
        failed |= roles != null && headless && roles.term() > 0;
        if (failed || looping > 0 || others.containsKey(SetState.FAILED) || others.containsKey(SetState.LOST)) {
            return AppStatus.State.DEGRADED;
        }
        return ready == wanted && staying == wanted && leaving == 0 && !headless
                ? AppStatus.State.READY
                : AppStatus.State.SCALING;
    }

    private @Nullable String reason(AppLook look, AppStatus.State state) {
        List<String> all = new ArrayList<>();
        Rollout rollout = look.rollout();
        if (rollout != null && rollout.failed() != null && state != AppStatus.State.DELETING) {
            all.add("release " + rollout.failed() + " failed: " + rollout.reason());
        }
        all.addAll(look.reasons());
        if (looping > 0) {
            all.add(looping + (looping == 1 ? " instance fails" : " instances fail") + " again and again");
        }
        others.forEach((each, many) -> all.add(many + " " + each));
        if (first != null) {
            all.add(first);
        }
        return all.isEmpty() ? null : String.join("; ", all);
    }
}
