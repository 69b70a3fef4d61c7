package io.mosaic.agent.desired;

import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.agent.docker.Docker;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Placement.Part;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A host in memory on which steps of one set are done, one at a time, with faults. For one thread; the same seed gives
 * the same story.
 */
final class ModelHost {
    /** A container as it really is. */
    static final class Box {
        final String id;
        final String hash;
        boolean running;
        boolean ran;
        Instant started = Instant.EPOCH;
        Instant finished = Instant.EPOCH;
        int exitCode;
        Docker.Limits limits;
        KernelKeys keys = KernelKeys.NONE;

        Box(String id, String hash, Docker.Limits limits) {
            this.id = id;
            this.hash = hash;
            this.limits = limits;
        }
    }

    /** In which the commands of a role are run. */
    private static final String ACTOR = "front";

    private final RandomGenerator random;
    private final AgentRules rules;
    final Map<String, Box> boxes = new TreeMap<>();
    boolean volume;
    /** Chance in a hundred that a step goes wrong. */
    int faults;

    /** An image that no registry has. */
    String lacking = "";

    Bytes volumeSize = Bytes.ZERO;
    /** Whether the storage does not find the volume. */
    boolean volumeLost;
    /** What a volume may have at most. */
    Bytes volumeMax = Bytes.parse("1Ti");
    /** Bytes of memory that each container uses. */
    long used;
    /** Whether no container is healthy. */
    boolean sick;

    /** What the containers see of their role. */
    RoleFiles.@Nullable Written role;
    /** Whether the first container behaves as a primary: it was told so, and not yet demoted by the command. */
    boolean primary;
    /** The commands that ended well, in order. */
    final List<String> commands = new ArrayList<>();
    /** Commands of that role fail. */
    @Nullable
    Part failing;

    long restartsDone;
    int starts;
    private int ids;

    ModelHost(RandomGenerator random, AgentRules rules) {
        this.random = random;
        this.rules = rules;
    }

    /** Does the step on the host as it is now, and says what its doer would hear. */
    Outcome run(Step step, SetGoal goal, Instant now) {
        int roll = random.nextInt(100);
        if (roll < faults / 2) {
            return fault(roll);
        }
        Outcome outcome = act(step, new Blueprint(goal.set(), rules), now);
        // Done, but nobody hears of it.
        return roll < faults ? new Outcome.NoAnswer("answer lost") : outcome;
    }

    private static Outcome fault(int roll) {
        return switch (roll % 3) {
            case 0 -> new Outcome.Failed("made to fail");
            case 1 -> new Outcome.NoAnswer("made silent");
            default -> new Outcome.Surprise("made to surprise");
        };
    }

    private Outcome act(Step step, Blueprint blueprint, Instant now) {
        return switch (step) {
            case Step.Observe ignored -> {
                Map<String, ObservedContainer> all = new HashMap<>();
                boxes.forEach((name, box) -> all.put(name, observed(name, box)));
                yield new Outcome.SeenAll(all);
            }
            case Step.Inspect inspect -> {
                Box box = boxes.get(inspect.container());
                yield new Outcome.Seen(box == null ? null : observed(inspect.container(), box));
            }
            case Step.EnsureImage image ->
                image.image().equals(lacking)
                        ? new Outcome.Failed("image " + image.image() + " cannot be had")
                        : new Outcome.ImageReady(false);
            case Step.GrowVolume grow -> {
                if (grow.size().compareTo(volumeMax) > 0) {
                    yield new Outcome.Failed("a volume of " + grow.size() + " does not fit");
                }
                volumeSize = volumeSize.compareTo(grow.size()) < 0 ? grow.size() : volumeSize;
                yield new Outcome.Done();
            }
            case Step.EnsureVolume ignored -> {
                if (volumeLost) {
                    yield new Outcome.Failed("the volume cannot be found");
                }
                volume = true;
                yield new Outcome.Mounted(Path.of("/volumes/x"));
            }
            case Step.RemoveVolume ignored -> {
                if (!boxes.isEmpty()) {
                    throw new AssertionError("a volume in use is removed: " + boxes.keySet());
                }
                volume = false;
                yield new Outcome.Done();
            }
            case Step.Create create -> create(create.container(), blueprint);
            case Step.Start start -> start(start.container(), start.id(), now);
            case Step.Stop stop -> end(stop.container(), 0, now);
            case Step.Rename rename -> rename(rename);
            case Step.Kill kill -> end(kill.container(), 137, now);
            case Step.Remove remove -> {
                Box box = boxes.get(remove.container());
                if (box != null && box.id.equals(remove.id())) {
                    boxes.remove(remove.container());
                }
                yield new Outcome.Done();
            }
            case Step.Update update -> {
                Box box = boxes.get(update.container());
                if (box == null) {
                    yield new Outcome.Surprise("no such container");
                }
                if (box.running && update.limits().memoryBytes() < used) {
                    yield new Outcome.Failed("it uses more");
                }
                box.limits = update.limits();
                yield new Outcome.Done();
            }
            case Step.SetKeys set -> {
                Box box = boxes.get(set.container());
                if (box == null || !box.running || !box.id.equals(set.id())) {
                    yield new Outcome.Surprise("no such process");
                }
                box.keys = set.keys();
                yield new Outcome.Done();
            }
            case Step.SetSysctls ignored -> new Outcome.Done();
            case Step.Probe probe -> {
                Box box = boxes.get(probe.container());
                yield new Outcome.Probed(!sick && box != null && box.running && random.nextInt(3) > 0, "rolled");
            }
            case Step.ReadRole ignored -> new Outcome.RoleRead(role);
            case Step.WriteRole write -> {
                role = new RoleFiles.Written(write.is(), write.term(), write.confirmed());
                primary |= write.is() == Part.PRIMARY && actorRuns();
                yield new Outcome.Done();
            }
            case Step.ConfirmRole confirm -> {
                confirm(confirm.is(), confirm.term());
                yield new Outcome.Done();
            }
            case Step.RunRoleCommand run -> command(run);
            case Step.EndProcesses ended -> end(ended.container(), 137, now);
            case Step.NoteRestarts note -> {
                restartsDone = Math.max(restartsDone, note.restarts());
                yield new Outcome.Done();
            }
        };
    }

