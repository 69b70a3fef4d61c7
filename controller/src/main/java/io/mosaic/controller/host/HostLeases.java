package io.mosaic.controller.host;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;

/**
 * When each host was last heard by any controller. Kept beside the change log: heartbeats never enter it.
 *
 * <p>Thread-safe.
 */
public interface HostLeases {

    /**
     * Writes down that these hosts were heard now.
     *
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    void renew(Collection<String> hosts) throws InterruptedException;

    /**
     * When each host was last heard, by the clock that also says {@code now} to whoever judges it.
     *
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    Map<String, Instant> lastSeen() throws InterruptedException;
}
