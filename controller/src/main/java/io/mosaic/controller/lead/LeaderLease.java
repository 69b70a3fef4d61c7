package io.mosaic.controller.lead;

import java.time.Duration;

/**
 * The lease that makes one controller the leader, held by this controller under its own name.
 *
 * <p>Thread-safe. Every method throws {@link io.mosaic.model.ProblemException} of kind UNAVAILABLE when the database does not
 * answer.
 */
public interface LeaderLease {

    /**
     * Takes the lease for that time if nobody else holds it.
     *
     * @return the epoch, above every earlier one; 0 when somebody else holds it
     */
    long acquire(Duration term);

    /**
     * Holds it for that time from now on.
     *
     * @return false when that epoch is over: somebody else may have led meanwhile, so start anew
     */
    boolean renew(long epoch, Duration term);

    /** Gives it up, so that another need not wait for its end; nothing happens when that epoch is over. */
    void release(long epoch);
}
