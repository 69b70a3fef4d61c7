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
    private final Replacements replacements;
    private final LiveLimits limits;
    private final Preparation preparation;
    private final List<String> waiting = new ArrayList<>();
    private final List<String> failed = new ArrayList<>();
    private boolean allUp = true;
    /** Whether a container is still there that the set should not have. */
    private boolean leaving;

    private boolean anyRuns;

    private RunPlan(Planning planning) {
        this.planning = planning;
        this.blueprint = planning.blueprint;
        this.seen = planning.seen;
        this.replacements = new Replacements(planning);
        this.limits = new LiveLimits(planning);
        this.preparation = new Preparation(planning, replacements, limits);
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
        for (String name : planning.memory().replacing()) {
            if (blueprint.business(name) == null) {
                planning.remember(planning.memory().replacing(name, false));
            }
        }
        removeLeftovers();
        // Also for an agent that came amid a replacement and does not remember it.
        leaving |= Replacements.unfinished(planning);
        boolean prepared = preparation.prepare();
        ObservedContainer infra = infra(prepared);
        if (infra != null && RolePlan.ready(planning)) {
            createBusiness(prepared);
        }
        boolean started = infra != null && infra.running() && sysctlsSet(infra);
        if (infra != null && started) {
            limits.hold(infra);
            limits.growVolume();
            boolean before = RolePlan.ready(planning);
            for (ContainerSpec container : blueprint.business()) {
                before = up(container, infra, before);
                allUp &= before;
            }
            serveAgain();
        }
        planning.forgetMended();
        SetState state = state(infra, started);
        return planning.plan(state, reason(state));
    }

    /** What the spec does not know, was made from an older one and never ran, or is broken, goes. */
    private void removeLeftovers() {
        ObservedContainer infra = seen.infra();
        boolean infraGoes = infra != null && (broken(infra) || blueprint.outdated(ContainerStatus.INFRA, infra.hash()));
        boolean business = false;
        for (ObservedContainer container : seen.containers().values()) {
            if (container.name().equals(ContainerStatus.INFRA)) {
                continue;
            }
            if (infraGoes || leftover(container)) {
                business = true;
                leaving |= !Successor.is(container.name());
                if (infraGoes || broken(container)) {
                    SetPlanner.remove(planning, container);
                } else {
                    SetPlanner.dismiss(planning, container);
                }
            }
        }
        if (infra != null && infraGoes && !business) {
            SetPlanner.remove(planning, infra);
        }
    }

    private static boolean broken(ObservedContainer container) {
        return container.status() == ObservedContainer.Status.BROKEN;
    }

    private boolean leftover(ObservedContainer container) {
        if (Successor.is(container.name())) {
            return !replacements.keeps(container);
        }
        boolean neverRan = container.status() == ObservedContainer.Status.CREATED;
        return broken(container)
                || !blueprint.names().contains(container.name())
                || (neverRan && blueprint.outdated(container.name(), container.hash()));
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
            for (String key : List.of(spec.nameOrEmpty(), Successor.of(spec.nameOrEmpty()))) {
                ObservedContainer container = seen.get(key);
                if (container != null && container.running()) {
                    any = true;
                    rejoin(container);
                }
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
        for (String key : preparation.missing()) {
            String name = Successor.original(key);
            boolean settled = planning.settled(name) && planning.settled(Successor.of(name));
            if (preparation.ready(key, prepared) && settled && !name.equals(ContainerStatus.INFRA)) {
                planning.step(new Step.Create(key));
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

    /** Brings one container on its way, or replaces it; says whether the next may start. */
    private boolean up(ContainerSpec spec, ObservedContainer infra, boolean before) {
        String name = spec.nameOrEmpty();
        String acting = replacements.acting(name);
        ObservedContainer old = seen.get(name);
        boolean up;
        if (acting.equals(name) && old != null && replacements.due(name)) {
            planning.remember(planning.memory().replacing(name, true));
            replacements.atWork(name);
            up = replace(old, infra, before);
        } else {
            boolean mayStart = acting.equals(name)
                    ? before && replacements.noSuccessorRuns(name)
                    : replacements.oldRests(name) && (before || replacements.mustNotWait(name));
            up = up(spec, acting, infra, mayStart);
            if (up && acting.equals(name)) {
                planning.remember(planning.memory().replacing(name, false));
            }
        }
        if (planning.memory().replacing().contains(name)) {
            replacements.atWork(name);
        }
        return up;
    }

    /** Looks after a container that another is to replace, as well as it goes without its spec; says whether it runs. */
    private boolean replace(ObservedContainer old, ObservedContainer infra, boolean before) {
        ContainerMemory memory = planning.memory().of(old.name());
        if (!old.running()) {
            if (memory.due() != null) {
                waiting.add(describe(old.name(), memory));
            }
            // While nothing can take its place, it is better than nothing.
            SetMemory.Failure failure = planning.memory().failure();
            String next = Successor.of(old.name());
            if (failure != null
                    && preparation.concerns(failure, next)
                    && seen.get(next) == null
                    && before
                    && planning.settled(next)
                    && planning.settled(old.name())
                    && !memory.over()
                    && planning.reached(memory.due())) {
                start(old);
            }
            return false;
        }
        anyRuns = true;
        if (old.started().isBefore(infra.started())) {
            rejoin(old);
            return false;
        }
        if (!replacements.allMade()) {
            limits.hold(old);
        } else if (planning.settled(old.name())) {
            replacements.handOver(old);
        }
        return true;
    }

    private boolean up(ContainerSpec spec, String name, ObservedContainer infra, boolean before) {
        ObservedContainer container = seen.get(name);
        ContainerMemory memory = planning.memory().of(name);
        if (container != null && !container.running() && memory.due() != null) {
            waiting.add(describe(name, memory));
        }
        if (container == null || !planning.settled(name)) {
            if (container != null && container.running()) {
                anyRuns = true;
                limits.hold(container);
            }
            // One that is being looked at again counts as it was: what is seen decides a moment later.
            return container != null && container.running() && healthy(spec, name);
        }
        if (container.running()) {
            anyRuns = true;
            if (container.started().isBefore(infra.started())) {
                rejoin(container);
                return false;
            }
            limits.hold(container);
            return checked(spec, container, infra, memory);
        }
        if (memory.over()) {
            if (memory.failed()) {
                failed.add(Successor.original(name) + ": " + memory.reason());
            }
            return !memory.failed();
        }
        if (before && planning.reached(memory.due())) {
            start(container);
        }
        return false;
    }

    /** Nothing is about to be stopped any more. */
    private void serveAgain() {
        if (planning.memory().drainSince() != null && !replacements.draining()) {
            planning.remember(planning.memory().drainSince(null));
        }
    }

    private void start(ObservedContainer container) {
        Docker.Limits actual = container.limits();
        if (actual != null && !blueprint.limitsHold(container.name(), actual)) {
            planning.act(new Step.Update(container.name(), container.id(), blueprint.limits(container.name()), false));
        } else {
            planning.step(new Step.Start(container.name(), container.id()));
        }
    }

    private boolean healthy(ContainerSpec spec, String name) {
        return spec.options().health() == null || planning.memory().of(name).healthy();
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
            planning.act(new Step.Stop(container.name(), container.id(), blueprint.stopping(container)));
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

    private static String describe(String name, ContainerMemory memory) {
        Instant due = memory.due();
        return Successor.original(name) + ": " + memory.reason()
                + (due == null ? "" : "; next start at " + Reasons.time(due));
    }

    private SetState state(@Nullable ObservedContainer infra, boolean started) {
        SetMemory.Failure failure = planning.memory().failure();
        boolean fails = failure != null
                && failure.told()
                && !preparation.onlyUpdateFails(failure)
                && !LiveLimits.growFails(failure);
        if (!failed.isEmpty() || !waiting.isEmpty() || fails) {
            return SetState.FAILED;
        }
        if (infra == null || !infra.running()) {
            return SetState.PREPARING;
        }
        boolean updating = leaving || !planning.memory().replacing().isEmpty();
        if (!started || !allUp) {
            return updating ? SetState.UPDATING : SetState.STARTING;
        }
        if (updating) {
            return SetState.UPDATING;
        }
        if (!anyRuns) {
            return SetState.STOPPED;
        }
        return limits.resizing() ? SetState.RESIZING : SetState.RUNNING;
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
