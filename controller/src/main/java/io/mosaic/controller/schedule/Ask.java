package io.mosaic.controller.schedule;

import io.mosaic.controller.cluster.Usage;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.SetResource;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a set wants of a host.
 *
 * @param hostPorts ports of the host that it wants for itself
 */
public record Ask(SetResource set, Usage usage, List<HostPort> hostPorts) {

    static Ask of(SetResource set) {
        return new Ask(set, Usage.of(set), portsOf(set));
    }

    static List<HostPort> portsOf(SetResource set) {
        return set.spec().hostPorts().stream().map(HostPort::of).toList();
    }

    String portsText() {
        return hostPorts.stream().map(HostPort::toString).collect(Collectors.joining(", "));
    }

    /** A port of a host, of one protocol. */
    public record HostPort(int port, String protocol) {
        static HostPort of(ContainerOptions.Port port) {
            Integer host = port.host();
            return new HostPort(host == null ? 0 : host, port.protocol());
        }

        @Override
        public String toString() {
            return port + "/" + protocol;
        }
    }
}
