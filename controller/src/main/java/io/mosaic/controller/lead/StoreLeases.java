package io.mosaic.controller.lead;

import io.mosaic.controller.host.HostLeases;
import io.mosaic.controller.reconcile.HostLiveness;
import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.StoreException;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * The leases as the store keeps them.
 *
 * <p>Thread-safe.
 */
public final class StoreLeases implements LeaderLease, HostLeases {

    private final Store store;
    private final String holder;

    /** @param holder names this life of this controller */
    public StoreLeases(Store store, String holder) {
        this.store = store;
        this.holder = holder;
    }

    @Override
    public String holder() {
        return holder;
    }

    @Override
    public long acquire(Duration term) {
        try {
            Store.Lease lease = store.lead(holder, term);
            return lease.heldBy(holder) ? lease.epoch() : 0;
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    @Override
    public boolean renew(long epoch, Duration term) {
        return acquire(term) == epoch;
    }

    @Override
    public void release(long epoch) {
        try {
            store.resign(holder);
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    @Override
    public Set<String> heard(Map<String, Duration> ages) {
        try {
            return store.heartbeats(holder, ages);
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    @Override
    public Set<String> claim(Map<String, Claimant> agents) {
        try {
            return store.claim(holder, agents, HostLiveness.LEASE);
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    @Override
    public Map<String, Duration> ages() {
        try {
            return store.heartbeatAges();
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    @Override
    public void forget(Set<String> hosts) {
        try {
            store.forgetHeartbeats(hosts);
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    private static ProblemException unavailable(StoreException e) {
        // What the database refuses it will refuse again: nobody may wait for that.
        boolean refused = e.kind() == StoreException.Kind.REFUSED;
        return new ProblemException(refused ? Problem.Kind.INTERNAL : Problem.Kind.UNAVAILABLE, e.reason());
    }
}
