package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.HealthCheck;
import io.mosaic.model.Interval;
import io.mosaic.model.SetState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Plans a set that should run. Business containers are made while the infra container starts, since making one needs no
 * more than its id; each is started when the one before is up.
 */
final class RunPlan {
    /** A container that comes up is checked this often at first, so that the set waits no longer than it must. */
    private static final Duration PROBE_FIRST = Duration.ofMillis(25);

    private static final Duration PROBE_LATER = Duration.ofMillis(250);
    private static final int PROBES_FIRST_MAX = 80;

    private final Planning planning;
    private final Blueprint blueprint;
    private final ObservedSet seen;
    private final List<String> waiting = new ArrayList<>();
    private final List<String> failed = new ArrayList<>();
    private boolean allUp = true;
    private boolean anyRuns;
    private boolean resizing;

    private RunPlan(Planning planning) {
        this.planning = planning;
        this.blueprint = planning.blueprint;
        this.seen = planning.seen;
    }

    static Plan of(Planning planning) {
        return new RunPlan(planning).plan();
    }

    private Plan plan() {
        String refused = blueprint.refusedSysctl();
        if (refused != null && seen.infra() == null) {
            return planning.plan(
                    SetState.FAILED,
                    "sysctl " + refused + " is not namespaced, and the operator of this host does not allow it");
        }
        removeLeftovers();
        boolean prepared = prepare();
        ObservedContainer infra = infra(prepared);
        if (infra != null) {
            createBusiness(prepared);
        }
        boolean started = infra != null && infra.running() && sysctlsSet(infra);
        if (infra != null && started) {
            holdLimits(infra);
            boolean before = true;
            for (ContainerSpec container : blueprint.business()) {
                before = up(container, infra, before);
                allUp &= before;
            }
        }
        SetState state = state(infra, started);
        return planning.plan(state, reason(state));
    }

    /** What the spec does not know, was made from an older one, or is broken, goes. */
    private void removeLeftovers() {
        ObservedContainer infra = seen.infra();
        boolean infraGoes = infra != null && leftover(infra);
        boolean business = false;
        for (ObservedContainer container : seen.containers().values()) {
            boolean isInfra = container.name().equals(ContainerStatus.INFRA);
            if (!isInfra && (infraGoes || leftover(container))) {
                business = true;
                SetPlanner.remove(planning, container);
            }
        }
        if (infra != null && infraGoes && !business) {
            SetPlanner.remove(planning, infra);
        }
    }

    private boolean leftover(ObservedContainer container) {
        return container.status() == ObservedContainer.Status.BROKEN
                || !blueprint.names().contains(container.name())
                || blueprint.outdated(container.name(), container.hash());
    }

    /** Gets images and volume where something is still to be made; says whether all is there. */
    private boolean prepare() {
        List<String> missing = blueprint.names().stream()
                .filter(name -> seen.get(name) == null)
                .toList();
        ObservedContainer infra = seen.infra();
        boolean infraRuns = infra != null && infra.running();
        boolean needsVolume =
                blueprint.set().spec().volume() != null && seen.volume() == null && (!missing.isEmpty() || !infraRuns);
        List<String> images = missing.stream()
                .map(blueprint::image)
                .distinct()
                .filter(image -> !planning.memory().images().contains(image))
                .toList();
        forgetMended(missing, needsVolume);
        if (!needsVolume && images.isEmpty()) {
            return missing.isEmpty() || !planning.blocked();
        }
        if (!planning.blocked()) {
            images.forEach(image -> planning.step(new Step.EnsureImage(image)));
            if (needsVolume) {
                planning.step(new Step.EnsureVolume());
            }
        }
        return false;
    }

    /** A failure to get something is forgotten once it is there by whatever way. */
    private void forgetMended(List<String> missing, boolean needsVolume) {
        SetMemory.Failure failure = planning.memory().failure();
        if (failure == null) {
            return;
        }
        boolean stillWanted = missing.stream()
                .anyMatch(name -> failure.key().equals(Step.containerKey(name))
                        || failure.key().equals(new Step.EnsureImage(blueprint.image(name)).key()));
        boolean volume = failure.key().equals(new Step.EnsureVolume().key()) && needsVolume;
        boolean sysctls = failure.key().equals(Step.containerKey(ContainerStatus.INFRA))
                && !blueprint.privilegedSysctls().isEmpty();
        if (!stillWanted && !volume && !sysctls) {
            planning.remember(planning.memory().failure(null));
        }
    }

