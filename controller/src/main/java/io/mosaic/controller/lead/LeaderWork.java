package io.mosaic.controller.lead;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.host.HostLeases;
import io.mosaic.controller.reconcile.HostDrains;
import io.mosaic.controller.reconcile.HostLiveness;
import io.mosaic.controller.reconcile.Rebuild;
import io.mosaic.controller.schedule.Fleet;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Round;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's work under one epoch: ends when its thread is interrupted. {@link #watch} and {@link #attend} are the same
 * work one look at a time, for those who have no thread for it.
 */
public final class LeaderWork implements Runnable {

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
    private final LongSupplier nanos;
    private final LeaderTimes times;
    private final long epoch;
    /** A permit says that something changed since the last look. */
    private final Semaphore changed = new Semaphore(1);

    /** Whether something changed for which a plan may differ. */
    private final AtomicBoolean unplanned = new AtomicBoolean(true);

    /** What the last plans saw of the hosts; the worker's thread alone uses it. */
    private final Fleet fleet = new Fleet();

    private final HostSilence silence = new HostSilence();
    private final Rebuilder rebuilder;
    private final AppKeeper apps;
    private final AutoScaler scaler;
    private long nextScaling;
    private long nextLiveness;
    private long watchedFrom;
    private long lastJudged;
    private long nextExplain;

    /** @param nanos the monotonic clock, in nanoseconds: the wall clock may jump */
    public LeaderWork(
            ClusterLog log,
            HostLeases hosts,
            Scheduler scheduler,
            InstantSource clock,
            LongSupplier nanos,
            LeaderTimes times,
            Rebuild.Limits limits,
            long epoch) {
        this(log, hosts, scheduler, clock, nanos, times, limits, ScalingInputs.NONE, epoch);
    }

    /** @param nanos the monotonic clock, in nanoseconds: the wall clock may jump */
    LeaderWork(
            ClusterLog log,
            HostLeases hosts,
            Scheduler scheduler,
            InstantSource clock,
            LongSupplier nanos,
            LeaderTimes times,
            Rebuild.Limits limits,
            ScalingInputs scaling,
            long epoch) {
        this.log = log;
        this.hosts = hosts;
        this.scheduler = scheduler;
        this.clock = clock;
        this.nanos = nanos;
        this.times = times;
        this.epoch = epoch;
        this.rebuilder = new Rebuilder(scheduler, clock, limits, this::commit);
        this.apps = new AppKeeper(log::image, clock, nanos, this::commit, silence);
        this.scaler = new AutoScaler(scaling, epoch, this::commit);
    }

    /** Zones in which so many hosts are silent that nothing is rebuilt. */
    int stoppedZones() {
        return rebuilder.stoppedZones();
    }

    @Override
    public void run() {
        try (ClusterLog.Subscription subscription = watch()) {
            LOG.debug("works from revision {}", subscription.start().revision());
            while (!Thread.currentThread().isInterrupted()) {
                step();
            }
        } catch (InterruptedException e) {
            LOG.debug("epoch {} ends", epoch);
        } catch (RuntimeException e) {
            LOG.error("the leader's work failed, epoch {}", epoch, e);
        }
    }

    /** Begins to hear of changes, until that is closed; from now on hosts are watched. */
    public ClusterLog.Subscription watch() {
        nextLiveness = nanos.getAsLong();
        nextExplain = nextLiveness;
        nextScaling = nextLiveness;
        watchedFrom = nextLiveness;
        lastJudged = nextLiveness;
        ClusterLog.Subscription subscription = log.subscribe((changes, image) -> heard(changes));
        apps.begin(subscription.start());
        wake();
        return subscription;
    }

