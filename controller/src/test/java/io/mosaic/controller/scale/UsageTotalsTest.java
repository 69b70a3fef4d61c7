package io.mosaic.controller.scale;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.app.AppDecisions;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppSpec;
import io.mosaic.model.Json;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.SetUsage;
import io.mosaic.scale.Recommendations;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class UsageTotalsTest {

    private static final Instant NOW = Samples.NOW;
    private ClusterImage image = Samples.image(Samples.host("h1", 10_000, 10_000));

    private static SetResource set(String name) {
        ClusterImage alone = Samples.commit(
                Samples.image(),
                SetDecisions.create("default", Samples.spec(name, 500, 64), Samples.uid(name), Samples.NOW));
        return Objects.requireNonNull(alone.set("default", name));
    }

    private SetResource member(String name, int number, String host, SetState state, Instant since) {
        SetResource set = set(name).withApp(new AppMember("web", number, 1, 0, NOW));
        set = set.withStatus(set.status().on(host).in(state, null, since));
        image = image.apply(new Change.Put(set).at(image.revision() + 1));
        return set;
    }

    private static UsageTotals.Told told(String host, SetResource set, long cpu, Long network, int ageSeconds) {
        return new UsageTotals.Told(
                host, new SetUsage(set.uid(), cpu, 1000, network, null), Duration.ofSeconds(ageSeconds));
    }

    @Test
    void sumsUpWhatCounts() {
        AppSpec spec = new AppSpec(
                "web",
                9,
                Samples.spec(null, 500, 64),
                null,
                List.of(),
                null,
                Map.of(),
                Json.read("{\"maximum\": 20, \"warmUp\": \"30s\"}", ScalingPolicy.class));
        for (Change change : AppDecisions.create("default", spec, new UUID(3, 3), false, NOW)
                .decide(image)
                .changes()) {
            image = image.apply(change.at(image.revision() + 1));
        }
        Instant old = NOW.minusSeconds(60);
        List<UsageTotals.Told> all = new ArrayList<>();
        all.add(told("h1", member("web-0001", 1, "h1", SetState.RUNNING, old), 100, 7L, 3));
        all.add(told("h1", member("web-0002", 2, "h1", SetState.RUNNING, old), 300, null, 5));
        // None of these counts: warming up, not running, told by another host, of nobody, unknown.
        all.add(told("h1", member("web-0003", 3, "h1", SetState.RUNNING, NOW.minusSeconds(29)), 9000, 1L, 1));
        all.add(told("h1", member("web-0004", 4, "h1", SetState.STARTING, old), 9000, 1L, 1));
        all.add(told("h2", member("web-0005", 5, "h1", SetState.RUNNING, old), 9000, 1L, 1));
        all.add(told("h1", set("stranger"), 9000, 1L, 1));

        assertThat(UsageTotals.of(image, all, NOW))
                .containsExactly(new AppUse("default", "web", 2, 400, 1000, 2000, 2 * (64L << 20), 7, 1, 0, 0, 5000));
    }

    @Test
    void whatIsSharedReadsAsItWasWrittenAndNonsenseIsNothing() {
        SharedText text = new SharedText(
                List.of(new AppUse("default", "web", 2, 400, 1000, 2000, 4000, 7, 1, 0, 0, 5000)),
                17,
                Map.of(
                        ResourceKey.app("default", "web"),
                        new Recommendations(List.of(new Recommendations.Span(NOW, NOW.plusSeconds(90), 4, 12)))));
        assertThat(SharedText.parse(text.text())).isEqualTo(text);
        assertThat(SharedText.parse("{")).isEqualTo(SharedText.NOTHING);
        assertThat(SharedText.parse("{\"memory\": [{\"tenant\": \"a\", \"app\": \"b\", \"spans\": [[1]]}]}"))
                .isEqualTo(SharedText.NOTHING);
        assertThat(SharedText.parse("{\"new\": 1}")).isEqualTo(SharedText.NOTHING);
    }
}
