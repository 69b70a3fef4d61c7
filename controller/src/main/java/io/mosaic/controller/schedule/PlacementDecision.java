package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.set.SetEvents;
import io.mosaic.model.Cpuset;
import io.mosaic.model.Event;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Commits a plan, as far as it still holds at the head of the log: the set still waits, and the host still passes every
 * rule beside what was placed there meanwhile. What does not hold any more is left out, and planned again.
 */
public final class PlacementDecision implements Decision {

    private static final Pattern AMOUNTS = Pattern.compile("[0-9][0-9.]*[A-Za-z]*");

    private final Scheduler scheduler;
    private final List<SetPlan> plans;
    private final Instant now;

    public PlacementDecision(Scheduler scheduler, List<SetPlan> plans, Instant now) {
        this.scheduler = scheduler;
        this.plans = List.copyOf(plans);
        this.now = now;
    }

    @Override
    public Decided decide(ClusterImage head) {
        List<Change> changes = new ArrayList<>();
        List<Event> events = new ArrayList<>();
        Fleet fleet = fleet(head);
        for (SetPlan plan : plans) {
            SetResource set = head.set(plan.set().uid());
            // A later generation may ask for something else than what was planned; it is planned again.
            if (set == null
                    || set.status().state() != SetState.PENDING
                    || set.generation() != plan.set().generation()) {
                continue;
            }
            if (plan.host() != null) {
                place(fleet, set, plan.host(), changes, events);
            } else if (plan.whyNot() != null) {
                explain(set, plan.whyNot().message(), changes, events);
            }
        }
        return new Decided(changes, events);
    }

    /** The hosts that are spoken of, and nothing else: this runs under the log's lock. */
    private Fleet fleet(ClusterImage head) {
        Set<String> hosts = new LinkedHashSet<>();
        List<SetResource> sets = new ArrayList<>();
        for (SetPlan plan : plans) {
            if (plan.host() != null) {
                hosts.add(plan.host());
                sets.add(plan.set());
            }
        }
        Fleet fleet = Fleet.of(head, hosts);
        fleet.expect(sets);
        return fleet;
    }

    private void place(Fleet fleet, SetResource set, String host, List<Change> changes, List<Event> events) {
        Slot slot = fleet.slot(host);
        if (slot == null) {
            return;
        }
        Ask ask = Ask.of(set, fleet);
        if (scheduler.policy().concerning(ask).vetoHere(ask, slot) != null) {
            return;
        }
        Cpuset cpuset = fleet.take(slot, set, ask);
        changes.add(new Change.Put(set.withStatus(set.status().on(host, cpuset).in(SetState.PLACED, null, now))));
        events.add(SetEvents.info(
                set,
                "Placed",
                "on host " + host
                        + (cpuset == null ? "" : ", cores " + cpuset.cpus() + " of NUMA node " + cpuset.node()),
                now));
    }

    private void explain(SetResource set, String message, List<Change> changes, List<Event> events) {
        String before = set.status().reason();
        if (message.equals(before)) {
            return;
        }
        changes.add(new Change.Put(set.withStatus(set.status().in(SetState.PENDING, message, now))));
        if (!sameKind(before, message)) {
            events.add(SetEvents.warning(set, "Unplaceable", message, now));
        }
    }

    /** Whether only amounts differ: the story of a set that waits long need not tell every megabyte that came free. */
    private static boolean sameKind(@Nullable String before, String message) {
        return before != null
                && AMOUNTS.matcher(before)
                        .replaceAll("#")
                        .equals(AMOUNTS.matcher(message).replaceAll("#"));
    }
}
