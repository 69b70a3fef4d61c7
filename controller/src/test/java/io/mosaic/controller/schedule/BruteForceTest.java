package io.mosaic.controller.schedule;

import static io.mosaic.controller.cluster.Samples.NOW;
import static io.mosaic.controller.cluster.Samples.apply;
import static io.mosaic.controller.cluster.Samples.commit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.HostLoad;
import io.mosaic.controller.cluster.Marks;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.model.CpuList;
import io.mosaic.model.HostResource;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The planner beside one that looks at everything, on many small cases. */
class BruteForceTest {

    private static final int CASES = 12_000;

    private final Scheduler scheduler = Scheduler.standard();

    @Test
    void findsAHostWhenThereIsOneAndNeverAWorse() {
        int placed = 0;
        int refused = 0;
        for (long seed = 0; placed + refused < CASES; seed++) {
            RandomCluster cluster = new RandomCluster(seed);
            ClusterImage image = cluster.image();
            Fleet fleet = new Fleet();
            for (int round = 0; round < 3; round++) {
                image = change(cluster, image, new Random(seed * 31 + round));
                List<SetPlan> plans = scheduler.begin(fleet, image).next(Integer.MAX_VALUE);
                assertThat(scheduler.plan(image, Integer.MAX_VALUE))
                        .as("the same from scratch, seed %d", seed)
                        .isEqualTo(plans);
                ClusterImage head = image;
                for (SetPlan plan : plans) {
                    Map<String, Double> feasible = new BruteForce(head).feasible(plan.set());
                    String as = "seed " + seed + ", set " + plan.set().name() + ", " + plan.whyNot();
                    if (plan.host() == null) {
                        assertThat(feasible).as(as).isEmpty();
                        refused++;
                    } else {
                        assertThat(feasible).as(as).containsKey(plan.host());
                        double best =
                                feasible.values().stream().min(Double::compare).orElseThrow();
                        assertThat(feasible.get(plan.host())).as(as).isCloseTo(best, within(1e-9));
                        placed++;
                    }
                    head = commit(head, new PlacementDecision(scheduler, List.of(plan), NOW));
                    assertThat(String.valueOf(
                                    head.set(plan.set().uid()).status().host()))
                            .as(as)
                            .isEqualTo(String.valueOf(plan.host()));
                }
                ClusterImage atOnce = commit(image, new PlacementDecision(scheduler, plans, NOW));
                for (SetPlan plan : plans) {
                    assertThat(atOnce.set(plan.set().uid()).status())
                            .as("checked one by one or together, seed %d", seed)
                            .isEqualTo(head.set(plan.set().uid()).status());
                }
                noCoreTwice(head, seed);
                image = head;
            }
        }
        assertThat(placed).isGreaterThan(CASES / 4);
        assertThat(refused).isGreaterThan(CASES / 20);
    }

    @Test
    void theIndexesAreWhatTheyWouldBeFromScratch() {
        for (long seed = 0; seed < 200; seed++) {
            RandomCluster cluster = new RandomCluster(seed);
            ClusterImage image = cluster.image();
            for (int round = 0; round < 4; round++) {
                image = change(cluster, image, new Random(seed * 17 + round));
                image = commit(image, new PlacementDecision(scheduler, scheduler.plan(image, 99), NOW));
                ClusterImage fresh = ClusterImage.of(image.revision(), image.all());
                assertThat(image.loads()).hasSameSizeAs(fresh.loads());
                for (HostLoad load : image.loads()) {
                    HostLoad other = fresh.load(load.name());
                    assertThat(load.host()).isEqualTo(other.host());
                    assertThat(load.usage()).isEqualTo(other.usage());
                    assertThat(load.ports()).isEqualTo(other.ports());
                    assertThat(load.numa()).containsExactlyInAnyOrderElementsOf(other.numa());
                    assertThat(image.setsOn(load.name()))
                            .containsExactlyInAnyOrderElementsOf(fresh.setsOn(load.name()));
                }
                for (SetResource set : sets(image)) {
                    for (String mark : Marks.of(set)) {
                        assertThat(image.marked(mark)).as(mark).isEqualTo(fresh.marked(mark));
                    }
                }
                assertThat(image.anyShuns()).isEqualTo(fresh.anyShuns());
            }
            for (SetResource set : sets(image)) {
                image = apply(image, List.of(new Change.Delete(set)));
            }
            assertThat(image.anyShuns()).isFalse();
            assertThat(image.loads())
                    .allSatisfy(load -> assertThat(load.usage()).isEqualTo(Usage.NONE));
        }
    }

    /** Some sets come, some go, a host changes. */
    private static ClusterImage change(RandomCluster cluster, ClusterImage image, Random random) {
        List<Change> changes = new ArrayList<>();
        for (SetResource set : sets(image)) {
            if (random.nextInt(4) == 0) {
                changes.add(
                        set.status().host() != null && random.nextBoolean()
                                ? new Change.Put(set.withIntent(SetIntent.RUNNING.with(SetIntent.Run.STOPPED))
                                        .withStatus(set.status().in(SetState.STOPPED, null, NOW)))
                                : new Change.Delete(set));
            }
        }
        for (int i = cluster.upTo(5); i >= 0; i--) {
            changes.add(new Change.Put(cluster.set()));
        }
        List<HostResource> hosts = image.hosts();
        HostResource host = hosts.get(random.nextInt(hosts.size()));
        if (random.nextInt(3) == 0) {
            changes.add(new Change.Put(
                    host.withSpec(host.spec().cordoned(!host.spec().cordoned()))));
        } else if (random.nextInt(6) == 0) {
            changes.add(new Change.Put(cluster.host("n" + random.nextInt(3))));
        } else if (random.nextInt(8) == 0 && hosts.size() > 1) {
            changes.add(new Change.Delete(host));
        }
        return apply(image, changes);
    }

    private static List<SetResource> sets(ClusterImage image) {
        return image.all().stream()
                .filter(SetResource.class::isInstance)
                .map(SetResource.class::cast)
                .toList();
    }

    private static void noCoreTwice(ClusterImage image, long seed) {
        for (HostResource host : image.hosts()) {
            BitSet given = new BitSet();
            for (SetResource set : image.setsOn(host.name())) {
                if (set.status().cpuset() != null) {
                    BitSet own = CpuList.parse(set.status().cpuset().cpus());
                    assertThat(own.intersects(given))
                            .as("a core given twice, seed %d", seed)
                            .isFalse();
                    given.or(own);
                }
            }
        }
    }
}
