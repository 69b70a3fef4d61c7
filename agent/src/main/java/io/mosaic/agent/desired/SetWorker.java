package io.mosaic.agent.desired;

import io.mosaic.model.Event;
import io.mosaic.model.Kind;
import io.mosaic.model.SetState;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.SetReport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one set as it should be: plans, begins the steps, hears how they went, and plans again. One virtual thread
 * decides; each step runs on one of its own. At rest it sleeps until something happens.
 */
final class SetWorker {
    private static final Logger LOG = LoggerFactory.getLogger(SetWorker.class);

    /** With the daemon silent, look whether it is back this often; the daemon watch mostly says so first. */
    private static final Duration SILENCE_WAIT = Duration.ofSeconds(1);

    private final Context context;
    private final long turn;
    private final Queue<Signal> inbox = new ConcurrentLinkedQueue<>();
    private final Standing standing = new Standing();
    /** Threads of the steps under way, by the step's key. */
    private final Map<String, Thread> doers = new HashMap<>();

    private SetGoal goal;
    private Blueprint blueprint;
    private ObservedSet seen;
    private SetMemory memory = SetMemory.NEW;
    /** Until when nothing is tried, since the daemon gave no answer; null while it answers. Signals do not move it. */
    private @Nullable Instant silentUntil;

    /** Whether the last decision was on what is known and wanted now. */
    private boolean decided;
    /** When to decide again although nothing comes; null: not before something does. */
    private @Nullable Instant wake;

    private boolean remains;
    private volatile @Nullable SetReport report;
    private volatile Map<String, ObservedContainer> containers = Map.of();
    private volatile Map<String, SetMemory.GivenKeys> keys = Map.of();

    /**
     * What all workers of a host share.
     *
     * @param daemonAnswers whether the daemon is thought to answer
     * @param heldUntil until when nothing is done but look; null: act
     * @param leaseAge how old the newest message is that a controller has answered; null: none was
     * @param gone asked when nothing of a set that nobody wants is left; false: the set is wanted again
     * @param turns gives workers and steps their turns
     */
    record Context(
            AgentRules rules,
            SetPlanner planner,
            StepRunner runner,
            HostListener listener,
            Clock clock,
            BooleanSupplier daemonAnswers,
            Supplier<@Nullable Instant> heldUntil,
            Supplier<@Nullable Duration> leaseAge,
            Predicate<SetWorker> gone,
            Turns turns) {}

    /** Gives workers and steps their turns: a worker has no thread of its own. */
    interface Turns {

        /** Something came for the worker: {@link SetWorker#round} is due. */
        void due(SetWorker worker);

        /** The step is to be done: on the thread that is returned, which the caller starts, or some time, with null. */
        @Nullable
        Thread begin(SetWorker worker, Step step, Runnable doing);
    }

    /** Where a worker stands in turn: whether it waits for one, has one, and when the next is due by the clock. */
    static final class Standing {
        enum Turn {
            NONE,
            DUE,
            UNDER_WAY,
            /** Under way, and another one is due after it. */
            DUE_AGAIN
        }

        final AtomicReference<Turn> turn = new AtomicReference<>(Turn.NONE);
        /** Used by whoever has the turn. */
        @Nullable
        Future<?> timer;
        /** When the timer comes, and what for. */
        @Nullable
        Instant timerAt;
    }

    private sealed interface Signal {
        record Goal(SetGoal goal, boolean remains) implements Signal {}

        record Ended(Step step, Outcome outcome) implements Signal {}

        record Told(String key, String words) implements Signal {}

        record Changed(String container, String action) implements Signal {}

        record Drifted(String container, int pid) implements Signal {}

        record LookAgain(Map<String, String> extra) implements Signal {}

        record Rethink() implements Signal {}
    }

    /**
     * A worker that has not begun.
     *
     * @param turn its place among the sets of the host, where their steps wait for each other
     * @param seen what is known of the set
     * @param remains whether nobody wants the set and only its remains are to go
     */
    SetWorker(Context context, long turn, SetGoal goal, ObservedSet seen, boolean remains) {
        this.context = context;
        this.turn = turn;
        this.goal = goal;
        this.blueprint = new Blueprint(goal.set(), context.rules());
        this.seen = seen;
        this.remains = remains;
    }

    /** Where it stands with those who give turns; theirs to use. */
    Standing standing() {
        return standing;
    }

    void start() {
        context.turns().due(this);
    }

    /** The set should be this from now on. */
    void want(SetGoal changed, boolean onlyRemains) {
        signal(new Signal.Goal(changed, onlyRemains));
    }

    /** The daemon said that something happened to a container. */
    void changed(String container, String action) {
        signal(new Signal.Changed(container, action));
    }

    /** The kernel enforces other limits on that process than were given. */
    void drifted(String container, int pid) {
        signal(new Signal.Drifted(container, pid));
    }

