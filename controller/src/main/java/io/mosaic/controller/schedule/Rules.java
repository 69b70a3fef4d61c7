package io.mosaic.controller.schedule;

import io.mosaic.model.HostState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules and costs that every set is placed by. */
final class Rules {

    /** In the order of {@link Veto}, so that the first veto is the one that counts. */
    static final List<Rule> STANDARD = List.of(Rules::ready, Rules::cpu, Rules::memory, Rules::disk, Rules::ports);

    static final List<Cost> COSTS = List.of(Rules::load);

    private Rules() {}

    private static @Nullable Veto ready(Ask ask, Slot slot) {
        HostState state = slot.host().status().state();
        if (state == HostState.CORDONED
                || (state == HostState.READY && slot.host().spec().cordoned())) {
            return Veto.CORDONED;
        }
        return state == HostState.READY ? null : Veto.NOT_READY;
    }

    private static @Nullable Veto cpu(Ask ask, Slot slot) {
        return ask.usage().cpuMillis() <= slot.room().cpuMillis() ? null : Veto.CPU;
    }

    private static @Nullable Veto memory(Ask ask, Slot slot) {
        return ask.usage().memoryBytes() <= slot.room().memoryBytes() ? null : Veto.MEMORY;
    }

    private static @Nullable Veto disk(Ask ask, Slot slot) {
        return ask.usage().diskBytes() <= slot.room().diskBytes() ? null : Veto.DISK;
    }

    private static @Nullable Veto ports(Ask ask, Slot slot) {
        for (Ask.HostPort port : ask.hostPorts()) {
            if (slot.taken(port)) {
                return Veto.PORT;
            }
        }
        return null;
    }

    /** The fullest of its resources once the set is there: spreads, and keeps no host lopsided. */
    private static double load(Ask ask, Slot slot) {
        double cpu = used(
                slot.total().cpuMillis(), slot.room().cpuMillis(), ask.usage().cpuMillis());
        double memory = used(
                slot.total().memoryBytes(),
                slot.room().memoryBytes(),
                ask.usage().memoryBytes());
        double disk = used(
                slot.total().diskBytes(), slot.room().diskBytes(), ask.usage().diskBytes());
        return Math.max(cpu, Math.max(memory, disk));
    }

    private static double used(long total, long free, long asked) {
        return total == 0 ? 0 : (double) (total - free + asked) / total;
    }
}