    /** Makes and starts the infra container; null when there is none yet. */
    private @Nullable ObservedContainer infra(boolean prepared) {
        ObservedContainer infra = seen.infra();
        if (!planning.settled(ContainerStatus.INFRA)) {
            return infra;
        }
        if (infra == null) {
            if (prepared && seen.containers().isEmpty()) {
                planning.step(new Step.Create(ContainerStatus.INFRA));
            } else if (prepared) {
                // They joined an infra container that is gone, and can join no other.
                seen.containers().values().forEach(container -> SetPlanner.remove(planning, container));
            }
            return null;
        }
        if (infra.running()) {
            if (infra.pid() == 0) {
                planning.act(new Step.Inspect(ContainerStatus.INFRA, infra.id()));
            }
            return infra;
        }
        ContainerMemory memory = planning.memory().of(ContainerStatus.INFRA);
        if (memory.due() != null) {
            waiting.add(describe(ContainerStatus.INFRA, memory));
        }
        if (killAll()) {
            return infra;
        }
        if (prepared || blueprint.set().spec().volume() == null || seen.volume() != null) {
            if (planning.reached(memory.due())) {
                planning.step(new Step.Start(ContainerStatus.INFRA, infra.id()));
            }
        }
        return infra;
    }

    /** Business containers of a dead infra container have no network any more; says whether any still runs. */
    private boolean killAll() {
        boolean any = false;
        for (ContainerSpec spec : blueprint.business()) {
            ObservedContainer container = seen.get(spec.nameOrEmpty());
            if (container != null && container.running()) {
                any = true;
                rejoin(container);
            }
        }
        return any;
    }

    private void rejoin(ObservedContainer container) {
        if (planning.settled(container.name())) {
            SetPlanner.wanted(planning, container.name());
            planning.act(new Step.Kill(container.name(), container.id()));
        }
    }

    private void createBusiness(boolean prepared) {
        for (ContainerSpec container : blueprint.business()) {
            String name = container.nameOrEmpty();
            if (prepared && seen.get(name) == null && planning.settled(name)) {
                planning.step(new Step.Create(name));
            }
        }
    }

    private boolean sysctlsSet(ObservedContainer infra) {
        if (blueprint.privilegedSysctls().isEmpty()
                || infra.started().equals(planning.memory().sysctlsSet())) {
            return true;
        }
        if (!planning.blocked() && planning.settled(ContainerStatus.INFRA)) {
            planning.step(new Step.SetSysctls(ContainerStatus.INFRA, infra.id(), blueprint.privilegedSysctls()));
        }
        return false;
    }

    /** Brings one container on its way; says whether the next may start. */
    private boolean up(ContainerSpec spec, ObservedContainer infra, boolean before) {
        String name = spec.nameOrEmpty();
        ObservedContainer container = seen.get(name);
        ContainerMemory memory = planning.memory().of(name);
        if (container != null && !container.running() && memory.due() != null) {
            waiting.add(describe(name, memory));
        }
        if (container == null || !planning.settled(name)) {
            if (container != null && container.running()) {
                anyRuns = true;
                holdLimits(container);
            }
            // One that is being looked at again counts as it was: what is seen decides a moment later.
            return container != null && container.running() && healthy(spec);
        }
        if (container.running()) {
            anyRuns = true;
            if (container.started().isBefore(infra.started())) {
                rejoin(container);
                return false;
            }
            holdLimits(container);
            return checked(spec, container, infra, memory);
        }
        if (memory.over()) {
            if (memory.failed()) {
                failed.add(name + ": " + memory.reason());
            }
            return !memory.failed();
        }
        if (before && planning.reached(memory.due())) {
            start(container);
        }
        return false;
    }

