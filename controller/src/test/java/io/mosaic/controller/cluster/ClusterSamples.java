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
import io.mosaic.model.Role;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetStatus;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Resources as tests of the cluster's state need them. */
public final class ClusterSamples {
    public static final Instant THEN = Instant.parse("2026-11-20T12:00:00.123456789Z");

    private ClusterSamples() {}

    public static SetResource set(String tenant, String name) {
        return set(tenant, name, Map.of("app", name));
    }

    public static SetResource set(String tenant, String name, Map<String, String> labels) {
        SetSpec spec = new SetSpec(
                name,
                null,
                new SetSpec.Resources(Cpu.parse(0.5), Bytes.parse("64Mi"), null),
                List.of(new ContainerSpec(1, "web", "demo:1", ContainerOptions.NONE)),
                new SetSpec.VolumeClaim(Bytes.parse("1Gi"), "/data"),
                Map.of(),
                RestartPolicy.DEFAULT,
                labels);
        return new SetResource(
                tenant, name, uid(tenant + "/" + name), 0, 1, THEN, spec, SetIntent.RUNNING, SetStatus.pending(THEN));
    }

    public static HostResource host(String name) {
        HostInventory inventory = new HostInventory(
                Cpu.ofCores(8),
                Bytes.parse("16Gi"),
                Bytes.parse("100Gi"),
                "amd64",
                "6.1",
                "20.10",
                "1.41",
                2,
                "overlay2",
                "1",
                "10.0.0.1");
        return new HostResource(
                name,
                uid(name),
                0,
                THEN,
                new HostSpec(null, null, false, Map.of()),
                new HostStatus(HostState.READY, null, inventory, THEN));
    }

    /** A tenant whose quota of sets serves as a counter. */
    public static TenantResource tenant(String name, int count) {
        return new TenantResource(
                name,
                uid(name),
                0,
                THEN,
                new TenantSpec(name, new TenantSpec.Quota(count, Cpu.ofCores(4), Bytes.parse("1Gi"), null)));
    }

    public static TokenResource token(String name) {
        return new TokenResource(
                name,
                uid(name),
                0,
                THEN,
                new TokenSpec(TokenSpec.Purpose.API, Role.DEVELOPER, List.of("default"), THEN, "00ff"));
    }

    private static UUID uid(String text) {
        return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8));
    }
}
