package io.mosaic.controller.cluster;

import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.PoolResource;
import org.jspecify.annotations.Nullable;

/**
 * What a host has left for sets; negative where more was given away than it has now (its inventory may shrink).
 *
 * @param cpuMillis thousandths of a core
 * @param memoryBytes bytes
 * @param diskBytes bytes that volumes may take
 */
public record Room(long cpuMillis, long memoryBytes, long diskBytes) {

    /** A host that has not said hello yet has none. */
    public static final Room NONE = new Room(0, 0, 0);

    /** All that the host has, as if no set were there. */
    public static Room of(HostResource host) {
        HostInventory inventory = host.status().inventory();
        return inventory == null
                ? NONE
                : new Room(
                        inventory.cpu().millis(),
                        inventory.memory().value(),
                        inventory.disk().value());
    }

    /** All that the host has to give away, as often as its pool says. */
    public static Room of(HostResource host, @Nullable PoolResource pool) {
        Room room = of(host);
        return pool == null
                ? room
                : new Room(
                        (long) (room.cpuMillis * pool.spec().cpuFactor()),
                        (long) (room.memoryBytes * pool.spec().memoryFactor()),
                        room.diskBytes);
    }

    /** What the host has beside the sets that are there in that image. */
    public static Room on(ClusterImage image, HostResource host) {
        return of(host, image.pool(host.spec().pool())).minus(image.usageOn(host.name()));
    }

    public Room minus(Usage usage) {
        return new Room(
                cpuMillis - usage.cpuMillis(), memoryBytes - usage.memoryBytes(), diskBytes - usage.diskBytes());
    }

    public Room plus(Usage usage) {
        return new Room(
                cpuMillis + usage.cpuMillis(), memoryBytes + usage.memoryBytes(), diskBytes + usage.diskBytes());
    }
}
