package io.mosaic.controller.lead;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.app.AppDecisions;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.scale.AppUse;
import io.mosaic.controller.scale.Queries;
import io.mosaic.controller.scale.SharedUse;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.TenantSpec;
import io.mosaic.scale.Reading;
import io.mosaic.scale.Recommendations;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The leader's loop on virtual time, over what controllers share and an image that it commits to. */
class AutoScalerTest {

    private final FakeShare share = new FakeShare();
    private final List<Event> events = new ArrayList<>();
    private ClusterImage image = Samples.image(Samples.host("h1", 1_000_000, 1_000_000));
    private Instant now = Samples.NOW;
    private Reading query = new Reading.Missing("down");
    private AutoScaler scaler;

    private static final class FakeShare implements SharedUse {
        private @Nullable AppUse use;
        private final Map<ResourceKey, Recommendations> left = new HashMap<>();

        @Override
        public @Nullable AppUse use(ResourceKey app) {
            return use;
        }

        @Override
        public Recommendations left(ResourceKey app) {
            return left.getOrDefault(app, Recommendations.NONE);
        }

        @Override
        public void leave(long epoch, Map<ResourceKey, Recommendations> memory) {
            left.putAll(memory);
        }
    }

    @BeforeEach
    void begin() {
        scaler = newLeader();
    }

    private AutoScaler newLeader() {
        Queries queries = (url, text) -> query;
        return new AutoScaler(new ScalingInputs(share, queries), 1, this::commit);
    }

    private void commit(Decision decision) {
        Decided decided = decision.decide(image);
        for (Change change : decided.changes()) {
            image = image.apply(change.at(image.revision() + 1));
        }
        events.addAll(decided.events());
    }

    private void make(String scaling, int replicas) {
        AppSpec spec = new AppSpec(
                "web",
                replicas,
                Samples.spec(null, 100, 100),
                null,
                List.of(),
                null,
                Map.of(),
                Json.read(scaling, ScalingPolicy.class));
        commit(AppDecisions.create("default", spec, new UUID(7, 7), false, now));
    }

    /** Each instance uses that much of the core that it has. */
    private void cpu(int percent) {
        int instances = replicas();
        share.use = new AppUse(
                "default", "web", instances, 10L * percent * instances, 1000L * instances, 0, 0, 0, 0, 0, 0, 0);
    }

    private void pass(Duration time, int percent) throws InterruptedException {
        Instant end = now.plus(time);
        while (now.isBefore(end)) {
            now = now.plus(AutoScaler.EVERY);
            cpu(percent);
            scaler.look(image, now);
        }
    }

    private AppResource app() {
        return Objects.requireNonNull(image.app("default", "web"));
    }

    private int replicas() {
        return app().spec().replicas();
    }

    private static final String BY_CPU = """
            {"minimum": 2, "maximum": 20, "metrics": [{"metric": "cpu", "target": "60%"}]}""";

    @Test
    void scalesOutAndTellsWhatWentIn() throws Exception {
        make(BY_CPU, 12);
        pass(Duration.ofSeconds(5), 83);
        assertThat(replicas()).isEqualTo(17);
        assertThat(events.getLast().message())
                .isEqualTo("12 -> 17: cpu 83% over target 60% [cpu 83% over target 60%, wants 17]");
    }

    @Test
    void aNewLeaderGoesOnWithWhatTheOldOneLeft() throws Exception {
        make(BY_CPU, 12);
        pass(Duration.ofSeconds(200), 20);
        scaler = newLeader();
        pass(Duration.ofSeconds(90), 20);
        assertThat(replicas()).isEqualTo(12);
        pass(Duration.ofSeconds(20), 20);
        assertThat(replicas()).isEqualTo(4);
    }

    @Test
    void whenNobodyTellsAnythingNothingIsScaledIn() throws Exception {
        make(BY_CPU, 12);
        for (int i = 0; i < 1000; i++) {
            now = now.plus(AutoScaler.EVERY);
            scaler.look(image, now);
        }
        assertThat(replicas()).isEqualTo(12);
        assertThat(events).extracting(Event::type).doesNotContain("Scaled");
    }

    @Test
    void windowsAreKeptByTheClock() throws Exception {
        make(
                "{\"minimum\": 2, \"maximum\": 60, \"windows\": [{\"name\": \"lunch\", \"cron\": \"0 11 * * *\","
                        + " \"lasts\": \"3h\", \"replicas\": 40}]}",
                2);
        now = Instant.parse("2026-11-20T10:59:50Z");
        pass(Duration.ofSeconds(5), 0);
        assertThat(replicas()).isEqualTo(2);
        pass(Duration.ofSeconds(15), 0);
        assertThat(replicas()).isEqualTo(40);
        assertThat(events.getLast().message()).contains("window lunch");
        pass(Duration.ofHours(3), 0);
        assertThat(replicas()).isEqualTo(2);
    }

    @Test
    void aQueryDecidesWhenItAnswers() throws Exception {
        make(
                "{\"minimum\": 2, \"maximum\": 60, \"metrics\": [{\"metric\": \"prometheus\", \"target\": 100,"
                        + " \"url\": \"http://p\", \"query\": \"q\"}]}",
                2);
        pass(Duration.ofMinutes(1), 0);
        assertThat(replicas()).isEqualTo(2);
        query = new Reading.Total(2500, Duration.ZERO);
        pass(Duration.ofSeconds(5), 0);
        assertThat(replicas()).isEqualTo(25);
        query = new Reading.Missing("slow");
        pass(Duration.ofHours(1), 0);
        assertThat(replicas()).isEqualTo(25);
    }

    @Test
    void aQuotaThatIsInTheWayIsToldOnce() throws Exception {
        image = image.apply(new Change.Put(Samples.tenant("default", new TenantSpec.Quota(14, null, null, null)))
                .at(image.revision() + 1));
        make(BY_CPU, 12);
        pass(Duration.ofSeconds(30), 83);
        assertThat(replicas()).isEqualTo(12);
        assertThat(events)
                .filteredOn(event -> event.type().equals("ScalingBlocked"))
                .hasSize(1);
        assertThat(app().status().scalingOrNone().blocked()).contains("12 -> 17");
    }

    @Test
    void aDatabaseThatIsAwayIsForTheLeaderToKnow() {
        make(BY_CPU, 12);
        AutoScaler away = new AutoScaler(new ScalingInputs(share, Queries.NONE), 1, decision -> {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, "away");
        });
        cpu(90);
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> away.look(image, now))
                .hasMessageContaining("away");
    }
}
