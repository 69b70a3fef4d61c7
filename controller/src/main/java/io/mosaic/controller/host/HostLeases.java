package io.mosaic.controller.host;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * Which controller holds each host, and how long ago it was heard by any. Kept beside the change log: heartbeats never enter it. Ages, not
 * times, so that the clocks of controllers need not agree.
 *
 * <p>Thread-safe.
 */
public interface HostLeases {

    /**
     * Writes down when this controller heard hosts.
     *
     * @param ages by host name, how long ago
     * @return those of them that another controller holds now: their sessions here are over
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    Set<String> heard(Map<String, Duration> ages);

    /**
     * Makes this controller the one that holds these hosts, and writes them down as heard now. Of two agents with one
     * identity the newest wins.
     *
     * @param agents by host name, the agent's process, empty when it does not say
     * @return hosts whose agent has been replaced by another that is alive, and is turned away
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    Set<String> claim(Map<String, String> agents);

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
