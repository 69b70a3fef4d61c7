package io.mosaic.controller.reconcile;

import io.mosaic.controller.app.Budgets;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.Room;
import io.mosaic.controller.schedule.Fleet;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.schedule.SetPlan;
import io.mosaic.controller.set.MoveDecisions;
import io.mosaic.model.Event;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.RebalancePlan;
import io.mosaic.model.RebalancePlan.Balance;
import io.mosaic.model.RebalancePlan.Move;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds sets on full hosts that the scheduler would put on emptier ones. Proposes; moving is the leader's, and only when told
 * to. One set of an app at a time, none of an app that lacks a running set already, and none with a volume.
 */
public final class Rebalance {

    /** A stop of the set must lower the load of the fuller of both hosts by so much. */
    private static final double WORTH = 0.05;

    /** Placements tried for one proposal; each looks at every host. */
    private static final int TRIES_MAX = 300;

    private static final int TRIES_A_HOST = 5;

    private final Scheduler scheduler;
    private final Fleet fleet;
    private final Instant now;
    private final Budgets budgets;
    private ClusterImage view;
    private int tries;

    private Rebalance(ClusterImage image, Scheduler scheduler, Fleet fleet, Instant now) {
        this.view = image;
        this.scheduler = scheduler;
        this.fleet = fleet;
        this.now = now;
        this.budgets = new Budgets(image);
    }

    /**
     * At most so many moves.
     *
     * @param fleet to plan with; used during this call
     */
    public static RebalancePlan plan(ClusterImage image, Scheduler scheduler, Fleet fleet, int max, Instant now) {
        Map<String, Double> loads = loads(image);
        Balance before = balance(loads);
        Rebalance rebalance = new Rebalance(image, scheduler, fleet, now);
        List<Move> moves = new ArrayList<>();
        Move next = max == 0 ? null : rebalance.next(loads);
        while (next != null) {
            moves.add(next);
            for (String host : List.of(next.from(), next.to())) {
                HostResource resource = rebalance.view.host(host);
                if (resource != null) {
                    loads.put(host, load(rebalance.view, resource));
                }
            }
            next = moves.size() < max ? rebalance.next(loads) : null;
        }
        return new RebalancePlan(moves, before, balance(loads));
    }

    /** Begins the moves of a plan, as far as each set still runs where it was. */
    public static Decision begin(RebalancePlan plan, Instant now) {
        return head -> {
            List<Change> changes = new ArrayList<>();
            List<Event> events = new ArrayList<>();
            Budgets budgets = new Budgets(head);
            for (Move move : plan.moves()) {
                SetResource set = head.set(move.tenant(), move.set());
                // What no app owns was counted when the plan was made, with a look at every set.
                if (set != null
                        && set.status().state() == SetState.RUNNING
                        && (set.app() == null || budgets.take(set, 1))) {
                    Decided begun = MoveDecisions.begin(head, set.uid(), move.from(), now);
                    changes.addAll(begun.changes());
                    events.addAll(begun.events());
                }
            }
            return new Decided(changes, events);
        };
    }

    /** The next move from the fullest host that one helps, null when none is worth it. */
    private @Nullable Move next(Map<String, Double> loads) {
        double mean = mean(loads);
        List<String> fullest = loads.keySet().stream()
                .filter(host -> loads.getOrDefault(host, 0.0) - mean >= WORTH)
                .sorted(Comparator.comparingDouble((String host) -> -loads.getOrDefault(host, 0.0))
                        .thenComparing(Comparator.naturalOrder()))
                .toList();
        for (String host : fullest) {
            List<SetResource> sets = view.setsOn(host).stream()
                    .filter(this::movable)
                    .sorted(Comparator.comparingLong((SetResource set) ->
                                    -set.spec().resourcesOrNone().memoryOrZero().value())
                            .thenComparing(SetResource::key))
                    .limit(TRIES_A_HOST)
                    .toList();
            for (SetResource set : sets) {
                if (++tries > TRIES_MAX) {
                    return null;
                }
                Move move = moved(set, host, loads.getOrDefault(host, 0.0));
                if (move != null) {
                    // It is as good as away: no other of its app is proposed beside it.
                    budgets.take(set, 1);
                    return move;
                }
            }
        }
        return null;
    }

    private boolean movable(SetResource set) {
        return set.status().state() == SetState.RUNNING
                && set.intent().run() == SetIntent.Run.RUNNING
                && set.spec().volume() == null
                && budgets.may(set, 1);
    }

    /** Tries the move on the view, and keeps it there when it is worth it. */
    private @Nullable Move moved(SetResource set, String from, double load) {
        SetResource free = set.withStatus(set.status().nowhere().in(SetState.PENDING, null, now));
        ClusterImage without = view.apply(new Change.Put(free).at(view.revision() + 1));
        List<SetPlan> plans = scheduler.begin(fleet, without, List.of(free)).next(1);
        String to = plans.getFirst().host();
        if (to == null || to.equals(from)) {
            return null;
        }
        ClusterImage after = without;
        for (Change change :
                new PlacementDecision(scheduler, plans, now).decide(without).changes()) {
            after = after.apply(change.at(after.revision() + 1));
        }
        HostResource one = after.host(from);
        HostResource other = after.host(to);
        if (one == null || other == null || load - Math.max(load(after, one), load(after, other)) < WORTH) {
            return null;
        }
        view = after;
        return new Move(set.tenant(), set.name(), from, to);
    }

    private static Map<String, Double> loads(ClusterImage image) {
        Map<String, Double> loads = new HashMap<>();
        for (HostResource host : image.hosts()) {
            if (host.status().state() == HostState.READY) {
                loads.put(host.name(), load(image, host));
            }
        }
        return loads;
    }

    private static double load(ClusterImage image, HostResource host) {
        Room total = Room.of(host, image.pool(host.spec().pool()));
        Room left = Room.on(image, host);
        return Math.max(used(total.cpuMillis(), left.cpuMillis()), used(total.memoryBytes(), left.memoryBytes()));
    }

    private static double used(long total, long left) {
        return total == 0 ? 0 : (double) (total - left) / total;
    }

    private static double mean(Map<String, Double> loads) {
        return loads.values().stream()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(0);
    }

    private static Balance balance(Map<String, Double> loads) {
        double highest =
                loads.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return new Balance((int) Math.round(highest * 100), (int) Math.round(mean(loads) * 100));
    }
}
