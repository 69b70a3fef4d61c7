package io.mosaic.controller.schedule;

import static io.mosaic.controller.cluster.Samples.NOW;
import static io.mosaic.controller.cluster.Samples.commit;
import static io.mosaic.controller.cluster.Samples.host;
import static io.mosaic.controller.cluster.Samples.image;
import static io.mosaic.controller.cluster.Samples.inventory;
import static io.mosaic.controller.cluster.Samples.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Room;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.model.Event;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SchedulerTest {

    private final Scheduler scheduler = Scheduler.standard();
    private int made;

    private ClusterImage with(ClusterImage image, SetSpec spec) {
        made++;
        return commit(image, SetDecisions.create("default", spec, new UUID(0, made), NOW.plusSeconds(made)));
    }

    private ClusterImage placed(ClusterImage image) {
        return commit(image, new PlacementDecision(scheduler, scheduler.plan(image, Integer.MAX_VALUE), NOW));
    }

    private static String reason(ClusterImage image, String name) {
        return image.set("default", name).status().reason();
    }

    @Test
    void spreadsOverTheLeastLoadedAndBreaksTiesByName() {
        ClusterImage image = image(host("b", 4000, 4096), host("a", 4000, 4096), host("c", 8000, 8192));
        for (int i = 0; i < 4; i++) {
            image = with(image, spec("s" + i, 1000, 1024));
        }
        assertThat(scheduler.plan(image, 10)).extracting(SetPlan::host).containsExactly("c", "a", "b", "c");
    }

    @Test
    void theOldestComesFirstAndWhatIsPlannedCounts() {
        ClusterImage image = with(with(image(host("a", 1000, 1024)), spec("z-old", 800, 512)), spec("a-new", 800, 512));
        List<SetPlan> plans = scheduler.plan(image, 10);
        assertThat(plans).extracting(plan -> plan.set().name()).containsExactly("z-old", "a-new");
        assertThat(plans.getFirst().host()).isEqualTo("a");
        assertThat(plans.getLast().host()).isNull();
        assertThat(scheduler.plan(image, 1)).hasSize(1);
    }

    @Test
    void saysWhyNot() {
        ClusterImage image = image(host("a", 4000, 640), host("b", 4000, 600), host("c", 4000, 4096));
        image = commit(image, HostDecisions.cordon("c", null, NOW));
        image = placed(with(image, spec("small", 100, 512)));
        image = placed(with(image, spec("web", 100, 768)));
        assertThat(reason(image, "web"))
                .isEqualTo("0 of 3 hosts fit: 1 is cordoned, 2 lack memory (768Mi asked, most free 600Mi)");
        assertThat(image.set("default", "web").status().state()).isEqualTo(SetState.PENDING);
        image = placed(with(image, spec("huge", 100, 8192)));
        assertThat(reason(image, "huge"))
                .startsWith("larger than any host (memory 8Gi asked, the largest has 4Gi): 0 of 3");
        ClusterImage empty = placed(with(image(), spec("web", 100, 100)));
        assertThat(reason(empty, "web")).isEqualTo("no host has joined yet");
    }

    @Test
    void aHostPortIsGivenOnce() {
        ClusterImage image = image(host("a", 4000, 4096));
        image = placed(with(with(image, spec("one", 100, 100, 8080)), spec("two", 100, 100, 8080)));
        assertThat(image.set("default", "one").status().host()).isEqualTo("a");
        assertThat(reason(image, "two")).isEqualTo("0 of 1 host fits: 1 has the port taken (8080/tcp)");
        image = placed(with(image, spec("three", 100, 100, 8081)));
        assertThat(image.set("default", "three").status().host()).isEqualTo("a");
    }

    @Test
    void onlyReadyHostsTakeSets() {
        for (HostState state : HostState.values()) {
            HostResource host = host("a", 4000, 4096);
            HostResource other = host.withStatus(host.status().in(state, null, NOW));
            ClusterImage image = placed(with(image(other), spec("web", 100, 100)));
            assertThat(image.set("default", "web").status().host() != null)
                    .as(state.name())
                    .isEqualTo(state == HostState.READY);
        }
    }

    @Test
    void aReasonIsWrittenOnceAndToldOnce() {
        ClusterImage image = with(image(host("a", 4000, 128)), spec("web", 100, 512));
        Decision.Decided first = new PlacementDecision(scheduler, scheduler.plan(image, 10), NOW).decide(image);
        assertThat(first.events()).extracting(Event::type).containsExactly("Unplaceable");
        ClusterImage told = placed(image);
        assertThat(new PlacementDecision(scheduler, scheduler.plan(told, 10), NOW).decide(told))
                .isEqualTo(Decision.Decided.NOTHING);
        // An amount that changes is written, not told as news.
        ClusterImage less =
                commit(told, HostDecisions.hello("a", inventory(4000, 100, 100_000), "z", "p", Map.of(), NOW));
        Decision.Decided again = new PlacementDecision(scheduler, scheduler.plan(less, 10), NOW).decide(less);
        assertThat(again.changes()).hasSize(1);
        assertThat(again.events()).isEmpty();
    }

    @Test
    void aPlanThatNoLongerHoldsIsLeftOut() {
        ClusterImage image = with(image(host("a", 1000, 1024), host("b", 1000, 1024)), spec("web", 800, 512, 80));
        List<SetPlan> plans = scheduler.plan(image, 10);
        assertThat(plans).extracting(SetPlan::host).containsExactly("a");
        Decision decision = new PlacementDecision(scheduler, plans, NOW);
        assertThat(decision.decide(image).changes()).hasSize(1);
        List<ClusterImage> meanwhile = List.of(
                commit(image, HostDecisions.cordon("a", null, NOW)),
                commit(image, HostDecisions.degraded("a", "hangs", NOW)),
                commit(image, HostDecisions.remove("a", null, NOW)),
                commit(image, SetDecisions.stop("default", "web", null, NOW)),
                commit(image, SetDecisions.delete("default", "web", null, NOW)),
                commit(image, SetDecisions.update("default", "web", spec("web", 900, 512, 80), null, NOW)),
                placed(image));
        for (ClusterImage head : meanwhile) {
            assertThat(decision.decide(head)).isEqualTo(Decision.Decided.NOTHING);
        }
        // Two controllers planned onto the same room; the second finds it taken.
        ClusterImage both = with(image, spec("other", 800, 512));
        both = commit(both, HostDecisions.cordon("b", null, NOW));
        SetResource other = both.set("default", "other");
        ClusterImage head = commit(both, new PlacementDecision(scheduler, List.of(new SetPlan(other, "a", null)), NOW));
        assertThat(head.set("default", "other").status().host()).isEqualTo("a");
        assertThat(decision.decide(head)).isEqualTo(Decision.Decided.NOTHING);
    }

    @Test
    void neverGivesMoreThanThereIsNorAPortTwiceWhateverIsAsked() {
        for (long seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            ClusterImage image = randomCluster(random);
            for (int round = 0; round < 4; round++) {
                image = change(image, random);
                List<SetPlan> plans = scheduler.plan(image, 1 + random.nextInt(30));
                assertThat(scheduler.plan(image, plans.size()))
                        .as("seed " + seed)
                        .isEqualTo(plans);
                // Others commit in between: the decision has to hold the line.
                ClusterImage head = random.nextBoolean() ? image : placed(change(image, random));
                image = commit(head, new PlacementDecision(scheduler, plans, NOW));
                check(image, seed);
            }
        }
    }

    private static ClusterImage randomCluster(Random random) {
        List<HostResource> hosts = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(6); i++) {
            hosts.add(host("h" + i, 500 + random.nextInt(8000), 256 + random.nextInt(8000)));
        }
        return image(hosts.toArray(HostResource[]::new));
    }

    private ClusterImage change(ClusterImage image, Random random) {
        ClusterImage next = image;
        for (int i = 0; i < 12; i++) {
            Integer[] ports = random.nextInt(3) == 0 ? new Integer[] {8000 + random.nextInt(4)} : new Integer[0];
            next = with(next, spec("s" + made, 10 + random.nextInt(3000), 6 + random.nextInt(3000), ports));
        }
        String host = next.hosts().get(random.nextInt(next.hosts().size())).name();
        return commit(
                next,
                random.nextBoolean() ? HostDecisions.cordon(host, null, NOW) : HostDecisions.uncordon(host, null, NOW));
    }

    private void check(ClusterImage image, long seed) {
        for (HostResource host : image.hosts()) {
            Room room = Room.on(image, host);
            assertThat(List.of(room.cpuMillis(), room.memoryBytes(), room.diskBytes()))
                    .as("seed " + seed + " host " + host.name())
                    .allMatch(left -> left >= 0);
            Set<Integer> ports = new HashSet<>();
            for (SetResource set : image.setsOn(host.name())) {
                set.spec()
                        .hostPorts()
                        .forEach(port -> assertThat(ports.add(port.host()))
                                .as("seed " + seed + " port " + port.host())
                                .isTrue());
            }
        }
    }
}
