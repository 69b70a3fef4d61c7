package io.mosaic.controller.schedule;

import static io.mosaic.controller.cluster.Samples.NOW;
import static io.mosaic.controller.cluster.Samples.apply;
import static io.mosaic.controller.cluster.Samples.tenant;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.CpuPolicy;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.HostStatus;
import io.mosaic.model.NumaNode;
import io.mosaic.model.Placement;
import io.mosaic.model.Placement.Mode;
import io.mosaic.model.Placement.Part;
import io.mosaic.model.Placement.Peer;
import io.mosaic.model.Placement.Per;
import io.mosaic.model.PoolResource;
import io.mosaic.model.PoolSpec;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** Small clusters and sets with rules of every kind, from a seed. */
final class RandomCluster {

    private static final List<String> APPS = List.of("a", "b", "c");
    private static final List<String> ZONES = List.of("z1", "z2", "z3");
    private static final List<String> TENANTS = List.of("t1", "t2");

    private final Random random;
    private int made;

    RandomCluster(long seed) {
        this.random = new Random(seed);
    }

    ClusterImage image() {
        List<Change> changes = new ArrayList<>();
        TENANTS.forEach(name -> changes.add(new Change.Put(tenant(name, null))));
        if (chance(3)) {
            PoolSpec spec = new PoolSpec(
                    "p1",
                    chance(2) ? List.of("t1") : List.of(),
                    chance(2) ? List.of("t2/a") : List.of(),
                    chance(2) ? 2.0 : null,
                    chance(3) ? 1.5 : null);
            changes.add(new Change.Put(new PoolResource("p1", new UUID(3, 3), 0, NOW, spec)));
        }
        int hosts = 1 + random.nextInt(5);
        for (int i = 0; i < hosts; i++) {
            changes.add(new Change.Put(host("h" + i)));
        }
        return apply(ClusterImage.EMPTY, changes);
    }

    HostResource host(String name) {
        int cores = 2 + random.nextInt(6);
        HostInventory inventory = Samples.inventory(cores * 1000, 1024 + random.nextInt(4) * 512, 4096)
                .withNuma(
                        chance(3)
                                ? List.of()
                                : List.of(
                                        new NumaNode(0, "0-" + (cores / 2 - 1), Bytes.mebi(512)),
                                        new NumaNode(1, cores / 2 + "-" + (cores - 1), Bytes.mebi(1024))))
                .with(
                        chance(2) ? List.of("web:1") : List.of(),
                        chance(2) ? random.nextInt(101) : null,
                        chance(2) ? random.nextInt(101) : null);
        HostState state = chance(12) ? HostState.DEGRADED : HostState.READY;
        return new HostResource(
                name,
                Samples.uid(name),
                0,
                NOW,
                new HostSpec(
                        ZONES.get(random.nextInt(ZONES.size())),
                        chance(3) ? "p1" : null,
                        chance(10),
                        chance(2) ? Map.of("disk", "ssd") : Map.of()),
                new HostStatus(state, null, inventory, NOW));
    }

    SetResource set() {
        made++;
        SetSpec spec = Samples.spec(
                "s" + made,
                (1 + random.nextInt(3)) * 1000,
                64L * (1 + random.nextInt(8)),
                chance(6) ? new Integer[] {8000 + random.nextInt(2)} : new Integer[0]);
        if (chance(4)) {
            spec = spec.withResources(new SetSpec.Resources(
                    new Cpu(1000 * (1 + random.nextInt(2))),
                    Bytes.mebi(64L * (1 + random.nextInt(4))),
                    null,
                    CpuPolicy.NUMA));
        }
        spec = spec.withLabels(
                chance(2) ? Map.of("app", pick(APPS)) : Map.of("app", pick(APPS), "tier", chance(2) ? "db" : "web"));
        return new SetResource(
                pick(TENANTS),
                "s" + made,
                new UUID(1, made),
                0,
                1,
                NOW.plusSeconds(made),
                chance(4) ? spec : spec.withPlacement(placement()),
                SetIntent.RUNNING,
                SetStatus.pending(NOW));
    }

    private Placement placement() {
        return new Placement(
                chance(5) ? List.of(pick(ZONES)) : List.of(),
                chance(8) ? "p1" : null,
                chance(8) ? Map.of("disk", "ssd") : Map.of(),
                chance(3) ? List.of(peer()) : List.of(),
                chance(6) ? List.of(peer()) : List.of(),
                chance(5) ? 1 + random.nextInt(2) : null,
                chance(3)
                        ? new Placement.Spread(
                                chance(2) ? Per.HOST : Per.ZONE,
                                chance(3) ? Mode.PACK : Mode.SPREAD,
                                1 + random.nextInt(100))
                        : null,
                chance(4)
                        ? List.of(new Placement.Preference(Map.of("disk", "ssd"), 1 + random.nextInt(100)))
                        : List.of(),
                chance(8) ? "amd64" : null,
                chance(5)
                        ? new Placement.AppRole(
                                chance(2) ? Part.PRIMARY : Part.STANDBY, chance(2) ? Per.HOST : Per.ZONE)
                        : null);
    }

    private Peer peer() {
        return chance(2)
                ? new Peer(pick(APPS), null, per())
                : new Peer(null, "tier=" + (chance(2) ? "db" : "web"), per());
    }

    private Per per() {
        return chance(2) ? Per.HOST : Per.ZONE;
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    boolean chance(int of) {
        return random.nextInt(of) == 0;
    }

    int upTo(int most) {
        return random.nextInt(most + 1);
    }
}
