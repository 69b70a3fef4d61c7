package io.mosaic.controller.schedule;

import io.mosaic.model.SetResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One pass over the sets that wait, part by part: each part may be committed while the next is not planned yet. Oldest
 * first, as if each were planned alone on what the ones before it left; sets of one shape share the work. Used by one
 * thread, as long as its fleet is not used for another.
 */
public final class Round {

    /** Queues of that many shapes stay from part to part; each takes some 20 bytes a host. */
    private static final int QUEUES_KEPT = 64;

    private final Policy policy;
    private final Fleet fleet;
    private final List<SetResource> waiting;
    private final Map<Shape, ShapeQueue> queues = new HashMap<>();
    private int next;

    Round(Policy policy, Fleet fleet, List<SetResource> waiting) {
        this.policy = policy;
        this.fleet = fleet;
        this.waiting = waiting;
        fleet.expect(waiting);
    }

    /**
     * Plans the next of them, at most {@code max}.
     *
     * @return in the order in which they wait; empty when all are planned
     */
    public List<SetPlan> next(int max) {
        int end = next + Math.min(max, waiting.size() - next);
        List<Shape> shapes = new ArrayList<>(end - next);
        Map<Shape, Integer> left = new HashMap<>();
        for (SetResource set : waiting.subList(next, end)) {
            Shape shape = Shape.of(set, fleet);
            shapes.add(shape);
            left.merge(shape, 1, Integer::sum);
        }
        List<SetPlan> plans = new ArrayList<>(end - next);
        for (Shape shape : shapes) {
            SetResource set = waiting.get(next++);
            ShapeQueue queue = queues.computeIfAbsent(shape, key -> new ShapeQueue(fleet, policy, Ask.of(set, fleet)));
            plans.add(plan(set, queue));
            if (left.merge(shape, -1, Integer::sum) == 0 && queues.size() > QUEUES_KEPT) {
                queues.remove(shape);
            }
        }
        return plans;
    }

    private SetPlan plan(SetResource set, ShapeQueue queue) {
        Slot best = queue.best();
        if (best == null) {
            return new SetPlan(set, null, queue.whyNot());
        }
        fleet.take(best, set, queue.ask());
        return new SetPlan(set, best.host().name(), null);
    }
}
