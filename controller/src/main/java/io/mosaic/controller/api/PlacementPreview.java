package io.mosaic.controller.api;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.schedule.Fleet;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.schedule.SetPlan;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells where a set would go, or why it would wait, if it were made now. Sets that wait already are left out: they may take
 * the place before it.
 *
 * <p>Thread-safe.
 */
final class PlacementPreview {

    private final Scheduler scheduler = Scheduler.standard();
    private final Fleet fleet = new Fleet();

    /**
     * The set as the leader would leave it: PLACED with its host, or PENDING with the reason.
     *
     * @throws io.mosaic.model.ProblemException what the decision would refuse with
     */
    synchronized SetResource of(ClusterImage image, Decision decision, ResourceKey key, Instant now) {
        ClusterImage after = image;
        for (Change change : decision.decide(image).changes()) {
            after = after.apply(change.at(after.revision() + 1));
        }
        if (!(after.get(key) instanceof SetResource made)) {
            throw new IllegalStateException("the decision made no set " + key);
        }
        if (made.status().state() == SetState.PENDING) {
            List<SetPlan> plans = scheduler.begin(fleet, after, List.of(made)).next(1);
            for (Change change :
                    new PlacementDecision(scheduler, plans, now).decide(after).changes()) {
                if (change instanceof Change.Put(SetResource placed, String newer)
                        && placed.key().equals(key)) {
                    made = placed;
                }
            }
        }
        return made.withRevision(0);
    }

    /** A host that would take the set as that spec asks, if it left its own; null when none would. */
    synchronized @Nullable String elsewhere(ClusterImage image, SetResource set, SetSpec spec, Instant now) {
        SetResource asked = set.withSpec(spec).withStatus(set.status().nowhere().in(SetState.PENDING, null, now));
        ClusterImage after = image.apply(new Change.Put(asked).at(image.revision() + 1));
        SetResource waiting = after.set(set.uid());
        List<SetPlan> plans = waiting == null
                ? List.of()
                : scheduler.begin(fleet, after, List.of(waiting)).next(1);
        return plans.isEmpty() ? null : plans.getFirst().host();
    }
}