    /** What was known may be old. {@code extra} are containers of the set, by name, with their ids. */
    void lookAgain(Map<String, String> extra) {
        signal(new Signal.LookAgain(extra));
    }

    /** What is not in the set's own hands is other than it was: the lease holds again. */
    void rethink() {
        signal(new Signal.Rethink());
    }

    private void signal(Signal signal) {
        inbox.add(signal);
        context.turns().due(this);
    }

    /** Whether something came that it has not dealt with. */
    boolean hasSignals() {
        return !inbox.isEmpty();
    }

    /** How the set was last said to be. */
    @Nullable
    SetReport report() {
        return report;
    }

    /** Its containers as last known. */
    Map<String, ObservedContainer> containers() {
        return containers;
    }

    /** What was set in the cgroups of its containers, by their names. */
    Map<String, SetMemory.GivenKeys> keys() {
        return keys;
    }

    DesiredSet set() {
        return goal.set();
    }

    private boolean over() {
        SetReport last = report;
        return remains
                && last != null
                && last.state() == SetState.DELETED
                && context.gone().test(this);
    }

    /**
     * Deals with what came and decides, unless nothing came that is news: of our own doing the daemon tells as well, and what is
     * known already changes no plan. For one thread at a time.
     *
     * @return when the next round is due although nothing comes; null: not before something does
     */
    @SuppressWarnings("ReferenceEquality") // A change of what is known or wanted makes another object.
    @Nullable
    Instant round() {
        SetGoal goalBefore = goal;
        ObservedSet seenBefore = seen;
        SetMemory memoryBefore = memory;
        Instant silentBefore = silentUntil;
        settle(inbox.poll());
        decided &= goal == goalBefore
                && seen == seenBefore
                && memory == memoryBefore
                && Objects.equals(silentUntil, silentBefore)
                && (wake == null || context.clock().instant().isBefore(wake));
        if (!decided) {
            decided = true;
            wake = silentUntil == null ? plan() : demoteOnly(silentUntil);
        }
        return over() ? null : wake;
    }

    /** Steps under way, for those who stop; while no round is under way. */
    Collection<Thread> doers() {
        return doers.values();
    }

    /** A round failed by a fault of the agent: there are no more. */
    void failed(Throwable e) {
        LOG.error(
                "set {} is no longer looked after: a fault of the agent",
                goal.set().name(),
                e);
    }

    /** Docker does not answer. What may not be primary any more needs no Docker to be told. */
    private Instant demoteOnly(Instant until) {
        if (goal.set().intent().role() == null) {
            return until;
        }
        Instant now = context.clock().instant();
        Plan plan = context.planner()
                .roleOnly(goal, blueprint, seen, memory, now, context.leaseAge().get());
        memory = plan.memory();
        begin(plan.steps());
        Instant next = plan.wake();
        return next != null && next.isBefore(until) ? next : until;
    }

    /** Decides and begins; returns when to decide again at the latest. */
    private @Nullable Instant plan() {
        Instant now = context.clock().instant();
        Plan plan = context.planner()
                .next(goal, blueprint, seen, memory, now, context.leaseAge().get());
        Instant held = context.heldUntil().get();
        if (held != null && now.isBefore(held)) {
            plan = plan.lookingOnly(memory, held);
        }
        memory = plan.memory();
        plan.story().forEach(line -> tell(line, now));
        say(plan.report(), now);
        begin(plan.steps());
        return plan.wake();
    }

    private void begin(List<Step> steps) {
        for (Step step : steps) {
            seen = seen.begun(step);
        }
        containers = seen.containers();
        keys = memory.keys();
        steps.forEach(this::begin);
    }

    private void begin(Step step) {
        SetGoal at = goal;
        Blueprint as = blueprint;
        ObservedSet known = seen;
        Runnable doing = () -> {
            Outcome outcome;
            try {
                outcome = context.runner()
                        .run(step, at, as, known, turn, words -> signal(new Signal.Told(step.key(), words)));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                LOG.error(
                        "set {}: step {} failed by a fault of the agent",
                        at.set().name(),
                        step.key(),
                        e);
                outcome = new Outcome.Failed("a fault of the agent: " + e);
            }
            signal(new Signal.Ended(step, outcome));
        };
        Thread doer = context.turns().begin(this, step, doing);
        if (doer != null) {
            doers.put(step.key(), doer);
            doer.start();
        }
    }

    private void settle(@Nullable Signal first) {
        for (Signal signal = first; signal != null; signal = inbox.poll()) {
            handle(signal);
        }
        Instant now = context.clock().instant();
        if (silentUntil != null && !now.isBefore(silentUntil)) {
            if (context.daemonAnswers().getAsBoolean()) {
                silentUntil = null;
                seen = seen.forgotten();
            } else {
                fallSilent();
            }
        }
    }

