package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Room;
import io.mosaic.model.HostResource;
import io.mosaic.model.SetResource;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One host while a plan is made: what it has left grows less with every set planned onto it. Used by one thread. */
public final class Slot {

    private final ClusterImage image;
    private final HostResource host;
    private final Room total;
    private Room room;
    private @Nullable Set<Ask.HostPort> ports;

    Slot(ClusterImage image, HostResource host) {
        this.image = image;
        this.host = host;
        this.total = Room.of(host);
        this.room = Room.on(image, host);
    }

    public HostResource host() {
        return host;
    }

    /** All that the host has. */
    public Room total() {
        return total;
    }

    /** What is left beside the sets there and those planned. */
    public Room room() {
        return room;
    }

    /** Whether a set there, or planned there, has that port. */
    public boolean taken(Ask.HostPort port) {
        return ports().contains(port);
    }

    void take(Ask ask) {
        room = room.minus(ask.usage());
        if (!ask.hostPorts().isEmpty()) {
            ports().addAll(ask.hostPorts());
        }
    }

    /** Gathered when first asked for: most sets want no host port, and most hosts have many sets. */
    private Set<Ask.HostPort> ports() {
        Set<Ask.HostPort> known = ports;
        if (known == null) {
            known = new HashSet<>();
            for (SetResource there : image.setsOn(host.name())) {
                known.addAll(Ask.portsOf(there));
            }
            ports = known;
        }
        return known;
    }
}
