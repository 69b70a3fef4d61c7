package io.mosaic.proof.sim;

import io.mosaic.agent.desired.AgentRules;
import io.mosaic.agent.desired.DesiredState;
import io.mosaic.agent.desired.HealthProbe;
import io.mosaic.agent.desired.HostDrivers;
import io.mosaic.agent.desired.HostLease;
import io.mosaic.agent.desired.Reconciler;
import io.mosaic.agent.desired.Step;
import io.mosaic.agent.desired.SteppedHost;
import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.link.HostSide;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Cpu;
import io.mosaic.model.HostInventory;
import io.mosaic.model.Placement;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.SetReport;
import io.mosaic.proof.fake.FakeDocker;
import io.mosaic.proof.fake.FakeLimits;
import io.mosaic.proof.fake.FakeVolumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A machine: its daemon, its volumes and disk, and one life after another of its agent. */
final class SimHost {
    static final String INFRA_IMAGE = "mosaic/infra:1";
    static final String APP_IMAGE = "app:1";

    /** No file system that could fill up: what the real disk holds must not matter. */
    private static final Path NO_DISK = Path.of("/proc");

    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration HALF_SECOND = Duration.ofMillis(500);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration SAVE_WAIT = Duration.ofMillis(50);

    private final World world;
    private final Supplier<Faults> faults;
    private final List<SimController> controllers;
    private final HostIdentity identity;
    private final Path directory;
    private final FaultyDocker docker;
    private final FakeVolumes volumes = new FakeVolumes(DISK);
    private final FaultyVolumes volumeCalls;
    /** The kernel's: they outlive the agent. */
    private final FakeLimits limits = new FakeLimits(this::told);

    private final SimRoles roles = new SimRoles(this::full);
    /** The lease as an agent left it; gone with the power. */
    private @Nullable Long lease;

    private @Nullable Agent agent;
    private boolean isolated;
    private boolean off;

    static final Cpu CPU = Cpu.ofCores(4);
    static final Bytes MEMORY = Bytes.mebi(4096);
    static final Bytes DISK = Bytes.mebi(4096);

    SimHost(
            World world,
            Supplier<Faults> faults,
            List<SimController> controllers,
            HostIdentity identity,
            Path directory) {
        this.world = world;
        this.faults = faults;
        this.controllers = controllers;
        this.identity = identity;
        this.directory = directory;
        this.volumeCalls = new FaultyVolumes(world, faults, volumes);
        this.docker = new FaultyDocker(
                world, faults, new FakeDocker(world.clock(Duration.ZERO), world.fork(), INFRA_IMAGE, APP_IMAGE));
    }

    String name() {
        return identity.host();
    }

    UUID uid() {
        return identity.uid();
    }

    FakeDocker daemon() {
        return docker.daemon();
    }

    FakeVolumes volumes() {
        return volumes;
    }

    FakeLimits limits() {
        return limits;
    }

    /** The limits that the daemon was told last for that container. */
    private Docker.@Nullable Limits told(String container) {
        return docker.daemon().all().stream()
                .filter(each -> each.id().equals(container))
                .map(Docker.ContainerInfo::limits)
                .findFirst()
                .orElse(null);
    }

    /** Somebody else changes the limits of the containers that run here. */
    void disturbLimits() {
        world.note(name(), "somebody changes limits");
        limits.disturb();
        for (Docker.ContainerInfo container : docker.daemon().all()) {
            if (container.running() && world.chance(50)) {
                docker.daemon().updateByOthers(container.id());
            }
        }
    }

    /** For that time its containers use so much memory that no less can be put in force. */
    void useMemory(Duration time) {
        world.note(name(), "containers use much memory for " + time.toMillis() + " ms");
        limits.use(MEMORY.value());
        world.after(time, () -> true, () -> limits.use(0));
    }

    /**
     * The sets that are primary here: their containers run and were told so. Where no agent lives, only while the lease is
     * younger than that: beyond it nobody is left who could demote them, and one that starts needs a moment for it.
     */
    List<UUID> primaries(Duration fence) {
        Agent now = agent;
        boolean attended = now != null && world.nanos() - now.began >= SECOND.toNanos();
        Long since = lease;
        boolean leased = since != null && world.nanos() - since < fence.toNanos();
        List<UUID> primaries = new ArrayList<>();
        if (attended || leased) {
            roles.all().forEach((uid, written) -> {
                if (written.is() == Placement.Part.PRIMARY && runs(uid)) {
                    primaries.add(uid);
                }
            });
        }
        return primaries;
    }

    private boolean runs(UUID set) {
        return docker.daemon().all().stream()
                .anyMatch(container -> container.running()
                        && set.toString().equals(container.labels().get("io.mosaic.set"))
                        && !ContainerStatus.INFRA.equals(container.labels().get("io.mosaic.container")));
    }

    /** Kills what runs in a container, whatever the daemon knows of it. */
    private void endStray(String id) {
        docker.daemon().all().stream()
                .filter(container -> container.running() && container.id().equals(id))
                .toList()
                .forEach(container -> docker.daemon().die(id, 137, false));
    }