    private void start(ObservedContainer container) {
        Docker.Limits limits = container.limits();
        if (limits != null && !blueprint.limitsHold(container.name(), limits)) {
            planning.act(new Step.Update(container.name(), container.id(), blueprint.limits(container.name()), false));
        } else {
            planning.step(new Step.Start(container.name(), container.id()));
        }
    }

    private boolean healthy(ContainerSpec spec) {
        return spec.options().health() == null
                || planning.memory().of(spec.nameOrEmpty()).healthy();
    }

    /** Looks after the health of a running container; says whether it is up. */
    private boolean checked(
            ContainerSpec spec, ObservedContainer container, ObservedContainer infra, ContainerMemory memory) {
        HealthCheck health = spec.options().health();
        if (health == null) {
            return true;
        }
        Interval deadline = health.deadline();
        boolean overdue = !memory.healthy()
                && memory.misses() > 0
                && planning.reached(container.started().plus(deadline.duration()));
        if (memory.ending() == ContainerMemory.Ending.UNHEALTHY
                || (memory.healthy() && memory.misses() >= health.retries())
                || overdue) {
            if (memory.ending() != ContainerMemory.Ending.UNHEALTHY) {
                String word = memory.healthy()
                        ? memory.misses() + " health checks in a row failed: "
                        : "not healthy within " + deadline + ": ";
                planning.tell(container.name(), "Unhealthy", true, word + memory.probeWord());
                planning.remember(container.name(), memory.ending(ContainerMemory.Ending.UNHEALTHY));
            }
            planning.act(new Step.Stop(container.name(), container.id()));
            return false;
        }
        // The check goes by the infra container's process, which is known as soon as the daemon was asked for it.
        if (infra.pid() > 0 && planning.reached(memory.probeAt())) {
            planning.step(new Step.Probe(container.name(), container.id(), container.started()));
        }
        return memory.healthy();
    }

    /** When the next check is due after one that ended now. */
    static Instant nextProbe(HealthCheck health, ContainerMemory memory, boolean up, Instant now) {
        if (up || memory.healthy()) {
            return now.plus(health.interval().duration());
        }
        return now.plus(memory.probes() < PROBES_FIRST_MAX ? PROBE_FIRST : PROBE_LATER);
    }

    private void holdLimits(ObservedContainer container) {
        String name = container.name();
        Docker.Limits actual = container.limits();
        if (actual == null || blueprint.limitsHold(name, actual)) {
            return;
        }
        Docker.Limits given = planning.memory().of(name).limits();
        boolean restores = given != null && blueprint.limitsHold(name, given);
        resizing |= !restores && planning.memory().of(name).fault() == null;
        if (planning.settled(name)) {
            planning.act(new Step.Update(name, container.id(), blueprint.limits(name), restores));
        }
    }

    private static String describe(String name, ContainerMemory memory) {
        Instant due = memory.due();
        return name + ": " + memory.reason() + (due == null ? "" : "; next start at " + Reasons.time(due));
    }

    private SetState state(@Nullable ObservedContainer infra, boolean started) {
        SetMemory.Failure failure = planning.memory().failure();
        if (!failed.isEmpty() || !waiting.isEmpty() || (failure != null && failure.told())) {
            return SetState.FAILED;
        }
        if (infra == null || !infra.running()) {
            return SetState.PREPARING;
        }
        if (!started || !allUp) {
            return SetState.STARTING;
        }
        if (!anyRuns) {
            return SetState.STOPPED;
        }
        return resizing ? SetState.RESIZING : SetState.RUNNING;
    }

    private @Nullable String reason(SetState state) {
        SetMemory.Failure failure = planning.memory().failure();
        if (failure != null && failure.told()) {
            return failure.reason() + "; next attempt at " + Reasons.time(failure.retry());
        }
        List<String> all = new ArrayList<>(failed);
        all.addAll(waiting);
        if (!all.isEmpty()) {
            return String.join("; ", all);
        }
        if (state == SetState.STOPPED) {
            return "every container has ended with exit code 0 and its restart policy leaves it so";
        }
        String faults = blueprint.names().stream()
                .map(name -> planning.memory().of(name).fault())
                .filter(fault -> fault != null)
                .collect(Collectors.joining("; "));
        return faults.isEmpty() ? null : faults;
    }
}
