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

    /**
     * For how long a host has certainly said nothing, when somebody last looked, which was after it had been given up; zero
     * when that is not known. Never more than it is.
     */
    default Duration silence(String host) {
        return Duration.ZERO;
    }
}