    private void heard(List<Change> changes) {
        boolean touchesApp = apps.heard(changes);
        boolean plans = changes.stream().anyMatch(LeaderWork::matters);
        if (plans) {
            unplanned.set(true);
        }
        if (touchesApp || plans) {
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
            long next = Math.min(Math.min(nextLiveness, nextScaling), apps.nextNanos());
            long wait = Math.max(0, next - nanos.getAsLong());
            changed.tryAcquire(wait, TimeUnit.NANOSECONDS);
            attend();
        } catch (ProblemException e) {
            LOG.warn("leader's commit failed, tries again: {}", e.getMessage());
            Thread.sleep(PAUSE_AFTER_FAULT);
        }
    }

    /**
     * Does what is due now, without waiting: judges the hosts when it is time, looks after the apps that something touched,
     * and places when something changed.
     *
     * @throws ProblemException when a commit failed; what it was for is due again at the next look
     */
    public void attend() throws InterruptedException {
        // Before anything is looked at: what changes from here on is for the next time.
        changed.drainPermits();
        boolean plan = unplanned.getAndSet(false);
        try {
            boolean due = nanos.getAsLong() - nextLiveness >= 0;
            if (due) {
                nextLiveness = nanos.getAsLong() + times.liveness().toNanos();
                judge();
                drain();
            }
            if (nanos.getAsLong() - nextScaling >= 0) {
                nextScaling = nanos.getAsLong() + AutoScaler.EVERY.toNanos();
                scaler.look(log.image(), clock.instant());
            }
            apps.look();
            if (plan || due) {
                place();
            }
        } catch (ProblemException e) {
            unplanned.set(true);
            wake();
            throw e;
        }
    }

    /** Plans what waits and commits it in parts. What is left out of a commit had changed, and that wakes the loop again. */
    private void place() throws InterruptedException {
        boolean explains = nanos.getAsLong() - nextExplain >= 0;
        if (explains) {
            nextExplain = nanos.getAsLong() + times.explain().toNanos();
        }
        Round round = scheduler.begin(fleet, log.image());
        List<SetPlan> part = round.next(PLANS_PER_COMMIT);
        while (!part.isEmpty()) {
            List<SetPlan> plans = worthCommitting(part, explains);
            if (!plans.isEmpty()) {
                commit(new PlacementDecision(scheduler, plans, clock.instant()));
            }
            part = round.next(PLANS_PER_COMMIT);
        }
    }

    /**
     * Placements, and reasons for sets that have none yet. A reason that another replaces is written now and then only:
     * it changes with every set that comes or goes anywhere.
     */
    private static List<SetPlan> worthCommitting(List<SetPlan> plans, boolean all) {
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
        long now = nanos.getAsLong();
        if (now - lastJudged > times.liveness().toNanos() + GAP.toNanos()) {
            LOG.info("hosts were not watched for a while; their silence counts from now");
            watchedFrom = now;
        }
        // Before the ages: a host that comes back writes its lease first and is READY after that.
        ClusterImage image = log.image();
        long began = nanos.getAsLong();
        Map<String, Duration> ages = hosts.ages();
        lastJudged = nanos.getAsLong();
        silence.read(image, ages, began, lastJudged);
        for (HostLiveness.Silent silent : HostLiveness.silent(image, ages, Duration.ofNanos(now - watchedFrom))) {
            LOG.warn("host {} is unreachable: {}", silent.host(), silent.reason());
            commit(HostDecisions.unreachable(silent.host(), silent.reason(), clock.instant()));
        }
        Set<String> left = HostLiveness.left(log.image(), ages);
        if (!left.isEmpty()) {
            hosts.forget(left);
        }
        rebuilder.look(log.image(), ages, Duration.ofNanos(now - watchedFrom));
    }

    /** Moves sets away from the hosts that are drained, a step at each look. */
    private void drain() throws InterruptedException {
        ClusterImage image = log.image();
        if (HostDrains.any(image)) {
            commit(HostDrains.next(image, scheduler, fleet, clock.instant()));
        }
    }

    private ClusterLog.Committed commit(Decision decision) throws InterruptedException {
        return log.commit(new ClusterLog.Commit(decision, null, epoch));
    }
}
