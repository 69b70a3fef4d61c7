package io.mosaic.controller.app;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.set.SetEvents;
import io.mosaic.model.AppResource;
import io.mosaic.model.Event;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One look at one app: the app and its sets as they are, with what this look has changed of them so far, so that each step
 * sees what the ones before it left. Not thread-safe.
 */
final class AppLook {

    private final Ages ages;
    private final Instant now;
    private final int most;
    private final TreeMap<Integer, SetResource> members = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final Set<String> reasons = new LinkedHashSet<>();
    private ClusterImage view;
    private AppResource app;
    private @Nullable Duration again;
    /** As {@link #staying} said last; null when something has changed since. */
    private @Nullable List<SetResource> staying;

    /** @param most changes after which no further step is begun */
    AppLook(ClusterImage head, AppResource app, int most, Ages ages, Instant now) {
        this.view = head;
        this.app = app;
        this.most = most;
        this.ages = ages;
        this.now = now;
        for (SetResource set : head.members(app.tenant(), app.name())) {
            members.put(Members.of(set).instance(), set);
        }
    }

    /** For what is written down; how long ago something was is {@link #past}'s to say. */
    Instant now() {
        return now;
    }

    /** The image with what this look has changed. */
    ClusterImage view() {
        return view;
    }

    AppResource app() {
        return app;
    }

    @Nullable
    Rollout rollout() {
        return app.status().rollout();
    }

    /** The app's sets by their number, leaving ones among them; a copy. */
    List<SetResource> members() {
        return List.copyOf(members.values());
    }

    /** Those of them that are not leaving for good; a copy. */
    List<SetResource> staying() {
        List<SetResource> known = staying;
        if (known == null) {
            known = members.values().stream()
                    .filter(set -> !Members.leaves(set))
                    .toList();
            staying = known;
        }
        return known;
    }

    boolean taken(int instance) {
        return members.containsKey(instance);
    }

    /** How many of the instances that should be there do not serve. */
    int away() {
        int serving = 0;
        for (SetResource set : members.values()) {
            serving += Members.serves(set) ? 1 : 0;
        }
        return Math.max(0, app.spec().replicas() - serving);
    }

    /** How many instances are to be made. */
    int missing() {
        return Math.max(0, app.spec().replicas() - staying().size());
    }

    /** Whether this look has changed enough; what is left is for the next, which follows at once. */
    boolean full() {
        if (changes.size() < most) {
            return false;
        }
        again(Duration.ZERO);
        return true;
    }

    /** For how long that has stood. */
    Duration age(UUID of, Instant since) {
        return ages.of(of, since);
    }

    /** Whether that has stood for so long; if not, the app is looked at again when it has. */
    boolean past(UUID of, Instant since, Duration time) {
        Duration left = time.minus(ages.of(of, since));
        if (left.isPositive()) {
            again(left);
            return false;
        }
        return true;
    }

    /** The app is to be looked at again after that time, whatever happens until then. */
    void again(Duration in) {
        if (again == null || in.compareTo(again) < 0) {
            again = in;
        }
    }

    @Nullable
    Duration again() {
        return again;
    }

    /** Why something that should be done is not, for a person. */
    void because(String reason) {
        reasons.add(reason);
    }

    List<String> reasons() {
        return List.copyOf(reasons);
    }

    void take(Decided decided) {
        staying = null;
        for (Change change : decided.changes()) {
            view = view.apply(change.at(view.revision() + 1));
            changes.add(change);
            switch (change) {
                case Change.Put(SetResource set, String newer) ->
                    members.put(Members.of(set).instance(), set);
                case Change.Put(AppResource changed, String newer) -> app = changed;
                case Change.Delete delete
                when delete.last() instanceof SetResource set ->
                    members.remove(Members.of(set).instance());
                default -> {}
            }
        }
        events.addAll(decided.events());
    }

    void put(SetResource set) {
        take(Decided.of(new Change.Put(set)));
    }

    void put(AppResource changed) {
        take(Decided.of(new Change.Put(changed)));
    }

    void put(Rollout rollout) {
        put(app.withStatus(app.status().withRollout(rollout)));
    }

    void tell(String type, String message) {
        events.add(AppEvents.info(app, type, message, now));
    }

    void warn(String type, String message) {
        events.add(AppEvents.warning(app, type, message, now));
    }

    void tell(SetResource set, String type, String message) {
        events.add(SetEvents.info(set, type, message, now));
    }

    Decided decided() {
        return new Decided(changes, events);
    }

    /** The template of that release, as instances have it. */
    @Nullable
    SetSpec template(int release) {
        if (release == app.release()) {
            return app.spec().placed(app.spec().templateOrNone());
        }
        var kept = view.release(app.tenant(), app.name(), release);
        return kept == null ? null : app.spec().placed(kept.template());
    }

    /** How long its host has certainly been silent, that being given up; zero when it is not, or nobody knows. */
    Duration silence(SetResource set) {
        String host = set.status().host();
        return host == null || !silent(set) ? Duration.ZERO : ages.silence(host);
    }

    /** The set of that id, if it is still one of the app's. */
    @Nullable
    SetResource member(@Nullable UUID uid) {
        for (SetResource set : members.values()) {
            if (set.uid().equals(uid)) {
                return set;
            }
        }
        return null;
    }

    /** An id that nothing ever had: the revision before it is made is part of it. */
    UUID id(String name) {
        String all = app.uid() + "/" + name + "/" + view.revision();
        return UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether the set's host does not answer, so that nothing can be done there. */
    boolean silent(SetResource set) {
        String name = set.status().host();
        HostResource host = name == null ? null : view.host(name);
        return host != null && host.status().state() == HostState.UNREACHABLE;
    }
}