    private boolean full() {
        return Files.exists(directory.resolve("aside"));
    }

    void start() {
        if (agent == null && !off) {
            world.note(name(), "agent starts");
            agent = new Agent();
        }
    }

    void crashAgent() {
        Agent ended = agent;
        if (ended != null) {
            agent = null;
            world.note(name(), "agent crashes");
            ended.end();
            world.within(200, 5000, () -> true, this::start);
        }
    }

    /** The machine loses its power, and comes back after that time. */
    void powerCut(Duration time) {
        if (off) {
            return;
        }
        world.note(name(), "loses power for " + time.toMillis() + " ms");
        crashAgent();
        off = true;
        lease = null;
        docker.forget();
        docker.daemon().goDown();
        for (Docker.ContainerInfo container : docker.daemon().all()) {
            docker.daemon().die(container.id(), 137, false);
        }
        world.after(time, () -> true, this::powerOn);
    }

    void powerOn() {
        if (off) {
            off = false;
            docker.daemon().comeUp();
            start();
        }
    }

    void hang(Duration time) {
        world.note(name(), "docker hangs for " + time.toMillis() + " ms");
        docker.hang();
        world.after(time, () -> true, this::resume);
    }

    void resume() {
        docker.resume();
        Agent now = agent;
        if (now != null) {
            now.drainEvents();
        }
    }

    /** The daemon is killed and comes back after that time; containers survive that, or all die with it. */
    void restartDaemon(Duration time, boolean survive) {
        if (off) {
            return;
        }
        world.note(name(), "docker is killed for " + time.toMillis() + " ms");
        docker.forget();
        docker.daemon().goDown();
        if (!survive) {
            for (Docker.ContainerInfo container : docker.daemon().all()) {
                docker.daemon().die(container.id(), 137, false);
            }
        }
        Agent now = agent;
        if (now != null) {
            now.events = null;
        }
        world.after(time, () -> !off, () -> docker.daemon().comeUp());
    }

    /** A daemon will forget the next container that it starts, as one does that is killed amid a start. */
    void halfStartNext() {
        world.note(name(), "docker will half-start a container");
        docker.daemon().halfStartNext();
    }

    /** No controller is reached from it. */
    void isolate(boolean is) {
        world.note(name(), is ? "is cut off" : "is connected");
        isolated = is;
        Agent now = agent;
        if (is && now != null) {
            now.link.breakOff();
        }
    }