    private void handle(Signal signal) {
        switch (signal) {
            case Signal.Goal changed -> {
                goal = changed.goal();
                blueprint = new Blueprint(goal.set(), context.rules());
                remains = changed.remains();
                // What failed before may go well with what is wanted now.
                memory = memory.failure(null);
            }
            case Signal.Ended ended -> {
                doers.remove(ended.step().key());
                ended(ended);
            }
            case Signal.Told told -> {
                // What comes after the step's end is of no interest any more.
                if (seen.busy().contains(told.key()) && !told.words().equals(memory.progress())) {
                    memory = memory.progress(told.words());
                }
            }
            case Signal.Changed changed -> changed(changed);
            case Signal.Drifted drifted -> {
                ObservedContainer container = seen.get(drifted.container());
                if (container != null && container.pid() == drifted.pid()) {
                    seen = seen.with(container.withLimits(ObservedContainer.OTHER_LIMITS));
                }
            }
            case Signal.Rethink rethink -> decided = false;
            case Signal.LookAgain again -> {
                silentUntil = null;
                seen = seen.forgotten();
                seen = seen.mentioning(again.extra());
            }
        }
    }

    private void fallSilent() {
        silentUntil = context.clock().instant().plus(SILENCE_WAIT);
    }

    private void ended(Signal.Ended ended) {
        if (ended.outcome() instanceof Outcome.NoAnswer silence) {
            LOG.warn(
                    "set {}: no answer at {}: {}",
                    goal.set().name(),
                    ended.step().key(),
                    silence.word());
            fallSilent();
        }
        // A daemon that answers with faults only gets time as well.
        if (ended.step() instanceof Step.Observe && ended.outcome() instanceof Outcome.Failed failed) {
            LOG.warn("set {}: cannot be looked at: {}", goal.set().name(), failed.reason());
            fallSilent();
        }
        if (ended.step() instanceof Step.NoteRestarts note && ended.outcome() instanceof Outcome.Done) {
            goal = new SetGoal(goal.set(), Math.max(goal.restartsDone(), note.restarts()));
        }
        Instant now = context.clock().instant();
        SetOutcomes after = SetOutcomes.after(ended.step(), ended.outcome(), goal, blueprint, seen, memory, now);
        seen = after.seen();
        memory = after.memory();
        after.story().forEach(line -> tell(line, now));
    }

    /** Our own doing is known already; only what else happened is looked at. */
    private void changed(Signal.Changed changed) {
        if (!seen.known()) {
            // A look under way may have come before this.
            seen = seen.forgotten();
            return;
        }
        ObservedContainer container = seen.get(changed.container());
        boolean busy = seen.busy().contains(Step.containerKey(changed.container()));
        boolean known = switch (changed.action()) {
            case "create" -> container != null || busy;
            case "start" -> busy || (container != null && container.running());
            case "update" -> busy;
            case "destroy" -> container == null;
            default -> container == null && !busy;
        };
        if (known) {
            return;
        }
        if (changed.action().equals("update")) {
            memory = memory.keysUnsure(changed.container());
        }
        if (container == null && !busy) {
            seen = seen.forgotten();
        } else {
            seen = seen.stale(changed.container(), true);
        }
    }

    private void say(SetReport now, Instant at) {
        SetReport before = report;
        if (now.equals(before) || !seen.known()) {
            return;
        }
        report = now;
        String type = turningPoint(before, now);
        if (!type.isEmpty()) {
            String message =
                    now.reason() == null ? "set is " + now.state().name().toLowerCase(Locale.ROOT) : now.reason();
            boolean warns = now.state() == SetState.FAILED || now.state() == SetState.UPDATING;
            tell(new Plan.Story(null, type, warns, message), at);
        }
        // After its event, which so travels in the same message.
        context.listener().reported(now);
    }

    /** The event to tell of it; empty when there is none. What the user asked for is told by the controller. */
    private String turningPoint(@Nullable SetReport before, SetReport now) {
        SetState state = now.state();
        boolean begins = state == SetState.PREPARING || state == SetState.DELETING || state == SetState.FAILED;
        if (state == SetState.UPDATING && now.reason() != null && (before == null || before.reason() == null)) {
            return "UpdateBlocked";
        }
        if (before == null ? !begins : before.state() == state) {
            return "";
        }
        return switch (state) {
            case PREPARING -> "Preparing";
            case RUNNING -> "Running";
            case STOPPING -> now.reason() == null ? "" : "Stopping";
            case STOPPED -> "Stopped";
            case DELETING -> remains ? "OrphanRemoved" : "";
            case FAILED -> "Failed";
            default -> "";
        };
    }

    private void tell(Plan.Story line, Instant at) {
        DesiredSet set = goal.set();
        context.listener()
                .happened(new Event(
                        0,
                        at,
                        set.tenant(),
                        Kind.SET,
                        set.name(),
                        line.container(),
                        line.type(),
                        line.warning(),
                        line.message()));
        LOG.info(
                "set {}{}: {}: {}",
                set.name(),
                line.container() == null ? "" : "/" + line.container(),
                line.type(),
                line.message());
    }
}
