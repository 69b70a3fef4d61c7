package io.mosaic.agent.desired;

import io.mosaic.model.link.DesiredSet;

/**
 * What one set should be, and how far its restarts are acted on.
 *
 * @param restartsDone the count of {@link io.mosaic.model.SetIntent#restarts()} up to which the agent has acted
 */
public record SetGoal(DesiredSet set, long restartsDone) {

    boolean restartPending() {
        return set.intent().restarts() > restartsDone;
    }
}
