package io.mosaic.controller.schedule;

import io.mosaic.controller.schedule.Ask.Bound;
import io.mosaic.model.Placement;
import io.mosaic.model.Placement.Mode;
import io.mosaic.model.Placement.Per;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules and costs that look at what is in a whole zone. */
final class ZoneRules {

    static final List<ZoneRule> STANDARD = List.of(new Exclusion(), new Dependency());

    static final List<ZoneCost> COSTS = List.of(new SpreadOverZones());

    private ZoneRules() {}

    private static boolean any(List<Bound> bounds) {
        for (Bound bound : bounds) {
            if (bound.per() == Per.ZONE) {
                return true;
            }
        }
        return false;
    }

    private static final class Exclusion implements ZoneRule {
        @Override
        public boolean concerns(Ask ask) {
            return any(ask.shuns());
        }

        @Override
        public @Nullable Veto veto(Ask ask, Zone zone) {
            for (Bound each : ask.shuns()) {
                if (each.per() == Per.ZONE && each.count().in(zone) > 0) {
                    return Veto.ZONE_EXCLUSION;
                }
            }
            return null;
        }
    }

    private static final class Dependency implements ZoneRule {
        @Override
        public boolean concerns(Ask ask) {
            return any(ask.needs());
        }

        @Override
        public @Nullable Veto veto(Ask ask, Zone zone) {
            for (Bound each : ask.needs()) {
                if (each.per() == Per.ZONE && each.count().in(zone) == 0) {
                    return Veto.ZONE_DEPENDENCY;
                }
            }
            return null;
        }
    }

    /**
     * To spread: how many more of the app the zone has than the one with the fewest among those that could take the set. To
     * pack: the more there are, the less.
     */
    private static final class SpreadOverZones implements ZoneCost {
        @Override
        public boolean concerns(Ask ask) {
            Placement.Spread spread = ask.placement().spread();
            return spread != null && spread.over() == Per.ZONE && ask.own() != null;
        }

        @Override
        public double of(Ask ask, Zone zone, List<Zone> candidates) {
            Placement.Spread spread = ask.placement().spread();
            GroupCount own = ask.own();
            if (spread == null || own == null) {
                return 0;
            }
            double weight = Costs.weight(spread.weight());
            int there = own.in(zone);
            if (spread.mode() == Mode.PACK) {
                return weight / (1 + there);
            }
            int least = Integer.MAX_VALUE;
            for (Zone candidate : candidates) {
                least = Math.min(least, own.in(candidate));
            }
            int more = there - least;
            return weight * more / (1 + more);
        }
    }
}
