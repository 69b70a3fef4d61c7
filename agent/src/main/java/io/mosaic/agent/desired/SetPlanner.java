package io.mosaic.agent.desired;

import io.mosaic.model.ContainerStatus;
import io.mosaic.model.SetState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides what to do next for one set, from what it should be and what is known of it. Pure: no I/O, no clock, and asked
 * again after anything happened, it decides anew from what is known then.
 *
 * <p>Thread-safe.
 */
public final class SetPlanner {
    private final AgentRules rules;

    public SetPlanner(AgentRules rules) {
        this.rules = rules;
    }

    /** What to do now, and when to ask again at the latest. */
    public Plan next(SetGoal goal, ObservedSet seen, SetMemory memory, Instant now) {
        return next(goal, new Blueprint(goal.set(), rules), seen, memory, now);
    }

    /** The same, for those who keep the blueprint of the goal's set. */
    Plan next(SetGoal goal, Blueprint blueprint, ObservedSet seen, SetMemory memory, Instant now) {
        return next(goal, blueprint, seen, memory, now, null);
    }

    /** @param leaseAge how old the newest message of this host is that a controller has answered; null: none was */
    Plan next(
            SetGoal goal,
            Blueprint blueprint,
            ObservedSet seen,
            SetMemory memory,
            Instant now,
            @Nullable Duration leaseAge) {
        Planning planning = new Planning(goal, blueprint, seen, memory, now, leaseAge);
        RolePlan.of(planning, seen.known());
        if (!seen.known()) {
            // Steps under way on containers may still change what there is to see.
            if (seen.busy().stream().noneMatch(key -> key.startsWith(Step.containerKey("")))) {
                planning.step(new Step.Observe(seen.look()));
            }
            return planning.plan(state(goal), null);
        }
        for (String name : seen.stale()) {
            ObservedContainer container = seen.get(name);
            if (container != null) {
                planning.act(new Step.Inspect(name, container.id()));
            }
        }
        Ends.count(planning);
        return switch (goal.set().intent().run()) {
            case RUNNING -> goal.restartPending() ? restart(planning) : RunPlan.of(planning);
            case STOPPED -> stop(planning);
            case DELETED -> delete(planning);
        };
    }

    /** While Docker does not answer: only what the role needs. Its report says nothing. */
    Plan roleOnly(
            SetGoal goal,
            Blueprint blueprint,
            ObservedSet seen,
            SetMemory memory,
            Instant now,
            @Nullable Duration leaseAge) {
        Planning planning = new Planning(goal, blueprint, seen, memory, now, leaseAge);
        RolePlan.of(planning, false);
        return planning.roleOnly();
    }

    private static SetState state(SetGoal goal) {
        return switch (goal.set().intent().run()) {
            case RUNNING -> SetState.PREPARING;
            case STOPPED -> SetState.STOPPING;
            case DELETED -> SetState.DELETING;
        };
    }

    /** All business containers end, last index first; then it is noted, and the set starts like any other. */
    private static Plan restart(Planning planning) {
        if (!endBusiness(planning)) {
            String drains = drains(planning);
            return planning.plan(SetState.STOPPING, "restarting on request" + (drains == null ? "" : "; " + drains));
        }
        for (String name : planning.seen.containers().keySet()) {
            ObservedContainer container = planning.seen.get(name);
            if (container != null && !container.running()) {
                ContainerMemory memory = planning.memory().of(name);
                planning.remember(name, memory.rested(container.finished(), container.exitCode()));
            }
        }
        if (!planning.blocked()) {
            planning.step(new Step.NoteRestarts(planning.goal.set().intent().restarts()));
        }
        return planning.plan(SetState.STOPPING, "restarting on request");
    }

