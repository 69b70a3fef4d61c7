package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.HostLoad;
import io.mosaic.controller.cluster.Room;
import io.mosaic.model.Cpuset;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.PoolResource;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One host while plans are made: what it has left grows less with every set planned onto it. Used by one thread. */
public final class Slot {

    private final int index;
    private final Zone zone;
    private HostLoad load;
    private HostResource host;
    private @Nullable PoolResource pool;
    private Set<String> images = Set.of();
    private long cpuTotal;
    private long memoryTotal;
    private long diskTotal;
    private long cpuFree;
    private long memoryFree;
    private long diskFree;
    private @Nullable Set<Integer> ports;
    private @Nullable NumaRoom numa;
    private boolean taken;

    Slot(int index, Zone zone, HostResource host, HostLoad load, @Nullable PoolResource pool) {
        this.index = index;
        this.zone = zone;
        this.host = host;
        this.load = load;
        become(host, load, pool);
    }

    /** Stands for the host as it is now; what was only planned is forgotten. */
    @SuppressWarnings("ReferenceEquality") // another object at worst costs a copy
    void become(HostResource now, HostLoad given, @Nullable PoolResource of) {
        if (now != host || images.isEmpty()) {
            HostInventory inventory = now.status().inventory();
            images = inventory == null ? Set.of() : Set.copyOf(inventory.images());
        }
        host = now;
        load = given;
        pool = of;
        Room total = Room.of(now, of);
        cpuTotal = total.cpuMillis();
        memoryTotal = total.memoryBytes();
        diskTotal = total.diskBytes();
        cpuFree = cpuTotal - given.usage().cpuMillis();
        memoryFree = memoryTotal - given.usage().memoryBytes();
        diskFree = diskTotal - given.usage().diskBytes();
        ports = null;
        numa = null;
        taken = false;
    }

    /** Whether it stands for exactly that, with nothing planned onto it. */
    @SuppressWarnings("ReferenceEquality") // another object at worst costs a look
    boolean is(HostLoad other, @Nullable PoolResource of) {
        return load == other && pool == of && !taken;
    }

    /** Its place in the fleet, which is in the order of names. */
    int index() {
        return index;
    }

    Zone zone() {
        return zone;
    }

    public HostResource host() {
        return host;
    }

    @Nullable
    PoolResource pool() {
        return pool;
    }

    @Nullable
    HostInventory inventory() {
        return host.status().inventory();
    }

    /** All that the host has to give away. */
    public Room total() {
        return new Room(cpuTotal, memoryTotal, diskTotal);
    }

    /** What is left beside the sets there and those planned. */
    public Room room() {
        return new Room(cpuFree, memoryFree, diskFree);
    }

    long cpuTotal() {
        return cpuTotal;
    }

    long memoryTotal() {
        return memoryTotal;
    }

    long diskTotal() {
        return diskTotal;
    }

    long cpuFree() {
        return cpuFree;
    }

    long memoryFree() {
        return memoryFree;
    }

    long diskFree() {
        return diskFree;
    }

    /** Whether its agent said that the image is there. */
    boolean hasAny(List<String> names) {
        for (String name : names) {
            if (images.contains(name)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a set there, or planned there, has that port. */
    boolean taken(int port) {
        Set<Integer> planned = ports;
        return planned == null ? load.ports().contains(port) : planned.contains(port);
    }

    /** What is left of its NUMA nodes. */
    NumaRoom numa() {
        NumaRoom room = numa;
        if (room == null) {
            room = new NumaRoom(inventory(), load);
            numa = room;
        }
        return room;
    }

    /**
     * Counts the set as one of the host's.
     *
     * @return the cores that it has for itself, null when it asks for none
     */
    @Nullable
    Cpuset take(Ask ask) {
        taken = true;
        cpuFree -= ask.usage().cpuMillis();
        memoryFree -= ask.usage().memoryBytes();
        diskFree -= ask.usage().diskBytes();
        if (!ask.ports().isEmpty()) {
            Set<Integer> all = ports == null ? new HashSet<>(load.ports()) : ports;
            all.addAll(ask.ports());
            ports = all;
        }
        if (ask.cores() == 0) {
            return null;
        }
        Cpuset cpuset = numa().fit(ask.cores(), ask.usage().memoryBytes());
        if (cpuset != null) {
            numa().take(cpuset, ask.usage().memoryBytes());
        }
        return cpuset;
    }
}
