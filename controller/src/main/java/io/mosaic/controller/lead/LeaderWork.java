package io.mosaic.controller.lead;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.host.HostLeases;
import io.mosaic.controller.reconcile.HostLiveness;
import io.mosaic.controller.reconcile.Rebuild;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.schedule.SetPlan;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.model.HostResource;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The leader's work under one epoch: ends when its thread is interrupted. */
final class LeaderWork implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(LeaderWork.class);

    /** Small enough that the first sets of a burst reach their hosts while the rest is still planned. */
    private static final int PLANS_PER_COMMIT = 256;

    /** A look at the hosts that comes later than this is no longer one of a steady watch. */
    private static final Duration GAP = Duration.ofSeconds(3);

    private static final Duration PAUSE_AFTER_FAULT = Duration.ofMillis(200);

    private final ClusterLog log;
    private final HostLeases hosts;
    private final Scheduler scheduler;
    private final InstantSource clock;
    private final LeaderTimes times;
    private final long epoch;
    /** A permit says that something changed since the last look. */
    private final Semaphore changed = new Semaphore(1);

    private final Rebuilder rebuilder;
    private long nextLiveness;
    private long watchedFrom;
    private long lastJudged;
    private long nextExplain;

    LeaderWork(
            ClusterLog log,
            HostLeases hosts,
            Scheduler scheduler,
            InstantSource clock,
            LeaderTimes times,
            Rebuild.Limits limits,
            long epoch) {
        this.log = log;
        this.hosts = hosts;
        this.scheduler = scheduler;
        this.clock = clock;
        this.times = times;
        this.epoch = epoch;
        this.rebuilder = new Rebuilder(scheduler, clock, limits, this::commit);
    }

    /** Zones in which so many hosts are silent that nothing is rebuilt. */
    int stoppedZones() {
        return rebuilder.stoppedZones();
    }

    @Override
    public void run() {
        try (ClusterLog.Subscription subscription = log.subscribe((changes, image) -> heard(changes))) {
            LOG.debug("works from revision {}", subscription.start().revision());
            nextLiveness = System.nanoTime();
            nextExplain = System.nanoTime();
            watchedFrom = System.nanoTime();
            lastJudged = watchedFrom;
            while (!Thread.currentThread().isInterrupted()) {
                step();
            }
        } catch (InterruptedException e) {
            LOG.debug("epoch {} ends", epoch);
        } catch (RuntimeException e) {
            LOG.error("the leader's work failed, epoch {}", epoch, e);
        }
    }

    private void heard(List<Change> changes) {
        if (changes.stream().anyMatch(LeaderWork::matters)) {
            wake();
        }
    }

    /** Whether a plan may differ for it: most changes are reports of placed sets, and no reason to plan. */
    private static boolean matters(Change change) {
        return switch (change) {
            case Change.Delete delete -> true;
            case Change.Put put ->
                put.resource() instanceof HostResource
                        || (put.resource() instanceof SetResource set
                                && set.status().host() == null);
        };
    }

    private void wake() {
        // One permit is enough however much changed.
        if (changed.availablePermits() == 0) {
            changed.release();
        }
    }

    private void step() throws InterruptedException {
        try {
            long wait = Math.max(0, nextLiveness - System.nanoTime());
            boolean woken = changed.tryAcquire(wait, TimeUnit.NANOSECONDS);
            if (System.nanoTime() - nextLiveness >= 0) {
                nextLiveness = System.nanoTime() + times.liveness().toNanos();
                judge();
                woken = true;
            }
            if (woken) {
                changed.drainPermits();
                place();
            }
        } catch (ProblemException e) {
            LOG.warn("leader's commit failed, tries again: {}", e.getMessage());
            wake();
            Thread.sleep(PAUSE_AFTER_FAULT);
        }
    }

    /** Plans what waits and commits it in parts. What is left out of a commit had changed, and that wakes the loop again. */
    private void place() throws InterruptedException {
        List<SetPlan> plans = worthCommitting(scheduler.plan(log.image(), Integer.MAX_VALUE));
        for (int from = 0; from < plans.size(); from += PLANS_PER_COMMIT) {
            List<SetPlan> part = plans.subList(from, Math.min(from + PLANS_PER_COMMIT, plans.size()));
            commit(new PlacementDecision(scheduler, part, clock.instant()));
        }
    }

    /**
     * Placements, and reasons for sets that have none yet. A reason that another replaces is written now and then only:
     * it changes with every set that comes or goes anywhere.
     */
    private List<SetPlan> worthCommitting(List<SetPlan> plans) {
        boolean all = System.nanoTime() - nextExplain >= 0;
        if (all) {
            nextExplain = System.nanoTime() + times.explain().toNanos();
        }
        return plans.stream()
                .filter(plan -> plan.host() != null
                        || plan.set().status().reason() == null
                        || (all
                                && plan.whyNot() != null
                                && !plan.whyNot()
                                        .message()
                                        .equals(plan.set().status().reason())))
                .toList();
    }

    /**
     * Marks the silent hosts. After a gap (this process was paused, or the database away) the time to be watched begins
     * anew: then it was we who did not hear.
     */
    private void judge() throws InterruptedException {
        long now = System.nanoTime();
        if (now - lastJudged > times.liveness().toNanos() + GAP.toNanos()) {
            LOG.info("hosts were not watched for a while; their silence counts from now");
            watchedFrom = now;
        }
        Map<String, Duration> ages = hosts.ages();
        lastJudged = System.nanoTime();
        for (HostLiveness.Silent silent : HostLiveness.silent(log.image(), ages, Duration.ofNanos(now - watchedFrom))) {
            LOG.warn("host {} is unreachable: {}", silent.host(), silent.reason());
            commit(HostDecisions.unreachable(silent.host(), silent.reason(), clock.instant()));
        }
        Set<String> left = HostLiveness.left(log.image(), ages);
        if (!left.isEmpty()) {
            hosts.forget(left);
        }
        rebuilder.look(log.image(), ages, Duration.ofNanos(now - watchedFrom));
    }

    private ClusterLog.Committed commit(Decision decision) throws InterruptedException {
        return log.commit(new ClusterLog.Commit(decision, null, epoch));
    }
}
