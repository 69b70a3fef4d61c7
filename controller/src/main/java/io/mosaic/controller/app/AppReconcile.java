package io.mosaic.controller.app;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.set.MoveDecisions;
import io.mosaic.controller.set.OwnedSets;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done about an app because of how it and its sets are. A pure function of the image and of how long things have stood: run at the
 * head of the log, it sees what it changes; run again without a change, it changes nothing.
 */
public final class AppReconcile {

    /** Changes of one look: some hundreds of sets are made in one commit, and no commit holds up the others for long. */
    public static final int CHANGES_MAX = 400;

    private AppReconcile() {}

    /**
     * What came of a look.
     *
     * @param again how soon the app is to be looked at again though nothing has changed; null: when something has
     */
    public record Look(Decided decided, @Nullable Duration again) {}

    /**
     * Looks at the app of that key; there may be none any more.
     *
     * @param now for what is written down
     */
    public static Look look(ClusterImage head, ResourceKey key, Ages ages, Instant now) {
        AppResource app = head.app(key.tenant(), key.name());
        if (app == null) {
            return new Look(Decided.NOTHING, null);
        }
        AppLook look = new AppLook(head, app, CHANGES_MAX, ages, now);
        tidy(look);
        if (app.deleting()) {
            remove(look);
        } else {
            RoleStep.step(look);
            unmute(look);
            new RolloutStep(look).step();
            Scaling.step(look);
            Repairs.step(look);
        }
        if (look.view().app(key.tenant(), key.name()) != null) {
            AppCounts.write(look);
        }
        return new Look(look.decided(), look.again());
    }

    /** Takes those on their way out a step further: they stop, and when they rest they are removed. */
    private static void tidy(AppLook look) {
        for (SetResource set : look.members()) {
            SetIntent.Run run = set.intent().run();
            if (run == SetIntent.Run.RUNNING || look.full()) {
                continue;
            }
            SetResource gone = set;
            if (look.silent(set) && !Members.leaves(set)) {
                // It cannot make way as long as its host is silent: another number takes its place.
                gone = set.withApp(Members.of(set).leaving(true));
                look.put(gone);
            }
            boolean rests = set.status().host() == null || look.silent(set) || MoveDecisions.rests(set);
            if (run == SetIntent.Run.STOPPED && rests) {
                look.take(OwnedSets.delete(gone, look.now()));
            }
        }
    }

    /** Sends it away for good, gracefully; one whose host is silent is removed when that comes back. */
    static void dismiss(AppLook look, SetResource set) {
        AppMember leaving = Members.of(set).leaving(true);
        SetResource mine = set.withApp(leaving);
        if (set.intent().run() != SetIntent.Run.RUNNING) {
            look.put(mine);
        } else if (set.status().host() == null || set.status().state() == SetState.LOST || look.silent(set)) {
            look.take(OwnedSets.delete(mine, look.now()));
        } else {
            look.take(OwnedSets.stop(mine, look.now()));
        }
    }

    private static void remove(AppLook look) {
        for (SetResource set : look.staying()) {
            if (look.full()) {
                return;
            }
            dismiss(look, set);
        }
        AppResource app = look.app();
        if (look.members().isEmpty()) {
            for (var release : look.view().releases(app.tenant(), app.name())) {
                look.take(Decided.of(new Change.Delete(release)));
            }
            look.tell("Deleted", "nothing of it is left");
            look.take(Decided.of(new Change.Delete(app)));
        } else if (look.members().stream().allMatch(look::silent)) {
            look.because("waits for hosts that do not answer");
        }
    }

    /** Gives instances back their weight that an update took away, once they are well. */
    private static void unmute(AppLook look) {
        Rollout rollout = look.rollout();
        RolesStatus roles = look.app().status().roles();
        for (SetResource set : look.staying()) {
            AppMember member = Members.of(set);
            boolean awaits = rollout != null
                    && rollout.active()
                    && member.batch() == rollout.batch()
                    && member.release() != rollout.to();
            awaits |= roles != null && roles.switchover() != null && roles.holds(set);
            if (member.muted() && !awaits && !look.full() && settled(look, set)) {
                look.put(set.withApp(member.muted(false)));
                look.tell(set, "WeightChanged", "weight 0 -> 100: it is healthy at release " + member.release());
            }
        }
    }

    /** Whether it has run for long enough; if it may soon, the app is looked at again then. */
    static boolean settled(AppLook look, SetResource set) {
        return Members.runs(set)
                && look.past(
                        set.uid(),
                        set.status().since(),
                        look.app().spec().update().minReady().duration());
    }
}
