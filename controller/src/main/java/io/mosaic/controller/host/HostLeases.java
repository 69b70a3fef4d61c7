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
     * Who says hello.
     *
     * @param process names one life of the agent, empty when it does not say
     * @param session grows with every session of that life
     */
    record Claimant(String process, long session) {}

    /** Id of this controller, as the leases name it. */
    String holder();

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
     * identity the newest wins, and of two sessions of one agent the later, however late the earlier one's hello comes.
     *
     * @param agents by host name, who says hello
     * @return hosts whose agent has been replaced by another that is alive, or has begun a later session elsewhere
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    Set<String> claim(Map<String, Claimant> agents);

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
