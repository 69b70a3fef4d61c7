package io.mosaic.controller.cluster;

import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Cpu;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.HostStatus;
import io.mosaic.model.RestartPolicy;
import io.mosaic.model.SetSpec;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Records and images for tests of the pure core, and a log of one line. */
public final class Samples {

    public static final Instant NOW = Instant.parse("2026-11-01T00:00:00Z");

    private Samples() {}

    public static SetSpec spec(String name, int cpuMillis, long memoryMebi, Integer... hostPorts) {
        List<ContainerOptions.Port> ports = List.of(hostPorts).stream()
                .map(port -> new ContainerOptions.Port(port, port, "tcp"))
                .toList();
        ContainerOptions none = ContainerOptions.NONE;
        ContainerOptions options = new ContainerOptions(
                none.cpuPercent(),
                none.memoryPercent(),
                Map.of("A", "b"),
                none.entrypoint(),
                List.of("httpd", "-f"),
                ports,
                none.health(),
                none.ulimits(),
                none.user(),
                none.workdir(),
                none.mounts(),
                none.capabilities());
        return new SetSpec(
                name,
                SetSpec.KIND_CONTAINER,
                new SetSpec.Resources(new Cpu(cpuMillis), Bytes.mebi(memoryMebi), null),
                List.of(new ContainerSpec(1, "web", "web:1", options)),
                null,
                Map.of(),
                RestartPolicy.DEFAULT,
                Map.of());
    }

    public static HostInventory inventory(int cpuMillis, long memoryMebi, long diskMebi) {
        return new HostInventory(
                new Cpu(cpuMillis),
                Bytes.mebi(memoryMebi),
                Bytes.mebi(diskMebi),
                "amd64",
                "6.1",
                "20.10",
                "1.41",
                1,
                "overlay2",
                "0.1.0",
                "192.0.2.1");
    }

    /** Always the same for a name. */
    public static UUID uid(String name) {
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8));
    }

    public static HostResource host(String name, int cpuMillis, long memoryMebi) {
        return new HostResource(
                name,
                uid(name),
                0,
                NOW,
                new HostSpec(null, null, false, Map.of()),
                new HostStatus(HostState.READY, null, inventory(cpuMillis, memoryMebi, 100_000), NOW));
    }

    public static TenantResource tenant(String name, TenantSpec.@Nullable Quota quota) {
        return new TenantResource(name, new UUID(7, name.hashCode()), 0, NOW, new TenantSpec(name, quota));
    }

    /** The image after what the decision says. */
    public static ClusterImage commit(ClusterImage image, Decision decision) {
        return apply(image, decision.decide(image).changes());
    }

    public static ClusterImage apply(ClusterImage image, List<Change> changes) {
        ClusterImage next = image;
        for (Change change : changes) {
            next = next.apply(change.at(next.revision() + 1));
        }
        return next;
    }

    /** An image of the default tenant and those hosts. */
    public static ClusterImage image(HostResource... hosts) {
        ClusterImage image = apply(ClusterImage.EMPTY, List.of(new Change.Put(tenant("default", null))));
        for (HostResource host : hosts) {
            image = apply(image, List.of(new Change.Put(host)));
        }
        return image;
    }
}
