package io.mosaic.controller.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.controller.app.AppDecisions;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.scale.AppUse;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.StoreException;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppSpec;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.SetUsage;
import io.mosaic.scale.Recommendations;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two controllers over one store: each holds one host, and knows of both. */
class UsageShareTest {

    private static final ResourceKey WEB = ResourceKey.app("default", "web");

    private Instant now = Samples.NOW;
    private long nanos;
    private final MemoryStore store = new MemoryStore(() -> now);
    private ClusterImage image = Samples.image(Samples.host("h1", 9000, 9000), Samples.host("h2", 9000, 9000));
    private final UsageBoard boardOne = new UsageBoard(() -> nanos);
    private final UsageBoard boardTwo = new UsageBoard(() -> nanos);
    private UsageShare one;
    private UsageShare two;
    private SetResource onOne;
    private SetResource onTwo;

    @BeforeEach
    void begin() {
        AppSpec spec = new AppSpec("web", 2, Samples.spec(null, 500, 64), null, List.of(), null, Map.of());
        for (Change change : AppDecisions.create("default", spec, new UUID(3, 3), false, now)
                .decide(image)
                .changes()) {
            image = image.apply(change.at(image.revision() + 1));
        }
        onOne = member("web-0001", 1, "h1");
        onTwo = member("web-0002", 2, "h2");
        one = UsageShare.stepped(store, "c1", () -> image, boardOne, () -> now, () -> nanos);
        two = UsageShare.stepped(store, "c2", () -> image, boardTwo, () -> now, () -> nanos);
    }

    private static SetResource set(String name) {
        ClusterImage alone = Samples.commit(
                Samples.image(),
                SetDecisions.create("default", Samples.spec(name, 500, 64), Samples.uid(name), Samples.NOW));
        return Objects.requireNonNull(alone.set("default", name));
    }

    private SetResource member(String name, int number, String host) {
        SetResource set = set(name).withApp(new AppMember("web", number, 1, 0, now));
        set = set.withStatus(set.status().on(host).in(SetState.RUNNING, null, now.minusSeconds(60)));
        image = image.apply(new Change.Put(set).at(image.revision() + 1));
        return set;
    }

    private void pass(int seconds) {
        now = now.plusSeconds(seconds);
        nanos += TimeUnit.SECONDS.toNanos(seconds);
    }

    private static SetUsage usage(SetResource set, long cpu) {
        return new SetUsage(set.uid(), cpu, 1000, null, null);
    }

    @Test
    void eachKnowsWhatBothHeardAndHowOldItIs() throws StoreException {
        boardOne.heard("h1", List.of(usage(onOne, 100)));
        boardTwo.heard("h2", List.of(usage(onTwo, 300)));
        one.share();
        pass(3);
        two.share();
        pass(2);

        AppUse use = two.use(WEB);
        assertThat(use.instances()).isEqualTo(2);
        assertThat(use.cpuMillis()).isEqualTo(400);
        assertThat(use.cpuLimitMillis()).isEqualTo(1000);
        assertThat(use.ageMillis()).isEqualTo(5000);
        // The first has not read since, and knows of its own alone.
        assertThat(one.use(WEB).instances()).isEqualTo(1);
    }

    @Test
    void aControllerThatDiedIsForgottenAndSoIsAHostThatSaysNoMore() throws StoreException {
        boardOne.heard("h1", List.of(usage(onOne, 100)));
        boardTwo.heard("h2", List.of(usage(onTwo, 300)));
        one.share();
        two.share();
        pass(15);
        boardTwo.heard("h2", List.of(usage(onTwo, 300)));
        pass(6);
        two.share();
        assertThat(two.use(WEB).instances()).isEqualTo(1);
        pass(21);
        two.share();
        assertThat(two.use(WEB)).isNull();
    }

    @Test
    void whatALeaderLeavesIsThereForTheNext() throws StoreException {
        Recommendations memory =
                new Recommendations(List.of(new Recommendations.Span(now.minusSeconds(90), now, 4, 12)));
        one.leave(7, Map.of(WEB, memory));
        two.leave(5, Map.of(WEB, Recommendations.NONE));
        one.share();
        two.share();
        assertThat(two.left(WEB)).isEqualTo(memory);
        assertThat(two.left(ResourceKey.app("default", "other"))).isEqualTo(Recommendations.NONE);
    }

    @Test
    void nonsenseOfAnAgentIsLeftOut() throws StoreException {
        boardOne.heard(
                "h1",
                java.util.Arrays.asList(
                        null,
                        new SetUsage(null, 1, 1, null, null),
                        new SetUsage(onOne.uid(), -5, 1, null, null),
                        new SetUsage(onOne.uid(), Long.MAX_VALUE, 1, null, null),
                        new SetUsage(onOne.uid(), 1, 1, -1L, null)));
        one.share();
        assertThat(one.use(WEB)).isNull();
    }

    @Test
    void noHostSpeaksForTheSetsOfAnother() throws Exception {
        SetResource onOne = member("web-0001", 1, "h1");
        boardOne.heard("h1", List.of(usage(onOne, 100)));
        boardOne.heard("h9", List.of(usage(onOne, 1)));
        one.share();
        AppUse use = Objects.requireNonNull(one.use(WEB));
        assertThat(use.cpuMillis()).isEqualTo(100);
    }

    @Test
    void aDatabaseThatIsAwayLeavesWhatWasKnownGrowingOld() throws StoreException {
        boardOne.heard("h1", List.of(usage(onOne, 100)));
        one.share();
        store.fault(step -> {
            throw new StoreException(StoreException.Kind.UNAVAILABLE, "away");
        });
        pass(70);
        assertThatThrownBy(one::share).isInstanceOf(StoreException.class);
        assertThat(one.use(WEB).ageMillis()).isEqualTo(70_000);
    }
}
