package io.mosaic.controller.reconcile;

import io.mosaic.controller.app.Budgets;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.schedule.Fleet;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.schedule.SetPlan;
import io.mosaic.controller.set.MoveDecisions;
import io.mosaic.model.Event;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Moves sets away from the hosts that are drained. Goes by what is so: each look begins as many moves as the budget of each
 * app allows and as find another host, releases the sets that rest by now, and writes on the host how far it is.
 */
public final class HostDrains {

    /** Sets of one host on their way at once: stopping and starting is work for its daemon. */
    static final int MOVES_MAX = 16;

    private HostDrains() {}

    /** Whether there is anything to look after. */
    public static boolean any(ClusterImage image) {
        return !image.moving().isEmpty() || image.hosts().stream().anyMatch(HostDrains::drained);
    }

    /** A daemon that hangs stops nothing, and a silent host says nothing: they wait. */
    private static boolean drained(HostResource host) {
        return host.spec().drain() != null && host.status().state() == HostState.DRAINING;
    }

    /**
     * What is to be done next, as one decision that checks each step again at the head of the log.
     *
     * @param fleet to plan with; used during this call
     */
    public static Decision next(ClusterImage image, Scheduler scheduler, Fleet fleet, Instant now) {
        Budgets budgets = new Budgets(image);
        List<Step> steps = new ArrayList<>();
        Map<String, String> progress = new HashMap<>();
        for (HostResource host : image.hosts()) {
            if (drained(host)) {
                progress.put(host.name(), new Drained(image, host, budgets, steps).look(scheduler, fleet, now));
            }
        }
        // Those that a rebalance moves rest on hosts that stay as they are.
        for (SetResource set : image.moving()) {
            String host = set.status().host();
            if (host != null && !progress.containsKey(host) && MoveDecisions.rests(set)) {
                steps.add(new Step(set.uid(), host, true));
            }
        }
        return head -> decide(head, steps, progress, now);
    }

    /** One step of one set's move. */
    private record Step(UUID set, String host, boolean release) {}

    private static Decided decide(ClusterImage head, List<Step> steps, Map<String, String> progress, Instant now) {
        List<Change> changes = new ArrayList<>();
        List<Event> events = new ArrayList<>();
        Budgets budgets = new Budgets(head);
        for (Step step : steps) {
            HostResource host = head.host(step.host());
            boolean stillDrained = host != null && drained(host);
            Decided decided = Decided.NOTHING;
            if (step.release()) {
                decided = release(head, step, stillDrained, now);
            } else if (host != null && stillDrained && spares(head, budgets, step, host)) {
                decided = MoveDecisions.begin(head, step.set(), step.host(), now);
            }
            changes.addAll(decided.changes());
            events.addAll(decided.events());
        }
        progress.forEach((name, reason) -> {
            HostResource host = head.host(name);
            if (host != null && drained(host) && !reason.equals(host.status().reason())) {
                changes.add(new Change.Put(host.withStatus(host.status().in(HostState.DRAINING, reason, now))));
            }
        });
        return new Decided(changes, events);
    }

    /** An app may have lost others since the plan was made; sets that no app owns are not counted twice. */
    private static boolean spares(ClusterImage head, Budgets budgets, Step step, HostResource host) {
        SetResource set = head.set(step.set());
        HostSpec.Drain drain = host.spec().drain();
        return set != null && drain != null && (set.app() == null || budgets.take(set, drain.budget()));
    }

    /** One that rests because a user stopped it leaves only a host that is drained. */
    private static Decided release(ClusterImage head, Step step, boolean drained, Instant now) {
        SetResource set = head.set(step.set());
        return set != null && (drained || set.status().moves())
                ? MoveDecisions.release(head, step.set(), step.host(), now)
                : Decided.NOTHING;
    }

    /** One host while it is looked at. */
    private static final class Drained {
        private final ClusterImage image;
        private final HostResource host;
        private final int budget;
        private final boolean withVolumes;
        private final Budgets budgets;
        private final List<Step> steps;

