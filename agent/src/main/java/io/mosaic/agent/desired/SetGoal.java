package io.mosaic.agent.desired;

import io.mosaic.model.link.DesiredSet;

/**
 * What one set should be, and how far its restarts are acted on.
 *
 * @param restartsDone the count of {@link io.mosaic.model.SetIntent#restarts()} up to which the agent has acted
 */
public record SetGoal(DesiredSet set, long restartsDone) {

    /** Whether the set's memory is to be put in force also where more is in use. */
    boolean forcesMemory() {
        return set.spec().resourcesOrNone().memoryOrZero().equals(set.intent().forcedMemory());
    }

    boolean restartPending() {
        return set.intent().restarts() > restartsDone;
    }
}
