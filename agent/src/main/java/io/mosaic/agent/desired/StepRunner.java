package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.images.DaemonImages;
import io.mosaic.agent.images.HostImages;
import io.mosaic.agent.images.ImageException;
import io.mosaic.agent.volume.VolumeDirectories;
import io.mosaic.agent.volume.VolumeDriver;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.SetSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does steps with the drivers, and says how each went. Heavy calls of all sets together are bounded: beyond a few at
 * once the daemon only gets slower.
 *
 * <p>Thread-safe.
 */
final class StepRunner {
    private static final Logger LOG = LoggerFactory.getLogger(StepRunner.class);

    /** A stop mostly waits for the process, so many may wait at once. */
    private static final int STOPS_MAX = 64;

    /**
     * Words of those who still know a start that the daemon forgot: the daemon's client of containerd ("id already in
     * use"), containerd ("task ...: already exists", "mkdir ...: file exists"), runc ("container with id exists", later
     * "container with given ID already exists").
     */
    private static final List<String> HALF_STARTED =
            List.of("id already in use", "already exists", "file exists", "id exists");

    private final HostDrivers drivers;
    private final AgentRules rules;
    private final DesiredState desired;
    private final TurnGate heavy;
    /** The infra containers' image is the host's own, whatever the cluster has. */
    private final HostImages own;

    private final Semaphore stops = new Semaphore(STOPS_MAX, true);
    private final AtomicBoolean capsRootDisk = new AtomicBoolean(true);

    StepRunner(HostDrivers drivers, AgentRules rules, DesiredState desired, int concurrency) {
        this.drivers = drivers;
        this.rules = rules;
        this.desired = desired;
        this.heavy = new TurnGate(concurrency);
        this.own = new DaemonImages(drivers.docker());
    }

    /** Nothing that was known of the daemon's images counts any more. */
    void forget() {
        drivers.images().forget();
        own.forget();
    }

