package io.mosaic.controller.set;

import io.mosaic.controller.cluster.Amounts;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Room;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.model.HostResource;
import io.mosaic.model.SetResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whether sets have room where they are for what they are to be. For one image; what one set was told to fit is taken, so that
 * several of one host are held together. Not thread-safe.
 */
public final class HostRoom {

    private final ClusterImage head;
    private final Map<String, Room> left = new HashMap<>();

    public HostRoom(ClusterImage head) {
        this.head = head;
    }

    /**
     * What the set's host lacks for that much, in words with the figures; null when it fits, or has no host. Less of something
     * always fits, also on a host that was given away too much.
     */
    public @Nullable String lacking(SetResource set, Usage asked) {
        String name = set.status().host();
        if (name == null) {
            return null;
        }
        HostResource host = head.host(name);
        Room room = left.computeIfAbsent(name, any -> host == null ? Room.NONE : Room.on(head, host));
        Usage was = Usage.of(set);
        // The room that is left when the set itself is away, which is what it may grow to.
        Room most = room.plus(was);
        List<String> lacking = new ArrayList<>();
        if (asked.cpuMillis() > was.cpuMillis() && asked.cpuMillis() > most.cpuMillis()) {
            lacking.add("cpu %s asked, at most %s fits"
                    .formatted(Amounts.cpu(asked.cpuMillis()), Amounts.cpu(Math.max(most.cpuMillis(), 0))));
        }
        if (asked.memoryBytes() > was.memoryBytes() && asked.memoryBytes() > most.memoryBytes()) {
            lacking.add("memory %s asked, at most %s fits"
                    .formatted(Amounts.bytes(asked.memoryBytes()), Amounts.bytes(Math.max(most.memoryBytes(), 0))));
        }
        if (asked.diskBytes() > was.diskBytes() && asked.diskBytes() > most.diskBytes()) {
            lacking.add("disk %s asked, at most %s fits"
                    .formatted(Amounts.bytes(asked.diskBytes()), Amounts.bytes(Math.max(most.diskBytes(), 0))));
        }
        if (lacking.isEmpty()) {
            left.put(name, most.minus(asked));
            return null;
        }
        return "host " + name + " has no room: " + String.join("; ", lacking);
    }
}
