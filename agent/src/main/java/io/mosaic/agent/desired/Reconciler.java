package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.volume.VolumeDriver;
import io.mosaic.model.Bytes;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.RestartPolicy;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetSpec;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.SetReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the host as the controller wants it: one worker for each set that is wanted or of which something is left, and a
 * few threads that tell the workers what happened. Closing it leaves every container as it is.
 *
 * <p>Thread-safe.
 */
public final class Reconciler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);

    /** Changes to the desired state within this time are written to disk together. */
    private static final Duration SAVE_WAIT = Duration.ofMillis(50);

    private static final Duration LOOK_RETRY = Duration.ofMillis(500);
    private static final Duration EVENTS_RETRY = Duration.ofMillis(500);
    private static final Duration REPORTS_LOOK = Duration.ofMillis(10);

    /** Of all that the daemon tells of containers, what may change what is to be done. */
    private static final Set<String> ACTIONS = Set.of("create", "start", "die", "oom", "update", "destroy");

    private final Settings settings;
    private final HostDrivers drivers;
    private final DesiredState desired;
    private final Clock clock;
    private final StepRunner runner;
    private final DaemonWatch watch;
    private final LimitsSweep limits;
    private final WorkerTurns ownTurns;
    private final SetWorker.Context context;
    private final Map<UUID, SetWorker> workers = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Semaphore unsaved = new Semaphore(0);
    /** One permit for each wish to look at the whole host; wishes that wait are met together. */
    private final Semaphore looks = new Semaphore(0);

    private final CountDownLatch looked = new CountDownLatch(1);

    /** Sets found on the host before anybody said what is wanted. */
    private final Set<UUID> unclaimed = ConcurrentHashMap.newKeySet();

    /** How many workers there were: each gets its turn by it. Guarded by this. */
    private long employed;

    private volatile boolean closing;
    /** Until when nothing is done but look, as no controller has spoken yet. */
    private volatile @Nullable Instant heldUntil;

    /**
     * How the loop runs on this host.
     *
     * @param concurrency heavy Docker calls at once
     * @param sweep how often limits are compared with what the kernel enforces
     * @param data directory whose disk is watched
     * @param diskFreeMin below which the host is degraded, as it is below five percent
     */
    public record Settings(AgentRules rules, int concurrency, Duration sweep, Path data, Bytes diskFreeMin) {
        public static final int CONCURRENCY_DEFAULT = 4;
        public static final Duration SWEEP_DEFAULT = Duration.ofSeconds(30);
        public static final Bytes DISK_FREE_MIN_DEFAULT = Bytes.mebi(1024);
    }

    public Reconciler(
            Settings settings, HostDrivers drivers, DesiredState desired, HostListener listener, Clock clock) {
        this(settings, drivers, desired, listener, clock, new HostLease(System::nanoTime, HostLease.Kept.NOTHING));
    }

    /** @param lease by which what is primary here may be so; others renew it */
    public Reconciler(
            Settings settings,
            HostDrivers drivers,
            DesiredState desired,
            HostListener listener,
            Clock clock,
            HostLease lease) {
        this(settings, drivers, desired, listener, clock, lease, null);
    }

    /** @param turns gives the workers their turns; null: threads do, as they are due */
    Reconciler(
            Settings settings,
            HostDrivers drivers,
            DesiredState desired,
            HostListener listener,
            Clock clock,
            HostLease lease,
            SetWorker.@Nullable Turns turns) {
        this.settings = settings;
        this.drivers = drivers;
        this.desired = desired;
        this.clock = clock;
        this.runner = new StepRunner(drivers, settings.rules(), desired, settings.concurrency());
        this.watch = new DaemonWatch(drivers.docker(), settings.data(), settings.diskFreeMin(), looks::release);
        this.limits = new LimitsSweep(drivers.limits());
        this.ownTurns = new WorkerTurns(clock);
        this.context = new SetWorker.Context(
                settings.rules(),
                new SetPlanner(settings.rules()),
                runner,
                listener,
                clock,
                watch::daemonAnswers,
                () -> heldUntil,
                lease::age,
                this::gone,
                turns == null ? ownTurns : turns);
    }

    /**
     * Does nothing but look until a controller has said what is wanted, at most that long: what this host knows of it may be old,
     * and sets that were given to others while it was away must not start here once more. To be called before {@link #start}.
     */
    public void awaitWord(Duration atMost) {
        heldUntil = clock.instant().plus(atMost);
    }

    /**
     * Looks after the sets with roles already, though Docker may not have answered yet: what is primary here without a lease
     * must not wait for it. To be called before {@link #start}, if at all.
     */
    public synchronized void attendRoles() {
        for (SetGoal goal : desired.goals()) {
            if (goal.set().intent().role() != null
                    && !workers.containsKey(goal.set().uid())) {
                employ(goal, ObservedSet.UNKNOWN, false);
            }
        }
    }

    /** Begins; returns at once. */
    public void start() {
        begin("daemon-watch", watch);
        begin("daemon-events", this::followEvents);
        begin("host-look", this::look);
        begin("limits-sweep", this::sweepLimits);
        begin("desired-save", this::saveChanges);
    }

    /** Waits until the host was looked at for the first time, at most that long; says whether it was. */
    public boolean awaitFirstLook(Duration atMost) throws InterruptedException {
        return looked.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Waits until it is known how every set of the host is, at most that long; says whether it is. A hello before that would
     * leave sets out, and they would be taken for gone.
     */
    public boolean awaitReports(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (workers.values().stream().anyMatch(worker -> worker.report() == null)) {
            if (System.nanoTime() > end) {
                return false;
            }
            Thread.sleep(REPORTS_LOOK);
        }
        return true;
    }

    /** The whole of what is wanted: what is on the host and not in it goes. */
    public void apply(ControllerMessage.Desired message) {
        boolean first = !desired.whole();
        Set<UUID> changed = desired.replace(message.sets());
        unsaved.release();
        if (heldUntil != null) {
            heldUntil = null;
            // Those of which nothing changed wait as well.
            changed = new HashSet<>(changed);
            changed.addAll(workers.keySet());
        }
        tellWorkers(changed);
        if (first && looked.getCount() == 0) {
            looks.release();
        }
    }

    /** What changed of what is wanted. */
    public void apply(ControllerMessage.Delta message) {
        tellWorkers(desired.change(message.put(), message.removed()));
        unsaved.release();
    }

    /** Whether any set of this host has a role, so that the lease matters. */
    public boolean hasRoles() {
        return desired.hasRoles();
    }

    /** The lease, which had run out, holds again: what may be primary may be told so. */
    public void leaseHolds() {
        for (SetWorker worker : workers.values()) {
            if (worker.set().intent().role() != null) {
                worker.rethink();
            }
        }
    }

    /** How every set is that this host knows of. */
    public List<SetReport> reports() {
        List<SetReport> reports = new ArrayList<>();
        for (SetWorker worker : workers.values()) {
            SetReport report = worker.report();
            if (report != null) {
                reports.add(report);
            }
        }
        return reports;
    }

    /** Why the host should take no new sets; null when all is well. */
    public @Nullable String degraded() {
        return watch.trouble();
    }

    /** A container of a set as last known; null when there is none. */
    public @Nullable ObservedContainer container(UUID set, String name) {
        SetWorker worker = workers.get(set);
        if (worker == null) {
            return null;
        }
        Map<String, ObservedContainer> all = worker.containers();
        ObservedContainer next = all.get(Successor.of(name));
        return next != null && next.running() ? next : all.get(name);
    }

    /** The containers of every set of this host as last known, by name, the infra container among them. */
    public Map<UUID, Map<String, ObservedContainer>> containers() {
        Map<UUID, Map<String, ObservedContainer>> all = new HashMap<>();
        workers.forEach((uid, worker) -> all.put(uid, worker.containers()));
        return all;
    }

    /** Stops deciding, and leaves everything on the host as it is. */
    @Override
    public void close() {
        closing = true;
        threads.forEach(Thread::interrupt);
        try {
            for (Thread thread : threads) {
                thread.join();
            }
            ownTurns.close(workers.values());
            desired.save();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.warn("the desired state could not be saved: {}", e.getMessage());
        }
    }

    private void begin(String name, Runnable loop) {
        threads.add(Thread.ofVirtual().name(name).start(loop));
    }

    private synchronized void tellWorkers(Set<UUID> changed) {
        if (closing) {
            return;
        }
        // The first look at the host begins a worker for each set; those with roles may have one already.
        boolean early = looked.getCount() > 0;
        for (UUID uid : changed) {
            SetGoal goal = desired.goal(uid);
            SetWorker worker = workers.get(uid);
            if (goal == null) {
                if (worker != null) {
                    worker.want(unwanted(worker.set()), true);
                }
            } else if (worker != null) {
                worker.want(goal, false);
            } else if (!early) {
                employ(goal, unclaimed.remove(uid) ? ObservedSet.UNKNOWN : ObservedSet.EMPTY, false);
            }
        }
    }

    private void employ(SetGoal goal, ObservedSet seen, boolean remains) {
        SetWorker worker = new SetWorker(context, employed++, goal, seen, remains);
        workers.put(goal.set().uid(), worker);
        worker.start();
    }

    private synchronized boolean gone(SetWorker worker) {
        if (worker.hasSignals()) {
            return false;
        }
        workers.remove(worker.set().uid(), worker);
        return true;
    }

    private static SetGoal unwanted(DesiredSet set) {
        SetIntent intent = new SetIntent(SetIntent.Run.DELETED, set.intent().restarts());
        return new SetGoal(
                new DesiredSet(set.uid(), set.tenant(), set.name(), set.generation(), set.spec(), intent, set.cpuset()),
                set.intent().restarts());
    }

    private static DesiredSet nameless(UUID uid, String tenant, String name) {
        SetSpec empty = new SetSpec(name, null, null, List.of(), null, Map.of(), RestartPolicy.DEFAULT, Map.of());
        return new DesiredSet(uid, tenant, name, 0, empty, SetIntent.RUNNING);
    }

    private void look() {
        try {
            while (!closing) {
                looks.acquire();
                looks.drainPermits();
                if (!lookAgain()) {
                    Thread.sleep(LOOK_RETRY);
                    looks.release();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the daemon and the disk are watched by. */
    DaemonWatch watch() {
        return watch;
    }

    /** Whether somebody wished for a look at the whole host since the last time this was asked. */
    boolean lookDue() {
        return looks.drainPermits() > 0;
    }

    /** Compares the whole host with what is wanted, and has every worker look at its set anew; false: try again. */
    boolean lookAgain() {
        try {
            runner.forget();
            Map<UUID, Map<String, String>> found = new HashMap<>();
            Map<UUID, DesiredSet> unknown = new HashMap<>();
            for (Docker.ContainerSummary summary : drivers.docker().list(SetLabels.SET)) {
                SetLabels.set(summary.labels(), settings.rules().host()).ifPresent(uid -> {
                    String label = summary.labels().getOrDefault(SetLabels.CONTAINER, "");
                    found.computeIfAbsent(uid, key -> new HashMap<>())
                            .put(Successor.key(label, summary.name()), summary.id());
                    unknown.computeIfAbsent(
                            uid,
                            key -> nameless(
                                    uid,
                                    summary.labels().getOrDefault(SetLabels.TENANT, ResourceKey.CLUSTER),
                                    summary.labels().getOrDefault(SetLabels.NAME, uid.toString())));
                });
            }
            for (UUID uid : drivers.volumes().list()) {
                unknown.computeIfAbsent(uid, key -> nameless(uid, ResourceKey.CLUSTER, uid.toString()));
            }
            lookAgain(found, unknown);
            return true;
        } catch (DockerException e) {
            LOG.warn("the host cannot be looked at: {}", e.getMessage());
        } catch (VolumeDriver.VolumeException e) {
            LOG.warn("the volumes cannot be looked at: {}", e.getMessage());
        }
        return false;
    }

    private synchronized void lookAgain(Map<UUID, Map<String, String>> found, Map<UUID, DesiredSet> unknown) {
        if (closing) {
            return;
        }
        for (Map.Entry<UUID, SetWorker> entry : workers.entrySet()) {
            entry.getValue().lookAgain(found.getOrDefault(entry.getKey(), Map.of()));
        }
        for (SetGoal goal : desired.goals()) {
            UUID uid = goal.set().uid();
            if (!workers.containsKey(uid)) {
                employ(goal, ObservedSet.UNKNOWN.mentioning(found.getOrDefault(uid, Map.of())), false);
            }
        }
        for (Map.Entry<UUID, DesiredSet> entry : unknown.entrySet()) {
            UUID uid = entry.getKey();
            if (workers.containsKey(uid)) {
                continue;
            }
            if (desired.whole()) {
                LOG.info(
                        "set {} ({}) is not wanted here: its remains are removed",
                        entry.getValue().name(),
                        uid);
                employ(
                        unwanted(entry.getValue()),
                        ObservedSet.UNKNOWN.mentioning(found.getOrDefault(uid, Map.of())),
                        true);
            } else if (unclaimed.add(uid)) {
                LOG.info(
                        "set {} ({}) is left alone until a controller says what is wanted",
                        entry.getValue().name(),
                        uid);
            }
        }
        looked.countDown();
    }

    private void followEvents() {
        while (!closing) {
            try (Docker.EventStream events = drivers.docker().events(SetLabels.SET)) {
                // What happened before the stream opened is seen by looking.
                looks.release();
                while (!closing) {
                    dispatch(events.next());
                }
            } catch (DockerException e) {
                if (!closing) {
                    LOG.warn("the daemon's events stopped: {}", e.getMessage());
                }
            }
            try {
                Thread.sleep(EVENTS_RETRY);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** The daemon told that. */
    void dispatch(Docker.DaemonEvent event) {
        if (!ACTIONS.contains(event.action())) {
            return;
        }
        SetLabels.set(event.attributes(), settings.rules().host()).ifPresent(uid -> {
            SetWorker worker = workers.get(uid);
            if (worker != null) {
                String label = event.attributes().getOrDefault(SetLabels.CONTAINER, "");
                String name = event.attributes().getOrDefault("name", "");
                worker.changed(Successor.key(label, name), event.action());
            } else if (event.action().equals("create")) {
                looks.release();
            }
        });
    }

    private void saveChanges() {
        try {
            while (!closing) {
                unsaved.acquire();
                Thread.sleep(SAVE_WAIT);
                unsaved.drainPermits();
                try {
                    desired.save();
                } catch (IOException e) {
                    LOG.warn("the desired state could not be saved: {}", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sweepLimits() {
        try {
            while (!closing) {
                Thread.sleep(settings.sweep());
                lookAtLimits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks once whether the kernel has the limits that all containers were given. */
    void lookAtLimits() {
        limits.round(workers.values());
    }
}