    /**
     * Does the step.
     *
     * @param blueprint of the goal's set
     * @param turn of the set; where heavy calls wait for each other, the lower turn goes first
     * @param told hears in words how far a long step is
     * @throws InterruptedException when the agent stops
     */
    Outcome run(Step step, SetGoal goal, Blueprint blueprint, ObservedSet seen, long turn, Consumer<String> told)
            throws InterruptedException {
        try {
            return switch (step) {
                case Step.Observe ignored -> observe(blueprint, seen);
                case Step.Inspect inspect -> inspect(inspect.id());
                case Step.EnsureImage image -> ensureImage(image.image(), goal, told);
                case Step.EnsureVolume ignored -> ensureVolume(goal, turn);
                case Step.GrowVolume grow -> {
                    drivers.volumes().grow(goal.set().uid(), grow.size());
                    yield new Outcome.Done();
                }
                case Step.RemoveVolume ignored -> removeVolume(goal);
                case Step.Create create -> create(create.container(), blueprint, seen, turn);
                case Step.Start start -> start(start, blueprint, seen, turn);
                case Step.Stop stop -> stop(stop);
                case Step.Rename rename -> {
                    drivers.docker().rename(rename.id(), blueprint.dockerName(rename.to()));
                    yield new Outcome.Done();
                }
                case Step.Kill kill -> within(stops, () -> drivers.docker().kill(kill.id()));
                case Step.Remove remove -> remove(remove.id(), turn);
                case Step.Update update -> update(update, goal, seen, turn);
                case Step.SetKeys set -> {
                    drivers.limits().apply(set.pid(), set.id(), set.keys(), set.dropped());
                    yield new Outcome.Done();
                }
                case Step.SetSysctls sysctls -> setSysctls(sysctls, turn);
                case Step.Probe probe -> probe(probe, blueprint, seen);
                case Step.ReadRole ignored ->
                    new Outcome.RoleRead(drivers.roles().read(goal.set().uid()));
                case Step.WriteRole write -> writeRole(write, goal.set().uid());
                case Step.ConfirmRole confirm -> {
                    drivers.roles().confirm(goal.set().uid(), confirm.is(), confirm.term());
                    yield new Outcome.Done();
                }
                case Step.RunRoleCommand run -> roleCommand(run, goal.set().uid());
                case Step.EndProcesses end -> {
                    drivers.strays().end(end.id());
                    yield new Outcome.Done();
                }
                case Step.NoteRestarts note -> {
                    desired.noteRestarts(goal.set().uid(), note.restarts());
                    yield new Outcome.Done();
                }
            };
        } catch (DockerException e) {
            return outcome(step, e);
        } catch (VolumeDriver.VolumeException e) {
            return new Outcome.Failed(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            if (step instanceof Step.SetKeys) {
                return new Outcome.Failed(String.valueOf(e.getMessage()));
            }
            return new Outcome.Failed("the agent cannot read or write what it must: " + e.getMessage());
        }
    }

    private static Outcome outcome(Step step, DockerException e) {
        String word = Reasons.ofDocker(String.valueOf(e.getMessage()));
        return switch (e.kind()) {
            case TIMEOUT, UNREACHABLE -> new Outcome.NoAnswer(word);
            case NOT_FOUND -> step instanceof Step.Probe ? new Outcome.Failed(word) : new Outcome.Surprise(word);
            case CONFLICT, REFUSED, FAILED -> new Outcome.Failed(word);
        };
    }

    /** By name, not by a list of all: the names are known, and a list of a full host is long. */
    private Outcome observe(Blueprint blueprint, ObservedSet seen) throws DockerException {
        List<String> wanted = new ArrayList<>();
        blueprint.names().forEach(name -> wanted.add(blueprint.dockerName(name)));
        // A successor whose making was never heard of would be left over.
        blueprint.business().forEach(spec -> wanted.add(blueprint.dockerName(Successor.of(spec.nameOrEmpty()))));
        seen.containers().values().stream()
                .filter(container -> blueprint.business(container.name()) == null
                        && !container.name().equals(ContainerStatus.INFRA))
                .forEach(container -> wanted.add(container.id()));
        Map<String, ObservedContainer> found = new HashMap<>();
        for (String idOrName : wanted) {
            Docker.ContainerInfo info = drivers.docker().inspect(idOrName);
            if (info != null && ours(info, blueprint.set().uid())) {
                ObservedContainer container = observed(info);
                found.put(container.name(), container);
            }
        }
        return new Outcome.SeenAll(found);
    }

    /** The daemon may not know of a kill for want of memory; the kernel is asked of every kill, so that it knows which are old. */
    private ObservedContainer observed(Docker.ContainerInfo info) {
        ObservedContainer container = ObservedContainer.of(info);
        try {
            return container.killed() && drivers.limits().endedForMemory(container.id(), container.finished())
                    ? container.endedForMemory()
                    : container;
        } catch (IOException e) {
            LOG.debug("whether container {} ended for want of memory: {}", container.id(), e.getMessage());
            return container;
        }
    }

    private boolean ours(Docker.ContainerInfo info, UUID uid) {
        return SetLabels.set(info.labels(), rules.host()).equals(Optional.of(uid));
    }

    private Outcome inspect(String id) throws DockerException {
        Docker.ContainerInfo info = drivers.docker().inspect(id);
        return new Outcome.Seen(info == null ? null : observed(info));
    }

    private HostImages images(String image) {
        return image.equals(rules.infraImage()) ? own : drivers.images();
    }

    private Outcome ensureImage(String image, SetGoal goal, Consumer<String> told)
            throws DockerException, InterruptedException {
        try {
            return new Outcome.ImageReady(
                    images(image).ensure(goal.set().uid(), goal.set().tenant(), image, told));
        } catch (ImageException e) {
            return new Outcome.Failed(Reasons.ofDocker(String.valueOf(e.getMessage())));
        }
    }

    /**
     * Less memory than is in use would end the container, on cgroup v2 at once: it is not put in force. The kernel of v1
     * refuses that by itself, and says no figure.
     */
    private Outcome update(Step.Update update, SetGoal goal, ObservedSet seen, long turn)
            throws DockerException, IOException, InterruptedException {
        ObservedContainer container = seen.get(update.container());
        Docker.Limits now = container == null ? null : container.limits();
        if (container != null
                && now != null
                && container.pid() > 0
                && update.limits().memoryBytes() < now.memoryBytes()) {
            Bytes used = new Bytes(drivers.limits().memoryInUse(container.pid(), update.id()));
            Bytes asked = new Bytes(update.limits().memoryBytes());
            if (used.compareTo(asked) > 0) {
                return new Outcome.Failed("it uses " + Reasons.mebi(used) + " of memory, " + asked + " is asked for"
                        + (goal.forcesMemory() ? "" : "; forced, it is restarted with that"));
            }
        }
        return inTurn(turn, () -> drivers.docker().update(update.id(), update.limits()));
    }

    private Outcome ensureVolume(SetGoal goal, long turn) throws VolumeDriver.VolumeException, InterruptedException {
        SetSpec.VolumeClaim claim = goal.set().spec().volume();
        Bytes size = claim == null || claim.size() == null ? Bytes.ZERO : claim.size();
        heavy.enter(turn);
        try {
            return new Outcome.Mounted(drivers.volumes().ensure(goal.set().uid(), size));
        } finally {
            heavy.leave();
        }
    }

    private Outcome removeVolume(SetGoal goal) throws VolumeDriver.VolumeException, IOException {
        drivers.volumes().remove(goal.set().uid());
        drivers.roles().remove(goal.set().uid());
        return new Outcome.Done();
    }

    private Outcome create(String name, Blueprint blueprint, ObservedSet seen, long turn)
            throws DockerException, InterruptedException, VolumeDriver.VolumeException {
        ContainerSpec spec = blueprint.business(name);
        ObservedContainer infra = seen.infra();
        if (spec != null && infra == null) {
            return new Outcome.Surprise("there is no infra container to join");
        }
        prepareSubPaths(name, blueprint, seen);
        Docker.ContainerConfig config = spec == null || infra == null
                ? blueprint.infra(seen.volume())
                : settled(blueprint, blueprint.business(name, spec, infra.id(), seen.volume(), roles(blueprint)));
        boolean capped = config.rootDiskBytes() > 0 && capsRootDisk.get();
        boolean uncapped = config.rootDiskBytes() > 0 && !capped;
        heavy.enter(turn);
        try {
            String id;
            try {
                id = drivers.docker().create(capped ? config : uncapped(config));
            } catch (DockerException e) {
                if (!capped || !refusesRootDisk(e)) {
                    throw e;
                }
                capsRootDisk.set(false);
                uncapped = true;
                id = drivers.docker().create(uncapped(config));
            }
            ObservedContainer made = ObservedContainer.created(
                    name,
                    id,
                    blueprint.hash(name),
                    blueprint.limits(name),
                    blueprint.image(name),
                    blueprint.stopping(name));
            return new Outcome.Made(made, uncapped);
        } catch (DockerException e) {
            return switch (e.kind()) {
                case CONFLICT -> taken(blueprint, name, e);
                case NOT_FOUND -> {
                    images(blueprint.image(name)).absent(blueprint.set().uid(), blueprint.image(name));
                    throw e;
                }
                default -> throw e;
            };
        } finally {
            heavy.leave();
        }
    }

    /** Made of the very image that the set was given for the name, with the name beside it. */
    private Docker.ContainerConfig settled(Blueprint blueprint, Docker.ContainerConfig config) {
        String made = images(config.image()).made(blueprint.set().uid(), config.image());
        return made.equals(config.image()) ? config : config.from(made, SetLabels.IMAGE, config.image());
    }

    private @Nullable Path roles(Blueprint blueprint) {
        return blueprint.set().intent().role() == null
                ? null
                : drivers.roles().directory(blueprint.set().uid());
    }

    /** A name that is taken is mostly the work of a create whose answer was lost. */
    private Outcome taken(Blueprint blueprint, String name, DockerException e) throws DockerException {
        Docker.ContainerInfo info = drivers.docker().inspect(blueprint.dockerName(name));
        if (info == null) {
            throw e;
        }
        if (!ours(info, blueprint.set().uid())) {
            return new Outcome.Failed("the container name " + blueprint.dockerName(name)
                    + " is taken by a container that is not this set's");
        }
        return new Outcome.Made(ObservedContainer.of(info), false);
    }

    private static boolean refusesRootDisk(DockerException e) {
        String word = String.valueOf(e.getMessage());
        return word.contains("storage-opt") || word.contains("quota") || word.contains("storage opt");
    }

    private static Docker.ContainerConfig uncapped(Docker.ContainerConfig config) {
        return config.rootDiskBytes() == 0
                ? config
                : new Docker.ContainerConfig(
                        config.name(),
                        config.image(),
                        config.labels(),
                        config.entrypoint(),
                        config.command(),
                        config.env(),
                        config.user(),
                        config.workdir(),
                        config.hostname(),
                        config.network(),
                        config.ipc(),
                        config.binds(),
                        config.ports(),
                        config.exposedTcp(),
                        config.sysctls(),
                        config.ulimits(),
                        config.capabilities(),
                        config.privileged(),
                        config.readOnlyRoot(),
                        0,
                        config.limits(),
                        config.stopSignal());
    }

    private Outcome start(Step.Start start, Blueprint blueprint, ObservedSet seen, long turn)
            throws DockerException, IOException, InterruptedException, VolumeDriver.VolumeException {
        prepareSubPaths(start.container(), blueprint, seen);
        try {
            return inTurn(turn, () -> drivers.docker().start(start.id()));
        } catch (DockerException e) {
            // Newer daemons also say "not found" of the command, which is no reason to look for the container.
            if (e.kind() == DockerException.Kind.NOT_FOUND && drivers.docker().inspect(start.id()) != null) {
                return new Outcome.Failed(Reasons.ofDocker(String.valueOf(e.getMessage())));
            }
            if (halfStarted(e)) {
                remove(start.id(), turn);
                return new Outcome.Surprise("half-started by a daemon that was killed; made anew");
            }
            throw e;
        }
    }

    /**
     * A daemon killed amid a start forgets it; what it had called does not, and from then on refuses every start of that
     * container. Only another container in its place helps.
     */
    private static boolean halfStarted(DockerException e) {
        String word = String.valueOf(e.getMessage());
        return HALF_STARTED.stream().anyMatch(word::contains);
    }

    /** What goes wrong before the signal is told and holds nothing up: the container was to end. */
    private Outcome stop(Step.Stop stop) throws DockerException, InterruptedException {
        stops.acquire();
        try {
            String complaint = stop.how().preStop().isEmpty() ? null : preStop(stop);
            drivers.docker().stop(stop.id(), stop.how().grace().duration());
            return new Outcome.Stopped(complaint);
        } finally {
            stops.release();
        }
    }

    private @Nullable String preStop(Step.Stop stop) throws InterruptedException {
        try {
            return ContainerCommand.run(
                    drivers.docker(),
                    stop.id(),
                    stop.how().preStop(),
                    stop.how().timeout());
        } catch (DockerException e) {
            return e.kind() == DockerException.Kind.CONFLICT ? null : Reasons.ofDocker(String.valueOf(e.getMessage()));
        }
    }

    /** No turn is waited for: a demotion has a deadline. */
    private Outcome roleCommand(Step.RunRoleCommand run, UUID set)
            throws DockerException, IOException, InterruptedException {
        String complaint = ContainerCommand.run(
                drivers.docker(),
                run.id(),
                run.command().command(),
                run.command().timeout());
        if (complaint != null) {
            return new Outcome.Failed(complaint);
        }
        drivers.roles().confirm(set, run.is(), run.term());
        return new Outcome.Done();
    }

    private Outcome writeRole(Step.WriteRole write, UUID set) throws IOException {
        drivers.roles().write(set, write.is(), write.term());
        if (write.confirmed()) {
            drivers.roles().confirm(set, write.is(), write.term());
        }
        return new Outcome.Done();
    }

    private Outcome remove(String id, long turn) throws DockerException, IOException, InterruptedException {
        inTurn(turn, () -> drivers.docker().remove(id));
        drivers.strays().end(id);
        return new Outcome.Done();
    }

    /** Before each start too: while it rested, a sibling may have put a link there. */
    private static void prepareSubPaths(String name, Blueprint blueprint, ObservedSet seen)
            throws VolumeDriver.VolumeException {
        Path volume = seen.volume();
        if (volume != null) {
            for (String subPath : blueprint.subPaths(name)) {
                VolumeDirectories.ensure(volume, subPath);
            }
        }
    }

    private Outcome setSysctls(Step.SetSysctls step, long turn) throws DockerException, InterruptedException {
        heavy.enter(turn);
        try {
            for (Map.Entry<String, String> sysctl : step.values().entrySet()) {
                List<String> command = List.of("/bin/sysctl", "-w", sysctl.getKey() + "=" + sysctl.getValue());
                Docker.ExecConfig config = new Docker.ExecConfig(command, false, false, 0, 0, null);
                try (Docker.ExecSession session = drivers.docker().exec(step.id(), config)) {
                    StringBuilder said = new StringBuilder();
                    for (Docker.Output output = session.next(); output != null; output = session.next()) {
                        said.append(new String(output.bytes(), StandardCharsets.UTF_8));
                    }
                    if (session.exitCode() != 0) {
                        return new Outcome.Failed("sysctl " + sysctl.getKey() + " could not be set: "
                                + Reasons.ofDocker(said.toString()));
                    }
                }
            }
            return new Outcome.Done();
        } finally {
            heavy.leave();
        }
    }

    private Outcome probe(Step.Probe step, Blueprint blueprint, ObservedSet seen) throws DockerException {
        ContainerSpec spec = blueprint.business(step.container());
        ObservedContainer infra = seen.infra();
        if (spec == null || spec.options().health() == null || infra == null) {
            return new Outcome.Probed(false, "there is nothing to check");
        }
        HealthProbe.Result result = drivers.health().probe(spec.options().health(), step.id(), infra);
        return new Outcome.Probed(result.up(), result.word());
    }

    private Outcome inTurn(long turn, DockerCall call) throws DockerException, InterruptedException {
        heavy.enter(turn);
        try {
            call.run();
            return new Outcome.Done();
        } finally {
            heavy.leave();
        }
    }

    private static Outcome within(Semaphore gate, DockerCall call) throws DockerException, InterruptedException {
        gate.acquire();
        try {
            call.run();
            return new Outcome.Done();
        } finally {
            gate.release();
        }
    }

    /** A call that answers nothing. */
    @FunctionalInterface
    private interface DockerCall {
        void run() throws DockerException;
    }
}
