package io.mosaic.controller.schedule;

import io.mosaic.controller.schedule.Ask.Bound;
import io.mosaic.model.HostInventory;
import io.mosaic.model.Placement.Per;
import io.mosaic.model.PoolResource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rules that every set is placed by, as far as they look at one host. */
final class HostRules {

    /** In the order of {@link Veto}, so that the first veto is the one that counts. */
    static final List<Rule> STANDARD = List.of(
            new Ready(),
            new InZones(),
            new InPool(),
            new HostLabels(),
            new Architecture(),
            new CpuRoom(),
            new MemoryRoom(),
            new DiskRoom(),
            new FreePorts(),
            new NumaCores(),
            new MaxPerHost(),
            new Exclusion(),
            new Dependency());

    private HostRules() {}

    private static final class Ready implements Rule {
        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            return switch (slot.host().status().state()) {
                case READY -> slot.host().spec().cordoned() ? Veto.CORDONED : null;
                case CORDONED -> Veto.CORDONED;
                case DRAINING -> Veto.DRAINING;
                case JOINING, DEGRADED, UNREACHABLE, DOWN, REMOVED -> Veto.NOT_READY;
            };
        }
    }

    private static final class InZones implements Rule {
        @Override
        public boolean concerns(Ask ask) {
            return !ask.placement().zones().isEmpty();
        }

        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            return ask.placement().zones().contains(slot.zone().name()) ? null : Veto.ZONE;
        }
    }

    /** Asked of every set: a pool may be reserved for others. */
    private static final class InPool implements Rule {
        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            String wanted = ask.placement().pool();
            if (wanted != null && !wanted.equals(slot.host().spec().pool())) {
                return Veto.POOL;
            }
            PoolResource pool = slot.pool();
            return pool == null || pool.spec().admits(ask.set().tenant(), ask.app()) ? null : Veto.RESERVED;
        }
    }

    private static final class HostLabels implements Rule {
        @Override
        public boolean concerns(Ask ask) {
            return !ask.placement().hostLabels().isEmpty();
        }

        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            return has(slot, ask.placement().hostLabels()) ? null : Veto.LABELS;
        }
    }

    /** Whether the host has all of these labels. */
    static boolean has(Slot slot, Map<String, String> wanted) {
        Map<String, String> labels = slot.host().labels();
        for (Map.Entry<String, String> label : wanted.entrySet()) {
            if (!label.getValue().equals(labels.get(label.getKey()))) {
                return false;
            }
        }
        return true;
    }

    private static final class Architecture implements Rule {
        @Override
        public boolean concerns(Ask ask) {
            return ask.placement().architecture() != null;
        }

        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            HostInventory inventory = slot.inventory();
            return inventory != null
                            && inventory.architecture().equals(ask.placement().architecture())
                    ? null
                    : Veto.ARCHITECTURE;
        }
    }

    private static final class CpuRoom implements Rule {
        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            return ask.usage().cpuMillis() <= slot.cpuFree() ? null : Veto.CPU;
        }
    }

    private static final class MemoryRoom implements Rule {
        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            return ask.usage().memoryBytes() <= slot.memoryFree() ? null : Veto.MEMORY;
        }
    }

    private static final class DiskRoom implements Rule {
        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            return ask.usage().diskBytes() <= slot.diskFree() ? null : Veto.DISK;
        }
    }

    private static final class FreePorts implements Rule {
        @Override
        public boolean concerns(Ask ask) {
            return !ask.ports().isEmpty();
        }

        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            for (Integer port : ask.ports()) {
                if (slot.taken(port)) {
                    return Veto.PORT;
                }
            }
            return null;
        }
    }

    private static final class NumaCores implements Rule {
        @Override
        public boolean concerns(Ask ask) {
            return ask.cores() > 0;
        }

        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            return slot.numa().fits(ask.cores(), ask.usage().memoryBytes()) ? null : Veto.NUMA;
        }
    }

    private static final class MaxPerHost implements Rule {
        @Override
        public boolean concerns(Ask ask) {
            return ask.placement().maxPerHost() != null && ask.own() != null;
        }

        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            Integer most = ask.placement().maxPerHost();
            GroupCount own = ask.own();
            return most == null || own == null || own.on(slot) < most ? null : Veto.MAX_PER_HOST;
        }
    }

    /** Both ways: what the set keeps away from, and what keeps away from the set. */
    private static final class Exclusion implements Rule {
        @Override
        public boolean concerns(Ask ask) {
            return !ask.shuns().isEmpty();
        }

        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            for (Bound each : ask.shuns()) {
                if (each.per() == Per.HOST && each.count().on(slot) > 0) {
                    return Veto.EXCLUSION;
                }
            }
            return null;
        }
    }

    private static final class Dependency implements Rule {
        @Override
        public boolean concerns(Ask ask) {
            return !ask.needs().isEmpty();
        }

        @Override
        public @Nullable Veto veto(Ask ask, Slot slot) {
            for (Bound each : ask.needs()) {
                if (each.per() == Per.HOST && each.count().on(slot) == 0) {
                    return Veto.DEPENDENCY;
                }
            }
            return null;
        }
    }
}
