package io.mosaic.controller.schedule;

import io.mosaic.model.HostInventory;
import io.mosaic.model.Placement;
import io.mosaic.model.Placement.Mode;
import io.mosaic.model.Placement.Per;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The costs that every set is placed by, as far as they look at one host. */
final class Costs {

    static final List<Cost> STANDARD = List.of(
            new Load(),
            new Lopsided(),
            new ImageAbsent(),
            new LowDisk(),
            new Preferences(),
            new SpreadOverHosts(),
            new FailedThere());

    private Costs() {}

    /** A weight of {@link Placement#WEIGHT} counts as much as a full host. */
    static double weight(int weight) {
        return (double) weight / Placement.WEIGHT;
    }

    private static double used(long total, long free, long asked) {
        return total == 0 ? 0 : (double) (total - free + asked) / total;
    }

    /** The fullest of its resources once the set is there. */
    private static final class Load implements Cost {
        @Override
        public double of(Ask ask, Slot slot) {
            double cpu = used(slot.cpuTotal(), slot.cpuFree(), ask.usage().cpuMillis());
            double memory =
                    used(slot.memoryTotal(), slot.memoryFree(), ask.usage().memoryBytes());
            double disk = used(slot.diskTotal(), slot.diskFree(), ask.usage().diskBytes());
            return Math.max(cpu, Math.max(memory, disk));
        }
    }

    /** How far cores and memory are used unevenly then: what is left of one without the other serves nobody. */
    private static final class Lopsided implements Cost {
        private static final double WEIGHT = 0.25;

        @Override
        public double of(Ask ask, Slot slot) {
            double cpu = used(slot.cpuTotal(), slot.cpuFree(), ask.usage().cpuMillis());
            double memory =
                    used(slot.memoryTotal(), slot.memoryFree(), ask.usage().memoryBytes());
            return WEIGHT * Math.abs(cpu - memory);
        }
    }

    /**
     * The part of its images that would have to be fetched, as far as the agent has told by now. What planned sets will
     * bring does not count: it would draw a burst of equal sets onto few hosts.
     */
    private static final class ImageAbsent implements Cost {
        private static final double WEIGHT = 0.1;

        @Override
        public boolean concerns(Ask ask) {
            return !ask.images().isEmpty();
        }

        @Override
        public double of(Ask ask, Slot slot) {
            int absent = 0;
            for (List<String> image : ask.images()) {
                if (!slot.hasAny(image)) {
                    absent++;
                }
            }
            return WEIGHT * absent / ask.images().size();
        }
    }

    /** Little room left on the file systems of Docker and of the volumes, as the agent said last. */
    private static final class LowDisk implements Cost {
        private static final double WEIGHT = 0.5;
        private static final int ENOUGH_PERCENT = 20;

        @Override
        public double of(Ask ask, Slot slot) {
            HostInventory inventory = slot.inventory();
            return inventory == null
                    ? 0
                    : WEIGHT * (low(inventory.rootFreePercent()) + low(inventory.volumeFreePercent()));
        }

        private static double low(@Nullable Integer percent) {
            return percent == null ? 0 : (double) Math.max(0, ENOUGH_PERCENT - percent) / ENOUGH_PERCENT;
        }
    }

    /** Labels that the host should rather have. */
    private static final class Preferences implements Cost {
        @Override
        public boolean concerns(Ask ask) {
            return !ask.placement().preferences().isEmpty();
        }

        @Override
        public double of(Ask ask, Slot slot) {
            double missed = 0;
            for (Placement.Preference each : ask.placement().preferences()) {
                if (!HostRules.has(slot, each.hostLabels())) {
                    missed += weight(each.weight());
                }
            }
            return missed;
        }
    }

    /** The more of its app are on the host, the more it costs to spread and the less to pack. */
    private static final class SpreadOverHosts implements Cost {
        @Override
        public boolean concerns(Ask ask) {
            Placement.Spread spread = ask.placement().spread();
            return spread != null && spread.over() == Per.HOST && ask.own() != null;
        }

        @Override
        public double of(Ask ask, Slot slot) {
            Placement.Spread spread = ask.placement().spread();
            GroupCount own = ask.own();
            if (spread == null || own == null) {
                return 0;
            }
            int there = own.on(slot);
            double weight = weight(spread.weight());
            return spread.mode() == Mode.PACK ? weight / (1 + there) : weight * there / (1 + there);
        }
    }

    /** It failed there again and again, and elsewhere it may not: worth more than any wish, but not worth waiting. */
    private static final class FailedThere implements Cost {
        private static final double WEIGHT = 4;

        @Override
        public boolean concerns(Ask ask) {
            return Ask.avoidOf(ask.set()) != null;
        }

        @Override
        public double of(Ask ask, Slot slot) {
            return slot.host().name().equals(Ask.avoidOf(ask.set())) ? WEIGHT : 0;
        }
    }
}
