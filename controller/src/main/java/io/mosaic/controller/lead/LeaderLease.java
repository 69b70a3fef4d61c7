package io.mosaic.controller.lead;

import java.time.Duration;

/**
 * The lease that makes one controller the leader; held by this controller under its own name.
 *
 * <p>Thread-safe.
 */
public interface LeaderLease {

    /**
     * Takes the lease for that time if nobody else holds it; one that this controller's name holds from before a restart
     * is taken over at once.
     *
     * @return the epoch, above every earlier one; 0 when somebody else holds it
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    long acquire(Duration term) throws InterruptedException;

    /**
     * Holds it for that time from now on.
     *
     * @return false when that epoch is over: somebody else may lead
     * @throws io.mosaic.model.ProblemException of kind UNAVAILABLE when the database does not answer
     */
    boolean renew(long epoch, Duration term) throws InterruptedException;

    /** Gives it up, so that another need not wait for its end; nothing happens when that epoch is over. */
    void release(long epoch) throws InterruptedException;
}
