package io.mosaic.controller.app;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * How long ago something was. What the image says of time was written by the clocks of several controllers, any of which
 * may be wrong or jump, so that times are only told apart by it: how long ago one was is for somebody to say who has
 * watched since.
 */
@FunctionalInterface
public interface Ages {

    /**
     * How long that time has been the one that stands there.
     *
     * @param of uid of the set or the app
     * @param since as written there
     */
    Duration of(UUID of, Instant since);
}
