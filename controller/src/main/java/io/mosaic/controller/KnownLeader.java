package io.mosaic.controller;

import io.mosaic.controller.lead.LeaderLease;
import java.time.Duration;
import java.util.function.Supplier;

/** Remembers, for the readiness check, whether the last word on the lease was that somebody holds it. Thread-safe. */
final class KnownLeader implements LeaderLease {

    private final LeaderLease lease;
    private volatile boolean known;

    KnownLeader(LeaderLease lease) {
        this.lease = lease;
    }

    /** Whether this or another controller leads, as far as was heard. */
    boolean known() {
        return known;
    }

    @Override
    public long acquire(Duration term) {
        return heard(() -> lease.acquire(term));
    }

    @Override
    public boolean renew(long epoch, Duration term) {
        // Lost means taken over: somebody leads in either case.
        return heard(() -> lease.renew(epoch, term));
    }

    private <T> T heard(Supplier<T> call) {
        boolean answered = false;
        try {
            T result = call.get();
            answered = true;
            return result;
        } finally {
            known = answered;
        }
    }

    @Override
    public void release(long epoch) {
        lease.release(epoch);
    }
}
