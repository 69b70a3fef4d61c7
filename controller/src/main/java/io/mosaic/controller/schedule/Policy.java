package io.mosaic.controller.schedule;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules and costs that sets are placed by. Another one is another class in these lists.
 *
 * @param rules asked in this order; the first veto counts
 * @param zoneRules asked after them
 * @param costs summed up
 * @param zoneCosts added to that sum
 */
record Policy(List<Rule> rules, List<ZoneRule> zoneRules, List<Cost> costs, List<ZoneCost> zoneCosts) {

    static final Policy STANDARD = new Policy(HostRules.STANDARD, ZoneRules.STANDARD, Costs.STANDARD, ZoneRules.COSTS);

    Policy {
        rules = List.copyOf(rules);
        zoneRules = List.copyOf(zoneRules);
        costs = List.copyOf(costs);
        zoneCosts = List.copyOf(zoneCosts);
    }

    /** What of it has anything to say of such a set. */
    Policy concerning(Ask ask) {
        return new Policy(
                rules.stream().filter(rule -> rule.concerns(ask)).toList(),
                zoneRules.stream().filter(rule -> rule.concerns(ask)).toList(),
                costs.stream().filter(cost -> cost.concerns(ask)).toList(),
                zoneCosts.stream().filter(cost -> cost.concerns(ask)).toList());
    }

    /** Why that host, as far as only it is looked at, cannot take it; null when it can. */
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

    /** Why no host of that zone can take it, null when they can. */
    @Nullable
    Veto veto(Ask ask, Zone zone) {
        for (ZoneRule rule : zoneRules) {
            Veto veto = rule.veto(ask, zone);
            if (veto != null) {
                return veto;
            }
        }
        return null;
    }

    /** Why that host cannot take it, everything looked at; null when it can. */
    @Nullable
    Veto vetoHere(Ask ask, Slot slot) {
        Veto veto = veto(ask, slot);
        return veto == null ? veto(ask, slot.zone()) : veto;
    }

    double cost(Ask ask, Slot slot) {
        double sum = 0;
        for (Cost cost : costs) {
            sum += cost.of(ask, slot);
        }
        return sum;
    }

    double cost(Ask ask, Zone zone, List<Zone> candidates) {
        double sum = 0;
        for (ZoneCost cost : zoneCosts) {
            sum += cost.of(ask, zone, candidates);
        }
        return sum;
    }
}