    /** Its state directory cannot be written: a full disk. */
    void fillDisk(boolean full) {
        volumeCalls.full(full);
        try {
            Path state = directory.resolve("state");
            Path aside = directory.resolve("aside");
            if (full && !Files.exists(aside)) {
                world.note(name(), "disk is full");
                Files.createDirectories(state);
                Files.move(state, aside);
                Files.createFile(state);
            } else if (!full && Files.exists(aside)) {
                world.note(name(), "disk has room");
                Files.delete(state);
                Files.move(aside, state);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The main process of a container dies, if that many run. */
    void kill(int nth, boolean oom) {
        List<Docker.ContainerInfo> running = docker.daemon().all().stream()
                .filter(Docker.ContainerInfo::running)
                .toList();
        if (!running.isEmpty()) {
            Docker.ContainerInfo one = running.get(nth % running.size());
            world.note(name(), one.name() + (oom ? " meets the OOM killer" : " dies"));
            docker.daemon().die(one.id(), oom ? 137 : 1, oom);
            Agent now = agent;
            if (now != null) {
                now.drainEvents();
            }
        }
    }

    /** From start to crash. */
    final class Agent implements SteppedHost.Turns, HostSide {
        private final AgentLink link =
                new AgentLink(world, faults, controllers, identity, this, () -> !isolated, this::alive);
        private final SteppedHost host;
        private final Map<UUID, SteppedHost.Worker> due = new TreeMap<>();
        private final List<Begun> begun = new ArrayList<>();
        private final Map<UUID, Instant> wakes = new TreeMap<>();
        private final Clock clock = world.clock(world.skew());
        private boolean saveDue;
        private boolean drainDue;
        private boolean turnsDue;
        private boolean looked;
        private final long began = world.nanos();
        private final HostLease held;
        private Docker.@Nullable EventStream events;

        private record Begun(SteppedHost.Worker worker, Step step, Runnable doing) {}

        private Agent() {
            DesiredState desired;
            try {
                // What is full can still be read; here it is emptied, as an operator would.
                fillDisk(false);
                desired = DesiredState.open(directory.resolve("state").resolve("desired.json"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            HealthProbe probe =
                    (check, container, infra) -> world.chance(faults.get().docker())
                            ? new HealthProbe.Result(false, "made to fail")
                            : new HealthProbe.Result(true, "HTTP 200");
            held = new HostLease(world::nanos, new HostLease.Kept() {
                @Override
                public OptionalLong read() {
                    return lease == null ? OptionalLong.empty() : OptionalLong.of(lease);
                }

                @Override
                public void write(long since) {
                    lease = since;
                }
            });
            host = new SteppedHost(
                    new Reconciler.Settings(
                            new AgentRules(name(), INFRA_IMAGE, Set.of()), 64, SECOND, NO_DISK, Bytes.ZERO),
                    new HostDrivers(docker.calls(), volumeCalls, probe, limits, SimHost.this::endStray, roles),
                    desired,
                    link,
                    clock,
                    held,
                    this);
            host.attendRoles();
            tick();
            watch();
            link.start();
        }

        private boolean alive() {
            return agent == this;
        }

        private void end() {
            if (events != null) {
                events.close();
            }
            link.agentGone();
        }

        // What its threads do.

        private void tick() {
            world.after(HALF_SECOND, this::alive, this::tick);
            if (events == null) {
                try {
                    events = docker.calls().events("io.mosaic.set");
                    looked = false;
                } catch (DockerException e) {
                    world.note(name(), "no events: " + e.getMessage());
                }
            }
            if (host.lookDue() || !looked) {
                looked = host.look();
            }
            drainEvents();
        }

        private void watch() {
            world.after(SECOND, this::alive, this::watch);
            host.watch();
            host.lookAtLimits();
        }

        private void drainEvents() {
            if (!drainDue) {
                drainDue = true;
                world.within(0, 40, this::alive, () -> {
                    drainDue = false;
                    Docker.EventStream stream = events;
                    if (stream != null) {
                        FakeDocker.waiting(stream).forEach(host::heard);
                    }
                });
            }
        }

        private void saveSoon() {
            if (!saveDue) {
                saveDue = true;
                world.after(SAVE_WAIT, this::alive, () -> {
                    saveDue = false;
                    try {
                        host.save();
                    } catch (IOException e) {
                        world.note(name(), "desired state not saved");
                    }
                });
            }
        }

        @Override
        public void due(SteppedHost.Worker worker) {
            due.put(worker.set(), worker);
            if (!turnsDue) {
                turnsDue = true;
                world.within(0, 20, this::alive, this::turns);
            }
        }

        private void turns() {
            turnsDue = false;
            Map<UUID, SteppedHost.Worker> now = new TreeMap<>(due);
            due.clear();
            now.values().forEach(this::turn);
        }

        private void turn(SteppedHost.Worker worker) {
            Instant wake = worker.turn();
            // By key: in which order a plan names its steps may differ from process to process.
            begun.sort(Comparator.comparing(each -> each.step().key()));
            List<Begun> steps = List.copyOf(begun);
            begun.clear();
            for (Begun each : steps) {
                boolean slow = world.chance(faults.get().docker());
                // Neither files nor signals wait for Docker.
                boolean own = each.step() instanceof Step.OnRoleFiles || each.step() instanceof Step.EndProcesses;
                world.within(1, own ? 20 : slow ? 3000 : 60, this::alive, () -> {
                    world.note(
                            name(),
                            each.worker().set().toString().substring(0, 8) + " "
                                    + each.step().getClass().getSimpleName() + " "
                                    + each.step().key());
                    each.doing().run();
                    drainEvents();
                });
            }
            if (wake != null) {
                wakeAt(worker, wake);
            }
        }

        private void wakeAt(SteppedHost.Worker worker, Instant at) {
            Instant before = wakes.get(worker.set());
            if (before != null && !at.isBefore(before)) {
                return;
            }
            wakes.put(worker.set(), at);
            Duration wait = Duration.between(clock.instant(), at);
            world.after(wait.compareTo(MILLI) < 0 ? MILLI : wait, this::alive, () -> {
                wakes.remove(worker.set(), at);
                due(worker);
            });
        }

        @Override
        public void begin(SteppedHost.Worker worker, Step step, Runnable doing) {
            begun.add(new Begun(worker, step, doing));
        }

        // What the link asks of the host.

        @Override
        public HostInventory inventory() {
            return new HostInventory(CPU, MEMORY, DISK, "amd64", "sim", "sim", "1.41", 1, "overlay2", "sim", "sim");
        }

        @Override
        public String zone() {
            return "default";
        }

        @Override
        public String pool() {
            return "default";
        }

        @Override
        public Map<String, String> labels() {
            return Map.of();
        }

        @Override
        public List<SetReport> sets() {
            return host.reports();
        }

        @Override
        public @Nullable String degraded() {
            return host.degraded();
        }

        @Override
        public boolean wantsAnswers() {
            return host.hasRoles();
        }

        @Override
        public long moment() {
            return held.moment();
        }

        @Override
        public void granted(long sent) {
            held.granted(sent);
            host.leaseHolds();
        }

        @Override
        public boolean continued(long sent) {
            return held.continued(sent);
        }

        @Override
        public void desired(ControllerMessage.Desired message) {
            host.apply(message);
            saveSoon();
        }

        @Override
        public void delta(ControllerMessage.Delta message) {
            host.apply(message);
            saveSoon();
        }
    }
}
