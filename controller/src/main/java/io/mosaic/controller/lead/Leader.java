package io.mosaic.controller.lead;

import io.mosaic.controller.host.HostLeases;
import io.mosaic.controller.reconcile.Rebuild;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.model.ProblemException;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries to lead, and while it does, runs the leader's work. One thread renews the lease, another works, so that a commit
 * that takes long does not cost the lease; when the lease is lost the worker is interrupted at once, and what it may still
 * have under way is refused for its epoch.
 *
 * <p>Thread-safe.
 */
public final class Leader implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

    private final ClusterLog log;
    private final LeaderLease lease;
    private final HostLeases hosts;
    private final Scheduler scheduler;
    private final InstantSource clock;
    private final LeaderTimes times;
    private final Rebuild.Limits limits;
    private final ScalingInputs scaling;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Thread thread;
    private volatile long epoch;
    private volatile @Nullable LeaderWork work;

    private Leader(
            ClusterLog log,
            LeaderLease lease,
            HostLeases hosts,
            Scheduler scheduler,
            InstantSource clock,
            LeaderTimes times,
            Rebuild.Limits limits,
            ScalingInputs scaling) {
        this.scaling = scaling;
        this.limits = limits;
        this.log = log;
        this.lease = lease;
        this.hosts = hosts;
        this.scheduler = scheduler;
        this.clock = clock;
        this.times = times;
        this.thread = Thread.ofVirtual().name("leader").unstarted(this::run);
    }

    /** Starts trying at once, with the default limits of rebuilding; apps are scaled by windows alone. */
    public static Leader start(
            ClusterLog log,
            LeaderLease lease,
            HostLeases hosts,
            Scheduler scheduler,
            InstantSource clock,
            LeaderTimes times) {
        return start(log, lease, hosts, scheduler, clock, times, Rebuild.Limits.DEFAULT, ScalingInputs.NONE);
    }

    /** Starts trying at once. */
    public static Leader start(
            ClusterLog log,
            LeaderLease lease,
            HostLeases hosts,
            Scheduler scheduler,
            InstantSource clock,
            LeaderTimes times,
            Rebuild.Limits limits,
            ScalingInputs scaling) {
        Leader leader = new Leader(log, lease, hosts, scheduler, clock, times, limits, scaling);
        leader.thread.start();
        return leader;
    }

    /** Whether this controller leads, as far as it knows. */
    public boolean leading() {
        return epoch != 0;
    }

    /** Zones in which so many hosts are silent that nothing is rebuilt; 0 where somebody else leads. */
    public int stoppedZones() {
        LeaderWork current = work;
        return current == null ? 0 : current.stoppedZones();
    }

    /** Stops working, gives the lease up, and returns when both are done. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            thread.interrupt();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closed.get()) {
            try {
                long won = acquire();
                if (won != 0) {
                    lead(won);
                }
                Thread.sleep(times.retry());
            } catch (RuntimeException e) {
                // Whatever it was: a controller that no longer tries would leave the cluster without a leader.
                LOG.error("leading failed unexpectedly; tries again", e);
                pause();
            } catch (InterruptedException e) {
                // Only close() interrupts this thread; the loop's condition ends it.
                LOG.debug("interrupted");
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(times.retry());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private long acquire() {
        try {
            return lease.acquire(times.term());
        } catch (ProblemException e) {
            LOG.warn("the leader lease cannot be asked for: {}", e.getMessage());
            return 0;
        }
    }

    private void lead(long won) throws InterruptedException {
        LOG.info("leads with epoch {}", won);
        epoch = won;
        LeaderWork current =
                new LeaderWork(log, hosts, scheduler, clock, System::nanoTime, times, limits, scaling, won);
        work = current;
        Thread worker = Thread.ofVirtual().name("leader-work").start(current);
        try {
            hold(won, worker);
        } finally {
            epoch = 0;
            work = null;
            worker.interrupt();
            stopped(won, worker);
        }
    }

    /** Renews until the lease is lost. Time by the monotonic clock: the wall clock may jump. */
    private void hold(long won, Thread worker) throws InterruptedException {
        long heldUntil = System.nanoTime() + times.term().toNanos();
        while (!closed.get() && worker.isAlive()) {
            worker.join(times.renew());
            long asked = System.nanoTime();
            try {
                if (!lease.renew(won, times.term())) {
                    LOG.warn("lost the leader lease, epoch {}", won);
                    return;
                }
                // From when it was asked, not from when it was answered: the shorter of the two views.
                heldUntil = asked + times.term().toNanos();
            } catch (ProblemException e) {
                LOG.warn("the leader lease cannot be renewed: {}", e.getMessage());
                if (System.nanoTime() - heldUntil >= 0) {
                    LOG.warn("the leader lease ran out, epoch {}", won);
                    return;
                }
            }
        }
    }

    private void stopped(long won, Thread worker) throws InterruptedException {
        boolean interrupted = Thread.interrupted();
        worker.join();
        try {
            lease.release(won);
        } catch (ProblemException e) {
            LOG.warn("the leader lease could not be given up, it runs out by itself: {}", e.getMessage());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
