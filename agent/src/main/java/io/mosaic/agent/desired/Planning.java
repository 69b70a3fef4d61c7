package io.mosaic.agent.desired;

import io.mosaic.model.Interval;
import io.mosaic.model.RoleStatus;
import io.mosaic.model.SetState;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.SetReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One run of the planner as it goes: what it reads, and what it has decided so far. For one thread. */
final class Planning {
    final SetGoal goal;
    final Blueprint blueprint;
    final ObservedSet seen;
    final Instant now;
    /** How old the newest message is that a controller has answered; null: none was, or nobody asks. */
    final @Nullable Duration leaseAge;

    private final List<Step> steps = new ArrayList<>();
    private final List<Plan.Story> story = new ArrayList<>();
    private final Set<String> taken;
    /** Containers with something to be done that failed too short a time ago. */
    private final Set<String> heldBack = new HashSet<>();

    private SetMemory memory;
    private @Nullable Instant wake;

    Planning(SetGoal goal, Blueprint blueprint, ObservedSet seen, SetMemory memory, Instant now) {
        this(goal, blueprint, seen, memory, now, null);
    }

    Planning(
            SetGoal goal,
            Blueprint blueprint,
            ObservedSet seen,
            SetMemory memory,
            Instant now,
            @Nullable Duration leaseAge) {
        this.leaseAge = leaseAge;
        this.goal = goal;
        this.blueprint = blueprint;
        this.seen = seen;
        this.memory = memory;
        this.now = now;
        this.taken = new HashSet<>(seen.busy());
    }

    SetMemory memory() {
        return memory;
    }

    void remember(SetMemory changed) {
        memory = changed;
    }

    void remember(String container, ContainerMemory changed) {
        memory = memory.with(container, changed);
    }

    /** Adds the step unless one of its key is under way; says whether it did. */
    boolean step(Step step) {
        if (!taken.add(step.key())) {
            return false;
        }
        steps.add(step);
        return true;
    }

    /** Adds the step unless the last of its kind failed too short a time ago. */
    void act(Step.OnContainer step) {
        if (reached(memory.of(step.container()).retry())) {
            step(step);
        } else {
            heldBack.add(step.container());
        }
    }

    /**
     * Forgets what could not be done to containers of which nothing is to be done any more: the spec may have been changed
     * back, or they are as they should be by another way. Asked when all else is decided.
     */
    void forgetMended() {
        for (ObservedContainer container : seen.containers().values()) {
            String name = container.name();
            ContainerMemory known = memory.of(name);
            if (known.fault() != null && settled(name) && !heldBack.contains(name)) {
                remember(name, known.mended());
            }
        }
    }

    /** Whether nothing is under way and nothing was decided. */
    boolean quiet() {
        return taken.isEmpty();
    }

    /** Whether the container's state can be relied on, and no step for it is under way or decided. */
    boolean settled(String container) {
        boolean stale = seen.stale().contains(container) && seen.get(container) != null;
        return !stale && !taken.contains(Step.containerKey(container));
    }

    boolean busyWith(String key) {
        return taken.contains(key);
    }

    void tell(@Nullable String container, String type, boolean warning, String message) {
        String name = container == null ? null : Successor.original(container);
        story.add(new Plan.Story(name, type, warning, message));
    }

    /** Whether a step on any container is under way or decided. */
    boolean busyWithContainers() {
        return taken.stream().anyMatch(key -> key.startsWith(Step.containerKey("")));
    }

    /**
     * Whether those who send requests to the set have had the time to hear that it serves no more. The time begins when this
     * is asked first, and its state is told from then on.
     */
    boolean drained() {
        Instant end = drainedAt();
        if (end == null) {
            return true;
        }
        if (memory.drainSince() == null) {
            remember(memory.drainSince(now));
        }
        return reached(end);
    }

    /** When the set is drained; null when it does not drain. */
    @Nullable
    Instant drainedAt() {
        Interval drain = goal.set().spec().drain();
        if (drain == null || drain.millis() == 0) {
            return null;
        }
        Instant since = memory.drainSince();
        return (since == null ? now : since).plus(drain.duration());
    }

    List<Plan.Story> story() {
        return story;
    }

    /** Whether something failed, and it is too early to try again. */
    boolean blocked() {
        SetMemory.Failure failure = memory.failure();
        return failure != null && !reached(failure.retry());
    }

    /** Whether a step of that key failed, and it is too early to try it again. */
    boolean blockedAt(String key) {
        SetMemory.Failure failure = memory.failure();
        return failure != null && failure.key().equals(key) && !reached(failure.retry());
    }

    /** Whether that time has come; when it has not, the planner runs again then. */
    boolean reached(@Nullable Instant time) {
        if (time == null || !now.isBefore(time)) {
            return true;
        }
        wake = wake == null || time.isBefore(wake) ? time : wake;
        return false;
    }

    Plan plan(SetState state, @Nullable String reason) {
        if (seen.known()) {
            forgetMended();
        }
        DesiredSet set = goal.set();
        SetReport report = new SetReport(
                set.uid(),
                set.tenant(),
                set.name(),
                set.generation(),
                state,
                ip(),
                reason == null && state == SetState.PREPARING ? memory.progress() : reason,
                ContainerStatuses.of(blueprint, seen, memory),
                role());
        return new Plan(memory, steps, story, wake, report);
    }

    private @Nullable RoleStatus role() {
        RoleMemory known = memory.role();
        return known == null || goal.set().intent().role() == null ? null : known.status();
    }

    /** Only what is done for the role; nothing is known of how the set is. */
    Plan roleOnly() {
        return plan(SetState.FAILED, null);
    }

    private @Nullable String ip() {
        ObservedContainer infra = seen.infra();
        return infra == null || infra.ip().isEmpty() || !infra.running() ? null : infra.ip();
    }
}
