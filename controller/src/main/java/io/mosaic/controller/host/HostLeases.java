package io.mosaic.controller.host;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * How long ago each host was heard by any controller. Kept beside the change log: heartbeats never enter it. Ages, not
 * times, so that the clocks of controllers need not agree.
 *
 * <p>Thread-safe.
 */
public interface HostLeases {

    /**
     * Writes down when hosts were heard.
     *
     * @param ages by host name, how long ago
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    void heard(Map<String, Duration> ages);

    /**
     * How long ago each host was heard; hosts that never were are missing.
     *
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    Map<String, Duration> ages();

    /**
     * Forgets when hosts were heard that have left.
     *
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    void forget(Set<String> hosts);
}
