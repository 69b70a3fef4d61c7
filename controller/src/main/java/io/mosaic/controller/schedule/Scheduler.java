package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.HostResource;
import io.mosaic.model.SetResource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Plans where the sets that wait should go: oldest first, every host considered for each, sets planned earlier counted.
 * The same image gives the same plan.
 *
 * <p>Immutable, thread-safe.
 */
public final class Scheduler {

    private final List<Rule> rules;
    private final List<Cost> costs;

    /**
     * @param rules asked in this order; the first veto counts
     * @param costs summed up
     */
    public Scheduler(List<Rule> rules, List<Cost> costs) {
        this.rules = List.copyOf(rules);
        this.costs = List.copyOf(costs);
    }

    /** Ready hosts with room and free ports; the least loaded first, then by name. */
    public static Scheduler standard() {
        return new Scheduler(Rules.STANDARD, Rules.COSTS);
    }

    /**
     * Plans the sets that wait in that image, at most {@code max} of them.
     *
     * @return in the order in which they wait
     */
    public List<SetPlan> plan(ClusterImage image, int max) {
        List<SetResource> waiting = image.unplaced();
        if (waiting.isEmpty()) {
            return List.of();
        }
        List<Slot> slots = new ArrayList<>();
        for (HostResource host : image.hosts()) {
            slots.add(new Slot(image, host));
        }
        List<SetPlan> plans = new ArrayList<>();
        for (SetResource set : waiting.subList(0, Math.min(max, waiting.size()))) {
            plans.add(plan(set, slots));
        }
        return plans;
    }

    /** Why that host cannot take it, null when it can. */
    @Nullable
    Veto veto(Ask ask, Slot slot) {
        for (Rule rule : rules) {
            Veto veto = rule.veto(ask, slot);
            if (veto != null) {
                return veto;
            }
        }
        return null;
    }

    private SetPlan plan(SetResource set, List<Slot> slots) {
        Ask ask = Ask.of(set);
        Slot best = null;
        double least = Double.POSITIVE_INFINITY;
        // In the order of names, so that the first of equals wins whatever came before.
        for (Slot slot : slots) {
            if (veto(ask, slot) == null) {
                double cost = cost(ask, slot);
                if (cost < least) {
                    best = slot;
                    least = cost;
                }
            }
        }
        if (best == null) {
            return new SetPlan(set, null, whyNot(ask, slots));
        }
        best.take(ask);
        return new SetPlan(set, best.host().name(), null);
    }

    private WhyNot whyNot(Ask ask, List<Slot> slots) {
        Map<Veto, List<Slot>> vetoed = new EnumMap<>(Veto.class);
        for (Slot slot : slots) {
            Veto veto = veto(ask, slot);
            if (veto != null) {
                vetoed.computeIfAbsent(veto, key -> new ArrayList<>()).add(slot);
            }
        }
        return WhyNot.of(ask, vetoed);
    }

    private double cost(Ask ask, Slot slot) {
        double sum = 0;
        for (Cost cost : costs) {
            sum += cost.of(ask, slot);
        }
        return sum;
    }
}