    private Outcome command(Step.RunRoleCommand run) {
        boolean there = boxes.values().stream().anyMatch(box -> box.running && box.id.equals(run.id()));
        if (!there || run.is() == failing) {
            return new Outcome.Failed(there ? "ended with exit code 1" : "the container does not run");
        }
        commands.add(run.is().word() + " " + run.term());
        // A command of before, that ends late, does not make what is standby by now a primary.
        if (role != null && role.is() == run.is()) {
            primary = run.is() == Part.PRIMARY;
        }
        confirm(run.is(), run.term());
        return new Outcome.Done();
    }

    private void confirm(Part is, long term) {
        if (role != null && role.is() == is && role.term() == term) {
            role = new RoleFiles.Written(is, term, true);
        }
    }

    private boolean actorRuns() {
        Box actor = boxes.get(ACTOR);
        return actor != null && actor.running;
    }

    private Outcome create(String name, Blueprint blueprint) {
        if (boxes.containsKey(name)) {
            return new Outcome.Made(observed(name, boxes.get(name)), false);
        }
        if (!name.equals(ContainerStatus.INFRA) && !boxes.containsKey(ContainerStatus.INFRA)) {
            return new Outcome.Surprise("no infra container to join");
        }
        Box box = new Box("id" + ++ids, blueprint.hash(name), blueprint.limits(name));
        boxes.put(name, box);
        return new Outcome.Made(observed(name, box), false);
    }

    private Outcome rename(Step.Rename rename) {
        Box box = boxes.get(rename.container());
        if (box == null || !box.id.equals(rename.id())) {
            return new Outcome.Surprise("no such container");
        }
        if (boxes.containsKey(rename.to())) {
            return new Outcome.Failed("the name is in use");
        }
        boxes.remove(rename.container());
        boxes.put(rename.to(), box);
        return new Outcome.Done();
    }

    private Outcome start(String name, String id, Instant now) {
        Box box = boxes.get(name);
        if (box == null || !box.id.equals(id)) {
            return new Outcome.Surprise("no such container");
        }
        Box infra = boxes.get(ContainerStatus.INFRA);
        if (!name.equals(ContainerStatus.INFRA) && (infra == null || !infra.running)) {
            return new Outcome.Failed("cannot join network of a non running container");
        }
        Box twin = boxes.get(Successor.is(name) ? Successor.original(name) : Successor.of(name));
        if (twin != null && twin.running) {
            throw new AssertionError("two containers of one name run: " + name);
        }
        if (!box.running) {
            box.running = true;
            box.keys = KernelKeys.NONE;
            box.ran = true;
            box.started = now;
            starts++;
            primary |= name.equals(ACTOR) && role != null && role.is() == Part.PRIMARY;
        }
        return new Outcome.Done();
    }

    private Outcome end(String name, int code, Instant now) {
        Box box = boxes.get(name);
        if (box == null) {
            return new Outcome.Surprise("no such container");
        }
        die(box, code, now);
        primary &= actorRuns();
        return new Outcome.Done();
    }

    static void die(Box box, int code, Instant now) {
        if (box.running) {
            box.running = false;
            box.finished = now;
            box.exitCode = code;
        }
    }

    static ObservedContainer observed(String name, Box box) {
        ObservedContainer.Status status = box.running
                ? ObservedContainer.Status.RUNNING
                : box.ran ? ObservedContainer.Status.ENDED : ObservedContainer.Status.CREATED;
        boolean infra = name.equals(ContainerStatus.INFRA);
        return new ObservedContainer(
                name,
                box.id,
                status,
                box.started,
                box.finished,
                box.running ? 100 : 0,
                box.exitCode,
                false,
                "",
                box.hash,
                box.limits,
                infra ? "10.0.0.2" : "",
                "",
                Stopping.DEFAULT);
    }
}
