package io.mosaic.agent.desired;

import io.mosaic.model.Json;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.SetReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Planner, outcomes and a model of the host on a clock of its own: what a worker does, one step at a time. */
final class PlannedSet {
    static final AgentRules RULES = new AgentRules("h1", "mosaic/infra:1", Set.of("vm.swappiness"));

    final RandomGenerator random;
    final ModelHost host;
    final SetPlanner planner = new SetPlanner(RULES);
    final List<String> story = new ArrayList<>();
    /** Steps in the order in which they were begun. */
    final List<Step> begun = new ArrayList<>();

    /** When the last message was sent that a controller answered; null: none was. */
    @Nullable
    Instant leased;

    private final List<Running> running = new ArrayList<>();
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    SetGoal goal;
    ObservedSet seen = ObservedSet.EMPTY;
    SetMemory memory = SetMemory.NEW;
    SetReport report;

    /** Whether the latest plan found nothing to do on what is known. */
    private boolean quiet;

    private record Running(Step step, SetGoal goal) {}

    PlannedSet(long seed, String json) {
        random = new java.util.Random(seed);
        host = new ModelHost(random, RULES);
        goal = new SetGoal(
                new DesiredSet(
                        UUID.fromString("00000000-0000-0000-0000-00000000000a"),
                        "t",
                        "web",
                        1,
                        Json.read(json, SetSpec.class),
                        SetIntent.RUNNING),
                0);
    }

    void want(SetIntent intent) {
        DesiredSet set = goal.set();
        goal = new SetGoal(
                new DesiredSet(set.uid(), set.tenant(), set.name(), set.generation() + 1, set.spec(), intent),
                goal.restartsDone());
        memory = memory.failure(null);
    }

    /** The set should be as that spec says from now on. */
    void want(String json) {
        DesiredSet set = goal.set();
        goal = new SetGoal(
                new DesiredSet(
                        set.uid(),
                        set.tenant(),
                        set.name(),
                        set.generation() + 1,
                        Json.read(json, SetSpec.class),
                        set.intent()),
                goal.restartsDone());
        memory = memory.failure(null);
    }

    /** The agent was restarted: it knows nothing, and no step of before ends. */
    void restartAgent() {
        running.clear();
        seen = ObservedSet.UNKNOWN;
        memory = SetMemory.NEW;
        goal = new SetGoal(goal.set(), Math.max(goal.restartsDone(), host.restartsDone));
    }

    /** A container ends by itself, and the daemon says so. */
    void die(String name, int code) {
        ModelHost.Box box = host.boxes.get(name);
        if (box != null && box.running) {
            ModelHost.die(box, code, now);
            host.primary &= !name.equals("front");
            tellChanged(name);
        }
    }

    void tellChanged(String name) {
        boolean there = seen.get(name) != null || seen.busy().contains(Step.containerKey(name));
        seen = !seen.known() || !there ? seen.forgotten() : seen.stale(name, true);
    }

    /** Plans once, then ends one step that is under way, or lets time pass; false when nothing will ever happen. */
    boolean advance() {
        Plan plan = planner.next(goal, new Blueprint(goal.set(), RULES), seen, memory, now, leaseAge());
        memory = plan.memory();
        quiet = seen.known() && plan.steps().isEmpty() && running.isEmpty();
        if (seen.known()) {
            report = plan.report();
        }
        plan.story().forEach(line -> story.add(line.type()));
        for (Step step : plan.steps()) {
            seen = seen.begun(step);
        }
        for (Step step : plan.steps()) {
            if (step instanceof Step.Create && goal.set().spec().volume() != null && seen.volume() == null) {
                throw new AssertionError("a container is made without its set's volume: " + step);
            }
            begun.add(step);
            running.add(new Running(step, goal));
        }
        if (!running.isEmpty()) {
            now = now.plusMillis(1 + random.nextInt(50));
            finish(running.remove(random.nextInt(running.size())));
            return true;
        }
        if (plan.wake() == null) {
            return false;
        }
        now = plan.wake().isAfter(now) ? plan.wake() : now.plusMillis(1);
        return true;
    }

    @Nullable
    Duration leaseAge() {
        return leased == null ? null : Duration.between(leased, now);
    }

    private void finish(Running each) {
        Outcome outcome = host.run(each.step(), each.goal(), now);
        if (each.step() instanceof Step.NoteRestarts && outcome instanceof Outcome.Done) {
            goal = new SetGoal(goal.set(), host.restartsDone);
        }
        now = now.plusMillis(1);
        SetOutcomes after =
                SetOutcomes.after(each.step(), outcome, goal, new Blueprint(goal.set(), RULES), seen, memory, now);
        seen = after.seen();
        memory = after.memory();
        after.story().forEach(line -> story.add(line.type()));
    }

    /** Goes on until the set is said to be so. */
    void until(SetState state, int stepsMax) {
        for (int i = 0; i < stepsMax; i++) {
            boolean more = advance();
            if (report != null
                    && report.state() == state
                    && report.generation() == goal.set().generation()
                    && (running.isEmpty() || (state != SetState.STOPPED && state != SetState.DELETED))) {
                return;
            }
            if (!more) {
                break;
            }
        }
        throw new AssertionError("not " + state + " after " + stepsMax + " steps but " + report + "; begun: "
                + begun.subList(Math.max(0, begun.size() - 20), begun.size()));
    }

    /** Goes on until the set is so and nothing is left to do. */
    void untilQuiet(SetState state, int stepsMax) {
        quiet = false;
        for (int i = 0; i < stepsMax; i++) {
            boolean more = advance();
            // What failed is tried again in a while.
            boolean faulted = (state == SetState.RUNNING && memory.failure() != null)
                    || seen.containers().keySet().stream()
                            .anyMatch(name -> memory.of(name).fault() != null);
            if (quiet && !faulted && report.state() == state) {
                return;
            }
            if (!more) {
                break;
            }
        }
        throw new AssertionError("not quietly " + state + " after " + stepsMax + " steps but " + report + "; " + memory
                + "; begun: " + begun.subList(Math.max(0, begun.size() - 20), begun.size()));
    }

    void pass(Duration time) {
        now = now.plus(time);
    }
}
