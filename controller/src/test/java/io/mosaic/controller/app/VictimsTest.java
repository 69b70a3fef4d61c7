package io.mosaic.controller.app;

import static io.mosaic.controller.cluster.Samples.host;
import static io.mosaic.controller.cluster.Samples.spec;
import static io.mosaic.controller.cluster.Samples.uid;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.model.AppMember;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which instances go first, against the rule written down as it is said: one pick after the other, of all that are left. */
class VictimsTest {

    private static final int HOSTS = 7;
    private static final List<SetState> STATES = List.of(
            SetState.RUNNING, SetState.RUNNING, SetState.RUNNING, SetState.FAILED, SetState.PENDING, SetState.UPDATING);

    private static ClusterImage image() {
        HostResource[] hosts = new HostResource[HOSTS];
        for (int i = 0; i < HOSTS; i++) {
            hosts[i] = host("host" + i, 1000, 1000).withSpec(new HostSpec("zone" + i % 3, null, false, Map.of()));
        }
        return Samples.image(hosts);
    }

    private static SetResource set(int instance, SetState state, int host, int age) {
        SetStatus status = SetStatus.pending(Samples.NOW).in(state, null, Samples.NOW);
        return new SetResource(
                "default",
                "web-" + instance,
                uid("web-" + instance),
                1,
                0,
                Samples.NOW.minus(Duration.ofMinutes(age)),
                spec("web-" + instance, 100, 100),
                SetIntent.RUNNING,
                state == SetState.PENDING ? status : status.on("host" + host),
                new AppMember("web", instance, 1, 0, Samples.NOW));
    }

    private static List<SetResource> byTheRule(ClusterImage image, List<SetResource> staying, int many) {
        List<SetResource> left = new ArrayList<>(staying);
        List<SetResource> picked = new ArrayList<>();
        while (picked.size() < many && !left.isEmpty()) {
            Map<String, Integer> onHost = new HashMap<>();
            Map<String, Integer> inZone = new HashMap<>();
            for (SetResource set : left) {
                onHost.merge(String.valueOf(set.status().host()), 1, Integer::sum);
                inZone.merge(zone(image, set), 1, Integer::sum);
            }
            SetResource next = left.stream()
                    .min(Comparator.comparingInt(
                                    (SetResource set) -> worth(set.status().state()))
                            .thenComparingInt(set -> -inZone.getOrDefault(zone(image, set), 0))
                            .thenComparingInt(set -> -onHost.getOrDefault(
                                    String.valueOf(set.status().host()), 0))
                            .thenComparing(SetResource::created, Comparator.reverseOrder())
                            .thenComparingInt(set -> -Members.of(set).instance()))
                    .orElseThrow();
            left.remove(next);
            picked.add(next);
        }
        return picked;
    }

    private static String zone(ClusterImage image, SetResource set) {
        HostResource host = image.host(String.valueOf(set.status().host()));
        return host == null ? "" : host.spec().zone();
    }

    private static int worth(SetState state) {
        return List.of(SetState.FAILED, SetState.PENDING, SetState.UPDATING, SetState.RUNNING)
                .indexOf(state);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void goInTheOrderOfTheRule(int seed) {
        Random random = new Random(seed);
        ClusterImage image = image();
        List<SetResource> sets = new ArrayList<>();
        for (int i = 1; i <= 60; i++) {
            SetState state = STATES.get(random.nextInt(STATES.size()));
            sets.add(set(i, state, random.nextInt(HOSTS), random.nextInt(4)));
        }
        assertThat(Victims.pick(image, sets, 45)).isEqualTo(byTheRule(image, sets, 45));
        assertThat(Victims.pick(image, sets, 100)).hasSize(60).isEqualTo(byTheRule(image, sets, 100));
    }

    @Test
    void whatStaysIsEven() {
        ClusterImage image = image();
        List<SetResource> sets = new ArrayList<>();
        for (int i = 1; i <= 30; i++) {
            // Host 0 in zone 0 has half of all.
            sets.add(set(i, SetState.RUNNING, i % 2 == 0 ? 0 : i % HOSTS, i));
        }
        List<SetResource> left = new ArrayList<>(sets);
        left.removeAll(Victims.pick(image, sets, 21));
        Map<String, Integer> inZone = new HashMap<>();
        left.forEach(set -> inZone.merge(zone(image, set), 1, Integer::sum));
        assertThat(inZone).containsOnlyKeys("zone0", "zone1", "zone2").containsValues(3);
        assertThat(inZone.values()).containsOnly(3);
    }
}
