package io.mosaic.controller.cluster;

import io.mosaic.model.ContainerOptions;
import io.mosaic.model.Cpuset;
import io.mosaic.model.HostResource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/**
 * One host and what is given away there. Immutable, and another object whenever any of it changes: who keeps something
 * derived from it need only compare references.
 */
public final class HostLoad {

    private static final int UDP = 1 << 16;

    private final String name;
    private final @Nullable HostResource host;
    private final PSet<ResourceKey> sets;
    private final Usage usage;
    private final PMap<Integer, Integer> ports;
    private final PMap<ResourceKey, NumaUse> numa;

    private HostLoad(
            String name,
            @Nullable HostResource host,
            PSet<ResourceKey> sets,
            Usage usage,
            PMap<Integer, Integer> ports,
            PMap<ResourceKey, NumaUse> numa) {
        this.name = name;
        this.host = host;
        this.sets = sets;
        this.usage = usage;
        this.ports = ports;
        this.numa = numa;
    }

    static HostLoad empty(String name) {
        return new HostLoad(name, null, HashTreePSet.empty(), Usage.NONE, HashTreePMap.empty(), HashTreePMap.empty());
    }

    /**
     * What one set has of a NUMA node for itself.
     *
     * @param memoryBytes of the cpuset's node
     */
    public record NumaUse(Cpuset cpuset, long memoryBytes) {}

    public String name() {
        return name;
    }

    /** Null when sets say that they are on a host that is not in the cluster. */
    public @Nullable HostResource host() {
        return host;
    }

    /** The sets there. */
    Collection<ResourceKey> sets() {
        return sets;
    }

    /** What the sets there ask for together. */
    public Usage usage() {
        return usage;
    }

    /** Ports of the host that sets have, as {@link #port} numbers them. */
    public Set<Integer> ports() {
        return ports.keySet();
    }

    /** What sets have of the host's NUMA nodes for themselves. */
    public Collection<NumaUse> numa() {
        return numa.values();
    }

    /** One number for a port and its protocol. */
    public static int port(ContainerOptions.Port port) {
        Integer host = port.host();
        return (host == null ? 0 : host) | (port.protocol().equals("udp") ? UDP : 0);
    }

    boolean empty() {
        return host == null && sets.isEmpty();
    }

    HostLoad with(@Nullable HostResource changed) {
        return new HostLoad(name, changed, sets, usage, ports, numa);
    }

    HostLoad plus(SetResource set, Usage more) {
        PMap<Integer, Integer> taken = ports;
        for (ContainerOptions.Port port : set.spec().hostPorts()) {
            taken = taken.plus(port(port), taken.getOrDefault(port(port), 0) + 1);
        }
        Cpuset cpuset = set.status().cpuset();
        return new HostLoad(
                name,
                host,
                sets.plus(set.key()),
                usage.plus(more),
                taken,
                cpuset == null ? numa : numa.plus(set.key(), new NumaUse(cpuset, more.memoryBytes())));
    }

    HostLoad minus(SetResource set, Usage less) {
        PMap<Integer, Integer> taken = ports;
        for (ContainerOptions.Port port : set.spec().hostPorts()) {
            int count = taken.getOrDefault(port(port), 0);
            taken = count > 1 ? taken.plus(port(port), count - 1) : taken.minus(port(port));
        }
        return new HostLoad(name, host, sets.minus(set.key()), usage.minus(less), taken, numa.minus(set.key()));
    }
}
