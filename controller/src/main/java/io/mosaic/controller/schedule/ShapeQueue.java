package io.mosaic.controller.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All hosts that could take sets of one shape, by cost, one heap a zone. Planning a set changes what one host costs, and
 * what its zone does: the host is moved in its heap, and zones are compared anew each time, so that the best of all hosts is
 * found without looking at all of them again. Used by one thread.
 */
final class ShapeQueue {

    private final Fleet fleet;
    private final Policy policy;
    private final Ask ask;
    private final double[] cost;
    private final HostHeap[] heaps;
    private final List<Zone> candidates = new ArrayList<>();
    private int seen;
    private @Nullable WhyNot whyNot;

    ShapeQueue(Fleet fleet, Policy all, Ask ask) {
        this.fleet = fleet;
        this.policy = all.concerning(ask);
        this.ask = ask;
        this.seen = fleet.touches();
        List<Slot> slots = fleet.slots();
        this.cost = new double[slots.size()];
        int[] place = new int[slots.size()];
        Arrays.fill(place, -1);
        this.heaps = new HostHeap[fleet.zones().size()];
        for (int i = 0; i < heaps.length; i++) {
            heaps[i] = new HostHeap(cost, place);
        }
        for (int i = 0; i < cost.length; i++) {
            Slot slot = slots.get(i);
            if (policy.veto(ask, slot) == null) {
                cost[i] = policy.cost(ask, slot);
                heaps[slot.zone().index()].append(i);
            }
        }
        for (HostHeap heap : heaps) {
            heap.order();
        }
    }

    Ask ask() {
        return ask;
    }

    /** The best host as things are planned by now, null when none can take such a set. */
    @Nullable
    Slot best() {
        catchUp();
        candidates.clear();
        for (Zone zone : fleet.zones()) {
            if (zone.index() < heaps.length && !heaps[zone.index()].empty() && policy.veto(ask, zone) == null) {
                candidates.add(zone);
            }
        }
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (Zone zone : candidates) {
            int top = heaps[zone.index()].top();
            double sum = cost[top] + policy.cost(ask, zone, candidates);
            if (sum < least || (sum == least && top < best)) {
                best = top;
                least = sum;
            }
        }
        return best < 0 ? null : fleet.slots().get(best);
    }

    /** Looks again at the hosts onto which anything was planned since. */
    private void catchUp() {
        for (; seen < fleet.touches(); seen++) {
            Slot slot = fleet.touched(seen);
            boolean fits = policy.veto(ask, slot) == null;
            if (fits) {
                cost[slot.index()] = policy.cost(ask, slot);
            }
            heaps[slot.zone().index()].update(slot.index(), fits);
        }
    }

    /** Why no host can; found out once, when it is first asked for. */
    WhyNot whyNot() {
        WhyNot known = whyNot;
        if (known == null) {
            Map<Veto, List<Slot>> vetoed = new EnumMap<>(Veto.class);
            for (Slot slot : fleet.slots()) {
                Veto veto = policy.vetoHere(ask, slot);
                if (veto != null) {
                    vetoed.computeIfAbsent(veto, key -> new ArrayList<>()).add(slot);
                }
            }
            known = WhyNot.of(ask, vetoed);
            whyNot = known;
        }
        return known;
    }
}
