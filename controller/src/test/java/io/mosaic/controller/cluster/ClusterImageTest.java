package io.mosaic.controller.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.Kind;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterImageTest {
    private static final List<String> TENANTS = List.of("a", "b", "default");
    private static final List<String> HOSTS = List.of("h1", "h2", "h3", "h4");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void indexesEqualARecountAfterThousandsOfChanges(long seed) {
        Random random = new Random(seed);
        ClusterImage image = ClusterImage.EMPTY;
        Map<ResourceKey, Resource> expected = new TreeMap<>();
        for (int revision = 1; revision <= 4_000; revision++) {
            Change change = change(random, image).at(revision);
            image = image.apply(change);
            switch (change) {
                case Change.Put put -> expected.put(put.key(), put.resource());
                case Change.Delete delete -> expected.remove(delete.key());
            }
            if (revision % 100 == 0) {
                check(image, expected, revision);
            }
        }
        check(ClusterImage.of(4_100, expected.values()), expected, 4_100);
    }

    private static Change change(Random random, ClusterImage image) {
        String tenant = TENANTS.get(random.nextInt(TENANTS.size()));
        String name = "s" + random.nextInt(60);
        SetResource before = image.set(tenant, name);
        if (random.nextInt(10) == 0) {
            return new Change.Put(ClusterSamples.host(HOSTS.get(random.nextInt(HOSTS.size()))));
        }
        if (before == null) {
            return new Change.Put(ClusterSamples.set(tenant, name));
        }
        return switch (random.nextInt(4)) {
            case 0 -> new Change.Delete(before);
            case 1 ->
                new Change.Put(before.withStatus(before.status()
                        .on(random.nextInt(5) == 0 ? null : HOSTS.get(random.nextInt(HOSTS.size())))
                        .in(SetState.PLACED, null, ClusterSamples.THEN)));
            case 2 ->
                new Change.Put(
                        before.withStatus(before.status().on(null).in(SetState.PENDING, null, ClusterSamples.THEN)));
            default ->
                new Change.Put(before.withSpec(before.spec()
                        .withResources(new SetSpec.Resources(
                                new Cpu(100 * (1 + random.nextInt(40))),
                                new Bytes(1_048_576L * (1 + random.nextInt(512))),
                                null))));
        };
    }

    private static void check(ClusterImage image, Map<ResourceKey, Resource> expected, long revision) {
        assertThat(image.revision()).isEqualTo(revision);
        assertThat(image.all()).containsExactlyElementsOf(expected.values());
        List<SetResource> sets = expected.values().stream()
                .filter(SetResource.class::isInstance)
                .map(SetResource.class::cast)
                .toList();
        Map<String, Usage> byHost = new HashMap<>();
        Map<String, Usage> byTenant = new HashMap<>();
        for (SetResource set : sets) {
            assertThat(image.set(set.uid())).isEqualTo(set);
            assertThat(image.set(set.tenant(), set.name())).isEqualTo(set);
            byTenant.merge(set.tenant(), Usage.of(set), Usage::plus);
            if (set.status().host() != null) {
                byHost.merge(set.status().host(), Usage.of(set), Usage::plus);
            }
        }
        for (String host : HOSTS) {
            assertThat(image.usageOn(host)).isEqualTo(byHost.getOrDefault(host, Usage.NONE));
            assertThat(image.setsOn(host))
                    .containsExactlyInAnyOrderElementsOf(sets.stream()
                            .filter(set -> host.equals(set.status().host()))
                            .toList());
        }
        for (String tenant : TENANTS) {
            assertThat(image.usageOf(tenant)).isEqualTo(byTenant.getOrDefault(tenant, Usage.NONE));
            assertThat(image.resources(Kind.SET, tenant).values())
                    .containsExactlyElementsOf(sets.stream()
                            .filter(set -> set.tenant().equals(tenant))
                            .map(Resource.class::cast)
                            .toList());
        }
        assertThat(image.unplaced())
                .containsExactlyInAnyOrderElementsOf(sets.stream()
                        .filter(set ->
                                set.status().host() == null && set.status().state() == SetState.PENDING)
                        .toList());
    }

    @Test
    void anOldRevisionIsRefused() {
        ClusterImage image = ClusterImage.EMPTY.apply(new Change.Put(ClusterSamples.set("a", "one")).at(5));

        assertThatThrownBy(() -> image.apply(new Change.Put(ClusterSamples.set("a", "two")).at(5)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> image.apply(new Change.Delete(ClusterSamples.set("a", "one")).at(4)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anImageOnceHeldDoesNotChange() {
        ClusterImage before = ClusterImage.EMPTY.apply(new Change.Put(ClusterSamples.set("a", "one")).at(1));
        ClusterImage after = before.apply(new Change.Delete(ClusterSamples.set("a", "one")).at(2));

        assertThat(before.set("a", "one")).isNotNull();
        assertThat(before.usageOf("a").sets()).isEqualTo(1);
        assertThat(after.set("a", "one")).isNull();
        assertThat(after.usageOf("a")).isEqualTo(Usage.NONE);
    }

    @Test
    void aSetMadeAgainUnderItsNameIsFoundByItsNewUidAlone() {
        SetResource first = ClusterSamples.set("a", "one");
        SetResource second = ClusterSamples.set("b", "one");
        SetResource renewed = new SetResource(
                "a", "one", second.uid(), 0, 1, first.created(), first.spec(), first.intent(), first.status());
        ClusterImage image = ClusterImage.EMPTY
                .apply(new Change.Put(first).at(1))
                .apply(new Change.Delete(first).at(2))
                .apply(new Change.Put(renewed).at(3));

        assertThat(image.set(first.uid())).isNull();
        assertThat(image.set(second.uid())).isEqualTo(renewed.withRevision(3));
    }
}