    private static Plan stop(Planning planning) {
        if (!endBusiness(planning)) {
            return planning.plan(SetState.STOPPING, drains(planning));
        }
        ObservedContainer infra = planning.seen.infra();
        if (infra != null && infra.running()) {
            if (planning.settled(ContainerStatus.INFRA)) {
                wanted(planning, ContainerStatus.INFRA);
                planning.act(new Step.Kill(ContainerStatus.INFRA, infra.id()));
            }
            return planning.plan(SetState.STOPPING, null);
        }
        boolean settled = planning.quiet() && planning.seen.stale().isEmpty();
        return planning.plan(settled ? SetState.STOPPED : SetState.STOPPING, null);
    }

    private static @Nullable String drains(Planning planning) {
        Instant end = planning.drainedAt();
        return end == null || planning.memory().drainSince() == null || !planning.now.isBefore(end)
                ? null
                : "serves no more; stops at " + Reasons.time(end);
    }

    /** Says whether none of them runs and nothing is under way that could start one. */
    private static boolean endBusiness(Planning planning) {
        if (Replacements.unfinished(planning)) {
            return false;
        }
        List<String> names = planning.blueprint.names().reversed();
        for (String name : names) {
            if (name.equals(ContainerStatus.INFRA)) {
                continue;
            }
            if (!planning.settled(name) || !planning.settled(Successor.of(name))) {
                return false;
            }
            ObservedContainer container = planning.seen.get(name);
            if (container != null && container.running()) {
                if (planning.drained()) {
                    end(planning, container);
                }
                return false;
            }
        }
        boolean ended = true;
        for (ObservedContainer container : planning.seen.containers().values()) {
            if (!names.contains(container.name())) {
                ended = false;
                dismiss(planning, container);
            }
        }
        return ended;
    }

    /** Asks it to end. */
    static void end(Planning planning, ObservedContainer container) {
        if (planning.settled(container.name())) {
            wanted(planning, container.name());
            planning.act(new Step.Stop(container.name(), container.id(), planning.blueprint.stopping(container)));
        }
    }

    /** What the spec has no more is ended like any other, and then removed. */
    static void dismiss(Planning planning, ObservedContainer container) {
        if (container.running()) {
            end(planning, container);
        } else {
            remove(planning, container);
        }
    }

    /**
     * Everything goes: business containers at once, then the infra container, then the volume. Nothing gets time to end
     * by itself: its data goes too, and who wants a clean end stops the set first.
     */
    private static Plan delete(Planning planning) {
        boolean business = false;
        for (ObservedContainer container : planning.seen.containers().values()) {
            if (!container.name().equals(ContainerStatus.INFRA)) {
                business = true;
                remove(planning, container);
            }
        }
        ObservedContainer infra = planning.seen.infra();
        boolean unsettled = planning.blueprint.names().stream().anyMatch(name -> !planning.settled(name));
        if (business || unsettled || planning.busyWithContainers()) {
            return planning.plan(SetState.DELETING, failureReason(planning));
        }
        if (infra != null) {
            remove(planning, infra);
            return planning.plan(SetState.DELETING, failureReason(planning));
        }
        if (!planning.seen.volumeGone()) {
            if (!planning.blocked() && !planning.busyWith(Step.GROW_KEY)) {
                planning.step(new Step.RemoveVolume());
            }
            return planning.plan(SetState.DELETING, failureReason(planning));
        }
        boolean done = !planning.busyWith(new Step.RemoveVolume().key());
        return planning.plan(done ? SetState.DELETED : SetState.DELETING, null);
    }

    /** What failed matters in a deletion when it keeps the remains from going. */
    private static @Nullable String failureReason(Planning planning) {
        SetMemory.Failure failure = planning.memory().failure();
        return failure == null ? null : failure.reason();
    }

    static void remove(Planning planning, ObservedContainer container) {
        if (planning.settled(container.name())) {
            wanted(planning, container.name());
            planning.act(new Step.Remove(container.name(), container.id()));
        }
    }

    static void wanted(Planning planning, String name) {
        planning.remember(name, planning.memory().of(name).ending(ContainerMemory.Ending.WANTED));
    }
}
