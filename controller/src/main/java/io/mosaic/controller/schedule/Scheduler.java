package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.SetResource;
import java.util.List;

/**
 * Plans where the sets that wait should go: oldest first, every host considered for each, sets planned earlier counted.
 * The same image gives the same plan.
 *
 * <p>Immutable, thread-safe; a {@link Fleet} is not.
 */
public final class Scheduler {

    private final Policy policy;

    Scheduler(Policy policy) {
        this.policy = policy;
    }

    /** All rules and costs there are. */
    public static Scheduler standard() {
        return new Scheduler(Policy.STANDARD);
    }

    /** Begins to plan the sets that wait in that image; what the fleet was planned full of before is forgotten. */
    public Round begin(Fleet fleet, ClusterImage image) {
        return begin(fleet, image, image.unplaced());
    }

    /** Begins to plan these sets, as if they and nobody else waited in that image. */
    public Round begin(Fleet fleet, ClusterImage image, List<SetResource> waiting) {
        fleet.follow(image);
        return new Round(policy, fleet, List.copyOf(waiting));
    }

    /**
     * Plans the sets that wait in that image, at most {@code max} of them.
     *
     * @return in the order in which they wait
     */
    public List<SetPlan> plan(ClusterImage image, int max) {
        return begin(new Fleet(), image).next(max);
    }

    Policy policy() {
        return policy;
    }
}
