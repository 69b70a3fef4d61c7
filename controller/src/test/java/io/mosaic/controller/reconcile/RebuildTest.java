package io.mosaic.controller.reconcile;

import static io.mosaic.controller.cluster.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.model.Bytes;
import io.mosaic.model.Event;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.Interval;
import io.mosaic.model.RebuildPolicy;
import io.mosaic.model.RestartPolicy;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RebuildTest {

    private static final Duration LONG = Duration.ofHours(1);
    private static final Instant LATER = NOW.plusSeconds(3600);

    private final Map<String, Duration> ages = new HashMap<>();
    private ClusterImage image = Samples.image();

    private void hosts(String zone, int count) {
        for (int i = 0; i < count; i++) {
            String name = zone + "-" + i;
            HostResource host = Samples.host(name, 8000, 8192).withSpec(new HostSpec(zone, null, false, Map.of()));
            image = Samples.apply(image, List.of(new Change.Put(host)));
            ages.put(name, Duration.ofSeconds(1));
        }
    }

    private void set(String name, String host, RebuildPolicy policy, boolean volume) {
        SetSpec plain = Samples.spec(name, 100, 64);
        RestartPolicy restart = new RestartPolicy(null, null, null, null, null, policy);
        SetSpec spec = new SetSpec(
                name,
                plain.kind(),
                plain.resources(),
                plain.containers(),
                volume ? new SetSpec.VolumeClaim(Bytes.mebi(512), "/data") : null,
                plain.sysctls(),
                restart,
                plain.labels());
        image = Samples.commit(image, SetDecisions.create("default", spec, Samples.uid(name), NOW));
        SetResource made = image.set("default", name);
        image = Samples.apply(
                image,
                List.of(new Change.Put(made.withStatus(made.status().on(host).in(SetState.RUNNING, null, NOW)))));
    }

    private void lose(String host) {
        image = Samples.commit(image, HostDecisions.unreachable(host, "silent", NOW));
        ages.put(host, Duration.ofSeconds(11));
    }

    private Rebuild.Plan plan() {
        return Rebuild.plan(image, ages, LONG, Rebuild.Limits.DEFAULT);
    }

    private List<String> due() {
        return plan().due().stream().map(SetResource::name).toList();
    }

    @Test
    void policyDecides() {
        hosts("z", 10);
        set("plain", "z-0", null, false);
        set("patient", "z-0", new RebuildPolicy(null, Interval.ofSeconds(60), false), false);
        set("never", "z-0", new RebuildPolicy(RebuildPolicy.Mode.NEVER, null, false), false);
        set("local", "z-0", null, true);
        set("careless", "z-0", new RebuildPolicy(null, null, true), true);
        set("elsewhere", "z-1", null, false);
        set("resting", "z-0", null, false);
        image = Samples.commit(image, SetDecisions.stop("default", "resting", null, NOW));
        assertThat(due()).isEmpty();
        lose("z-0");

        assertThat(due()).containsExactlyInAnyOrder("plain", "careless");
        ages.put("z-0", Duration.ofSeconds(69));
        assertThat(due()).containsExactlyInAnyOrder("plain", "careless");
        ages.put("z-0", Duration.ofSeconds(70));
        assertThat(due()).containsExactlyInAnyOrder("plain", "careless", "patient");
    }

    @Test
    void degradedHostsKeepTheirSets() {
        hosts("z", 10);
        set("a", "z-0", null, false);
        image = Samples.commit(image, HostDecisions.degraded("z-0", "dockerd hangs", NOW));

        assertThat(due()).isEmpty();
        assertThat(image.set("default", "a").status().state()).isEqualTo(SetState.RUNNING);
    }

    @ParameterizedTest
    @CsvSource({
        // hosts, lost, stops
        "1, 1, false",
        "2, 1, false",
        "2, 2, true",
        "3, 2, true",
        "10, 2, false",
        "10, 3, true",
        "100, 20, false",
        "100, 21, true",
    })
    void aMassLossOfAZoneStopsRebuildingThere(int hosts, int lost, boolean stops) {
        hosts("a", hosts);
        hosts("b", 10);
        set("in-a", "a-0", null, false);
        set("in-b", "b-0", null, false);
        for (int i = 0; i < lost; i++) {
            lose("a-" + i);
        }
        lose("b-0");

        Rebuild.Plan plan = plan();

        assertThat(plan.stopped().stream().map(Rebuild.Stop::zone).toList())
                .isEqualTo(stops ? List.of("a") : List.of());
        assertThat(plan.due().stream().map(SetResource::name))
                .containsExactlyInAnyOrder(stops ? new String[] {"in-b"} : new String[] {"in-a", "in-b"});
    }

    @Test
    void hostsThatAreAboutToBeGivenUpCountForTheBrake() {
        hosts("z", 10);
        set("a", "z-0", null, false);
        lose("z-0");
        assertThat(due()).containsExactly("a");
        for (int i = 1; i < 4; i++) {
            ages.put("z-" + i, Duration.ofSeconds(8));
        }

        assertThat(due()).isEmpty();
        assertThat(plan().stopped()).containsExactly(new Rebuild.Stop("z", 4, 10));
    }

    @Test
    void releaseLooksAgainAtTheHead() {
        hosts("z", 10);
        set("a", "z-0", null, false);
        set("b", "z-0", null, false);
        lose("z-0");
        List<SetResource> planned = plan().due();
        // Meanwhile b's host spoke for it.
        SetResource b = image.set("default", "b");
        image = Samples.apply(
                image, List.of(new Change.Put(b.withStatus(b.status().in(SetState.RUNNING, null, LATER)))));

        Decision.Decided decided = Rebuild.release(planned, LATER).decide(image);
        image = Samples.apply(image, decided.changes());

        assertThat(decided.events()).extracting(Event::name).containsExactly("a");
        assertThat(image.set("default", "a").status().state()).isEqualTo(SetState.PENDING);
        assertThat(image.set("default", "a").status().host()).isNull();
        assertThat(image.set("default", "b").status().host()).isEqualTo("z-0");
        assertThat(Rebuild.release(planned, LATER).decide(image).changes()).isEmpty();
    }

    @Test
    void aHostThatIsBackKeepsItsSets() {
        hosts("z", 10);
        set("a", "z-0", null, false);
        lose("z-0");
        List<SetResource> planned = plan().due();
        image = Samples.commit(
                image,
                HostDecisions.hello("z-0", Samples.inventory(8000, 8192, 100_000), "z", "default", Map.of(), LATER));

        assertThat(image.host("z-0").status().state()).isEqualTo(HostState.READY);
        assertThat(Rebuild.release(planned, LATER).decide(image).changes()).isEmpty();
    }
}
