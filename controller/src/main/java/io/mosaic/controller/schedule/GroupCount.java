package io.mosaic.controller.schedule;

import java.util.Arrays;
import java.util.Map;

/** How many sets of one mark there are on each host and in each zone, those planned counted. Used by one thread. */
final class GroupCount {

    private final int[] onHost;
    private int[] inZone;
    private int total;
    private Map<String, Integer> from;
    private boolean planned;
    private long lastUsed;

    /** @param from what the image says, which this is counted from */
    GroupCount(int hosts, int zones, Map<String, Integer> from) {
        this.onHost = new int[hosts];
        this.inZone = new int[zones];
        this.from = from;
    }

    int on(Slot slot) {
        return onHost[slot.index()];
    }

    int in(Zone zone) {
        return zone.index() < inZone.length ? inZone[zone.index()] : 0;
    }

    int total() {
        return total;
    }

    void set(Slot slot, int sets) {
        int more = sets - onHost[slot.index()];
        onHost[slot.index()] = sets;
        add(slot.zone(), more);
    }

    /** One more is planned there. */
    void plan(Slot slot) {
        planned = true;
        set(slot, on(slot) + 1);
    }

    /** On a host of that zone that the fleet does not hold. */
    void add(Zone zone, int sets) {
        if (zone.index() >= inZone.length) {
            inZone = Arrays.copyOf(inZone, zone.index() + 1);
        }
        inZone[zone.index()] += sets;
        total += sets;
    }

    /** Whether it still is what that says. */
    @SuppressWarnings("ReferenceEquality") // another object at worst costs a count
    boolean is(Map<String, Integer> now) {
        return from == now && !planned;
    }

    /** It was brought to what that says; nothing is planned. */
    void renewed(Map<String, Integer> now) {
        from = now;
        planned = false;
    }

    long lastUsed() {
        return lastUsed;
    }

    void used(long plan) {
        lastUsed = plan;
    }
}
