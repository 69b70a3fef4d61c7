package io.mosaic.controller.cluster;

import java.util.Set;

/**
 * A decision on what hosts said on their sessions. It counts only for hosts whose session is still with the controller
 * that heard it: which are not is looked up under the log's head lock, so that nothing of an old session is committed
 * after what a newer one said at another controller.
 */
public interface HeldDecision extends Decision {

    /** Id of the controller that heard it. */
    String holder();

    /** The hosts that it is about. */
    Set<String> hosts();

    /**
     * As {@link #decide(ClusterImage)}.
     *
     * @param elsewhere those of {@link #hosts} whose session another controller holds by now
     */
    Decided decide(ClusterImage head, Set<String> elsewhere);

    /** As if no host were held elsewhere. */
    @Override
    default Decided decide(ClusterImage head) {
        return decide(head, Set.of());
    }
}