        private int onTheirWay;
        private int stay;
        private int wait;

        Drained(ClusterImage image, HostResource host, Budgets budgets, List<Step> steps) {
            HostSpec.Drain drain = host.spec().drain();
            this.image = image;
            this.host = host;
            this.budget = drain == null ? 0 : drain.budget();
            this.withVolumes = drain != null && drain.withVolumes();
            this.budgets = budgets;
            this.steps = steps;
        }

        /** Adds the steps for this host; returns how far it is, for a person. */
        String look(Scheduler scheduler, Fleet fleet, Instant now) {
            List<SetResource> sets = image.setsOn(host.name()).stream()
                    .sorted(Comparator.comparing(SetResource::key))
                    .toList();
            List<SetResource> candidates = new ArrayList<>();
            for (SetResource set : sets) {
                if (set.intent().run() == SetIntent.Run.DELETED) {
                    onTheirWay++;
                } else if (set.spec().volume() != null
                        && !withVolumes
                        && !set.status().moves()) {
                    stay++;
                } else if (MoveDecisions.rests(set)) {
                    onTheirWay++;
                    steps.add(new Step(set.uid(), host.name(), true));
                } else if (set.status().moves()) {
                    onTheirWay++;
                } else if (set.intent().run() == SetIntent.Run.RUNNING) {
                    candidates.add(set);
                } else {
                    // It is being stopped on request, and rests soon.
                    onTheirWay++;
                }
            }
            String stuck = begin(candidates, scheduler, fleet, now);
            return progress(sets.size(), stuck);
        }

        /** Begins what may begin; returns why the first that finds no other host finds none, or nothing. */
        private String begin(List<SetResource> candidates, Scheduler scheduler, Fleet fleet, Instant now) {
            List<SetResource> chosen = new ArrayList<>();
            for (SetResource set : candidates) {
                if (onTheirWay + chosen.size() < MOVES_MAX && budgets.take(set, budget)) {
                    chosen.add(set);
                } else {
                    wait++;
                }
            }
            String stuck = "";
            for (SetPlan plan : elsewhere(chosen, scheduler, fleet, now)) {
                if (plan.host() != null) {
                    steps.add(new Step(plan.set().uid(), host.name(), false));
                    onTheirWay++;
                    continue;
                }
                wait++;
                SetResource here = image.set(plan.set().uid());
                if (here != null) {
                    budgets.giveBack(here);
                }
                if (stuck.isEmpty() && plan.whyNot() != null) {
                    stuck = plan.set().name() + ": " + plan.whyNot().message();
                }
            }
            return stuck;
        }

        /** Where these would go if they were not here. */
        private List<SetPlan> elsewhere(List<SetResource> sets, Scheduler scheduler, Fleet fleet, Instant now) {
            if (sets.isEmpty()) {
                return List.of();
            }
            ClusterImage without = image;
            List<SetResource> waiting = new ArrayList<>();
            for (SetResource set : sets) {
                SetResource free = set.withStatus(set.status().nowhere().in(SetState.PENDING, null, now));
                without = without.apply(new Change.Put(free).at(without.revision() + 1));
                waiting.add(free);
            }
            return scheduler.begin(fleet, without, waiting).next(waiting.size());
        }

        private String progress(int sets, String stuck) {
            if (sets == 0) {
                return "drained: no set is left";
            }
            List<String> parts = new ArrayList<>();
            add(parts, onTheirWay, "on the way");
            add(parts, wait, "waiting");
            add(parts, stay, "kept for the volume");
            return sets
                    + (sets == 1 ? " set left: " : " sets left: ")
                    + String.join(", ", parts)
                    + (stuck.isEmpty() ? "" : " (" + stuck + ")");
        }

        private static void add(List<String> parts, int count, String what) {
            if (count > 0) {
                parts.add(count + " " + what);
            }
        }
    }
}
