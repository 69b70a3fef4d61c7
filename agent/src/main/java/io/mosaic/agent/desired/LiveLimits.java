package io.mosaic.agent.desired;

import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.agent.docker.Docker;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.SetSpec;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Plans how the limits of containers that run, and the size of their volume, become and stay what the spec says. */
final class LiveLimits {
    private final Planning planning;
    private final Blueprint blueprint;
    private final ObservedSet seen;
    private boolean resizing;

    LiveLimits(Planning planning) {
        this.planning = planning;
        this.blueprint = planning.blueprint;
        this.seen = planning.seen;
    }

    /** Whether any is not yet as was asked for, and nothing is known to keep it from becoming so. */
    boolean resizing() {
        return resizing;
    }

    private @Nullable Bytes volumeSize() {
        SetSpec.VolumeClaim claim = blueprint.set().spec().volume();
        return claim == null ? null : claim.size() == null ? Bytes.ZERO : claim.size();
    }

    /** Whether its device is to be held to limits and nobody has looked where it is since the agent started. */
    boolean volumeUnknown() {
        return blueprint.set().spec().resourcesOrNone().io() != null && volumeSize() != null && seen.volume() == null;
    }

    /** Whether the volume is not known to have the size that it should have. */
    boolean volumeGrows() {
        Bytes size = volumeSize();
        return size != null && !size.equals(planning.memory().volumeSize());
    }

    /** While the set runs, so that one that cannot grow keeps nobody from starting. */
    void growVolume() {
        Bytes size = volumeSize();
        if (size != null && volumeGrows()) {
            resizing |= planning.memory().volumeSize() != null
                    && !growFails(planning.memory().failure());
            if (!planning.blocked()) {
                planning.step(new Step.GrowVolume(size));
            }
        }
    }

    /** Whether what fails is to grow the volume of a set that runs on as it is. */
    static boolean growFails(SetMemory.@Nullable Failure failure) {
        return failure != null && failure.key().equals(Step.GROW_KEY);
    }

    /** Sees to a container that runs. */
    void hold(ObservedContainer container) {
        String name = container.name();
        Docker.Limits actual = container.limits();
        if (actual == null || blueprint.limitsHold(name, actual)) {
            holdKeys(container);
            return;
        }
        Docker.Limits wanted = blueprint.limits(name);
        ContainerMemory memory = planning.memory().of(name);
        boolean restores = memory.limits() != null && blueprint.limitsHold(name, memory.limits());
        boolean shrinks = wanted.memoryBytes() < actual.memoryBytes();
        boolean forced = shrinks && memory.fault() != null && planning.goal.forcesMemory();
        resizing |= forced || (!restores && memory.fault() == null);
        if (!planning.settled(name)) {
            return;
        }
        if (shrinks && container.pid() == 0) {
            // What it uses is read by its process.
            planning.act(new Step.Inspect(name, container.id()));
        } else if (forced) {
            // It starts with its new limits; none could be put in force without an end.
            SetPlanner.wanted(planning, name);
            planning.step(new Step.Stop(name, container.id(), blueprint.stopping(container)));
        } else {
            planning.act(new Step.Update(name, container.id(), wanted, restores));
        }
    }

    /** What Docker does not know is set anew in each run, and after each change of what it does know. */
    private void holdKeys(ObservedContainer container) {
        String name = container.name();
        if (volumeUnknown()) {
            if (!planning.blocked()) {
                planning.step(new Step.EnsureVolume());
            }
            return;
        }
        KernelKeys keys = blueprint.keys(name, seen.volume());
        SetMemory.GivenKeys given = planning.memory().keys().get(name);
        ContainerMemory memory = planning.memory().of(name);
        if (name.equals(ContainerStatus.INFRA)
                || (given != null
                        && given.holds(container.started())
                        && given.keys().equals(keys))) {
            return;
        }
        // A run that began since, and one that we made, have nothing that nobody asked for; another may, from before.
        boolean clean = given == null
                ? memory.limits() != null
                : given.of(container.started()).isEmpty();
        if (keys.isEmpty() && clean) {
            return;
        }
        // What is only set again, and a container that was taken over as it runs, is seen to without a word.
        boolean asked = given == null ? memory.limits() != null : !given.keys().equals(keys);
        resizing |= asked && memory.fault() == null;
        if (!planning.settled(name)) {
            return;
        }
        if (container.pid() == 0) {
            planning.act(new Step.Inspect(name, container.id()));
            return;
        }
        Set<String> dropped = given == null
                ? Set.of()
                : Set.copyOf(given.of(container.started()).values().keySet());
        planning.act(new Step.SetKeys(name, container.id(), container.pid(), container.started(), keys, dropped));
    }
}
