package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.Amounts;
import io.mosaic.controller.cluster.Room;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.model.Placement.Per;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Why no host can take a set.
 *
 * @param hosts how many there are in all
 * @param counts how many of them each veto keeps out; they add up to {@code hosts}
 * @param message the same for a person
 */
public record WhyNot(int hosts, Map<Veto, Integer> counts, String message) {

    public WhyNot {
        Map<Veto, Integer> inOrder = new EnumMap<>(Veto.class);
        inOrder.putAll(counts);
        counts = Collections.unmodifiableMap(inOrder);
    }

    static WhyNot of(Ask ask, Map<Veto, ? extends Collection<Slot>> vetoed) {
        Map<Veto, Integer> counts = new EnumMap<>(Veto.class);
        vetoed.forEach((veto, slots) -> counts.put(veto, slots.size()));
        List<Slot> all = vetoed.values().stream().flatMap(Collection::stream).toList();
        if (all.isEmpty()) {
            return new WhyNot(0, counts, "no host has joined yet");
        }
        List<String> parts = new ArrayList<>();
        for (Veto veto : counts.keySet()) {
            Collection<Slot> slots = vetoed.get(veto);
            if (slots != null) {
                parts.add(veto.of(slots.size()) + detail(veto, ask, slots));
            }
        }
        String few = "0 of " + all.size() + (all.size() == 1 ? " host fits: " : " hosts fit: ");
        return new WhyNot(
                all.size(), counts, nowhere(ask, all) + tooLarge(ask.usage(), all) + few + String.join(", ", parts));
    }

    private static String names(List<Ask.Bound> bounds, Per per) {
        return " ("
                + bounds.stream()
                        .filter(bound -> bound.per() == per)
                        .map(Ask.Bound::name)
                        .distinct()
                        .collect(Collectors.joining(", "))
                + ")";
    }

    /** What it names and nobody has: a slip, or not made yet. */
    private static String nowhere(Ask ask, List<Slot> slots) {
        List<String> parts = new ArrayList<>();
        for (String zone : ask.placement().zones()) {
            if (slots.stream().noneMatch(slot -> slot.zone().name().equals(zone))) {
                parts.add("no host is in a zone " + zone);
            }
        }
        String pool = ask.placement().pool();
        if (pool != null
                && slots.stream()
                        .noneMatch(slot -> pool.equals(slot.host().spec().pool()))) {
            parts.add("no host is in a pool " + pool);
        }
        for (Ask.Bound needed : ask.needs()) {
            if (needed.count().total() == 0) {
                parts.add("no set with " + needed.name() + " is placed");
            }
        }
        return parts.isEmpty() ? "" : String.join(", ", parts) + ": ";
    }

    /** What waiting cannot mend comes first. */
    private static String tooLarge(Usage asked, List<Slot> slots) {
        // A host that has not said yet what it has is no measure.
        List<Slot> all =
                slots.stream().filter(slot -> slot.total().memoryBytes() > 0).toList();
        if (all.isEmpty()) {
            return "";
        }
        List<String> parts = new ArrayList<>();
        long cpu =
                all.stream().mapToLong(slot -> slot.total().cpuMillis()).max().orElse(0);
        if (asked.cpuMillis() > cpu) {
            parts.add("cpu %s asked, the largest has %s".formatted(Amounts.cpu(asked.cpuMillis()), Amounts.cpu(cpu)));
        }
        long memory =
                all.stream().mapToLong(slot -> slot.total().memoryBytes()).max().orElse(0);
        if (asked.memoryBytes() > memory) {
            parts.add("memory %s asked, the largest has %s"
                    .formatted(Amounts.bytes(asked.memoryBytes()), Amounts.bytes(memory)));
        }
        long disk =
                all.stream().mapToLong(slot -> slot.total().diskBytes()).max().orElse(0);
        if (asked.diskBytes() > disk) {
            parts.add("disk %s asked, the largest has %s"
                    .formatted(Amounts.bytes(asked.diskBytes()), Amounts.bytes(disk)));
        }
        return parts.isEmpty() ? "" : "larger than any host (" + String.join("; ", parts) + "): ";
    }

    private static String detail(Veto veto, Ask ask, Collection<Slot> slots) {
        return switch (veto) {
            case NOT_READY, CORDONED, DRAINING, RESERVED, MAX_PER_HOST -> "";
            case ZONE -> " (asked for " + String.join(" or ", ask.placement().zones()) + ")";
            case POOL -> " (asked for " + ask.placement().pool() + ")";
            case LABELS -> " (" + ask.placement().hostLabels() + ")";
            case ARCHITECTURE -> " (" + ask.placement().architecture() + " asked)";
            case NUMA -> " (" + ask.cores() + " asked of one node)";
            case EXCLUSION -> names(ask.shuns(), Per.HOST);
            case ZONE_EXCLUSION -> names(ask.shuns(), Per.ZONE);
            case DEPENDENCY -> names(ask.needs(), Per.HOST);
            case ZONE_DEPENDENCY -> names(ask.needs(), Per.ZONE);
            case CPU ->
                " (%s asked, most free %s)"
                        .formatted(Amounts.cpu(ask.usage().cpuMillis()), Amounts.cpu(most(slots, Room::cpuMillis)));
            case MEMORY ->
                " (%s asked, most free %s)"
                        .formatted(
                                Amounts.bytes(ask.usage().memoryBytes()),
                                Amounts.bytes(most(slots, Room::memoryBytes)));
            case DISK ->
                " (%s asked, most free %s)"
                        .formatted(Amounts.bytes(ask.usage().diskBytes()), Amounts.bytes(most(slots, Room::diskBytes)));
            case PORT -> " (" + ask.portsText() + ")";
        };
    }

    private static long most(Collection<Slot> slots, ToLongFunction<Room> of) {
        return Math.max(
                0,
                slots.stream()
                        .mapToLong(slot -> of.applyAsLong(slot.room()))
                        .max()
                        .orElse(0));
    }
}
