package io.mosaic.proof.bench;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Cpu;
import io.mosaic.model.CpuPolicy;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.HostStatus;
import io.mosaic.model.NumaNode;
import io.mosaic.model.Placement;
import io.mosaic.model.Resource;
import io.mosaic.model.RestartPolicy;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The cluster on which placements are measured: hosts of two sizes in five zones and two pools, with sets spread evenly over
 * them. Made of plain records, without a store or a controller; always the same for the same numbers.
 */
final class ScheduleCluster {

    /** Sets of each app among those that are loaded. */
    private static final int APP_SIZE = 50;

    private static final int ZONES = 5;
    private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");

    private final ClusterImage image;
    private int made;

    ScheduleCluster(int hosts, int loaded) {
        List<Resource> resources = new ArrayList<>();
        for (int i = 0; i < hosts; i++) {
            resources.add(host(i));
        }
        for (int i = 0; i < loaded; i++) {
            SetResource set = set("app-" + i / APP_SIZE, 1000 + i % 3 * 500, 4 + i % 2 * 2, false, null);
            SetStatus there = set.status().on(name(i % hosts)).in(SetState.RUNNING, null, THEN);
            resources.add(set.withStatus(there));
        }
        image = ClusterImage.of(1, resources);
    }

    ClusterImage image() {
        return image;
    }

    private static String name(int host) {
        return "host-%05d".formatted(host);
    }

    private static HostResource host(int number) {
        int cores = number % 4 == 0 ? 64 : 96;
        HostInventory inventory = new HostInventory(
                        Cpu.ofCores(cores),
                        Bytes.mebi(1024L * (cores * 4L)),
                        Bytes.mebi(1024L * 2000),
                        "amd64",
                        "6.1",
                        "20.10",
                        "1.41",
                        2,
                        "overlay2",
                        "bench",
                        "192.0.2.1")
                .withNuma(List.of(
                        new NumaNode(0, "0-" + (cores / 2 - 1), Bytes.mebi(1024L * (cores * 2L))),
                        new NumaNode(1, cores / 2 + "-" + (cores - 1), Bytes.mebi(1024L * (cores * 2L)))))
                .with(number % 3 == 0 ? List.of("service:1") : List.of(), 40 + number % 50, 10 + number % 80);
        HostSpec spec = new HostSpec(
                "zone-" + number % ZONES,
                number % 10 == 0 ? "special" : "default",
                false,
                Map.of("disk", number % 2 == 0 ? "ssd" : "hdd", "rack", "r" + number / 40));
        return new HostResource(
                name(number),
                new UUID(1, number),
                0,
                THEN,
                spec,
                new HostStatus(HostState.READY, null, inventory, THEN));
    }

    /** A set that waits. */
    SetResource set(String app, int cpuMillis, int memoryGibi, boolean numa, @Nullable Placement placement) {
        made++;
        String name = "set-%07d".formatted(made);
        SetSpec spec = new SetSpec(
                name,
                null,
                new SetSpec.Resources(
                        new Cpu(cpuMillis), Bytes.mebi(1024L * memoryGibi), null, numa ? CpuPolicy.NUMA : null),
                List.of(new ContainerSpec(1, "main", "service:1", ContainerOptions.NONE)),
                null,
                Map.of(),
                RestartPolicy.DEFAULT,
                Map.of("app", app, "tier", "front"),
                placement);
        return new SetResource(
                "default",
                name,
                new UUID(2, made),
                0,
                1,
                THEN.plusMillis(made),
                spec,
                SetIntent.RUNNING,
                SetStatus.pending(THEN));
    }

    /** That image, and these sets in it. */
    static ClusterImage with(ClusterImage image, List<SetResource> sets) {
        ClusterImage next = image;
        for (SetResource set : sets) {
            next = next.apply(new Change.Put(set).at(next.revision() + 1));
        }
        return next;
    }
}
