package io.mosaic.controller.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppSpec;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.LoadCall;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.ScalingPolicy;
import io.mosaic.model.ScalingStatus;
import io.mosaic.model.TenantSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScaleDecisionsTest {

    private static final Instant NOW = Samples.NOW;
    private static final ScalingPolicy BY_USE =
            policy("{\"minimum\": 2, \"maximum\": 20, \"metrics\": [{\"metric\": \"cpu\", \"target\": \"60%\"}]}");

    private ClusterImage image;
    private Event told;

    private static ScalingPolicy policy(String json) {
        return Json.read(json, ScalingPolicy.class);
    }

    @BeforeEach
    void begin() {
        image = Samples.image(Samples.host("host1", 100_000, 100_000));
    }

    private void make(ScalingPolicy policy, int replicas) {
        AppSpec spec = AppStory.app(replicas, "1").withScaling(policy);
        apply(AppDecisions.create("default", spec, new UUID(1, 1), false, NOW));
    }

    private void apply(Decision decision) {
        Decided decided = decision.decide(image);
        for (Change change : decided.changes()) {
            image = image.apply(change.at(image.revision() + 1));
        }
        told = decided.events().isEmpty() ? null : decided.events().getLast();
    }

    private AppResource app() {
        return Objects.requireNonNull(image.app("default", AppStory.APP));
    }

    private ScaleDecisions.Move move(int from, int to) {
        return new ScaleDecisions.Move(AppStory.KEY, app().uid(), BY_USE, from, to, "cpu 83% over target 60% for 60 s");
    }

    @Test
    void aDecisionOfThePoliciesIsAnEventWithItsInputsAndIsRemembered() {
        make(BY_USE, 12);
        apply(ScaleDecisions.byPolicy(move(12, 17), NOW));

        assertThat(app().spec().replicas()).isEqualTo(17);
        assertThat(told.type()).isEqualTo("Scaled");
        assertThat(told.message()).isEqualTo("12 -> 17: cpu 83% over target 60% for 60 s");
        ScalingStatus status = app().status().scalingOrNone();
        assertThat(status.last()).isEqualTo(NOW);
        assertThat(status.steps()).containsExactly(new ScalingStatus.Step(NOW, 12, 17));
    }

    @Test
    void whatWasDecidedForAnotherStateOfTheAppIsNotDone() {
        make(BY_USE, 12);
        ScaleDecisions.Move old = move(12, 17);
        apply(AppDecisions.scale("default", AppStory.APP, 6, null, null, NOW));
        long revision = image.revision();
        apply(ScaleDecisions.byPolicy(old, NOW));
        apply(ScaleDecisions.blocked(old, "quota", NOW));
        assertThat(image.revision()).isEqualTo(revision);

        ScaleDecisions.Move now = move(6, 7);
        apply(AppDecisions.update(
                "default",
                AppStory.APP,
                spec -> spec.withScaling(policy("{\"minimum\": 1, \"maximum\": 20}")),
                false,
                null,
                NOW));
        revision = image.revision();
        apply(ScaleDecisions.byPolicy(now, NOW));
        assertThat(image.revision()).isEqualTo(revision);
    }

    @Test
    void whatIsNotPossibleIsToldOnceUntilItIs() {
        make(BY_USE, 12);
        apply(ScaleDecisions.blocked(move(12, 17), "the quota is exhausted", NOW));
        assertThat(told.type()).isEqualTo("ScalingBlocked");
        assertThat(told.warning()).isTrue();
        long revision = image.revision();
        apply(ScaleDecisions.blocked(move(12, 17), "the quota is exhausted", NOW));
        assertThat(image.revision()).isEqualTo(revision);

        apply(ScaleDecisions.byPolicy(move(12, 17), NOW));
        assertThat(app().status().scalingOrNone().blocked()).isNull();
    }

    @Test
    void oneThatIsNotPossibleCostsTheOthersNothing() {
        make(BY_USE, 12);
        AppSpec other = new AppSpec("other", 3, AppStory.template("1"), null, List.of(), null, Map.of(), BY_USE);
        apply(AppDecisions.create("default", other, new UUID(2, 2), false, NOW));
        image = image.apply(new Change.Put(Samples.tenant("default", new TenantSpec.Quota(16, null, null, null)))
                .at(image.revision() + 1));
        ScaleDecisions.Move more =
                new ScaleDecisions.Move(ResourceKey.app("default", "other"), new UUID(2, 2), BY_USE, 3, 2, "less");
        apply(ScaleDecisions.all(List.of(move(12, 17), more), NOW));
        assertThat(app().spec().replicas()).isEqualTo(12);
        assertThat(app().status().scalingOrNone().blocked()).contains("12 -> 17");
        assertThat(Objects.requireNonNull(image.app("default", "other")).spec().replicas())
                .isEqualTo(2);
    }

    @Test
    void aLoadCallStaysWithinTheBoundsAndIsHeldAgainstThePolicies() {
        make(BY_USE, 12);
        apply(ScaleDecisions.load("default", AppStory.APP, new LoadCall(null, 50, "queue grows"), "token duty", NOW));

        assertThat(app().spec().replicas()).isEqualTo(20);
        assertThat(told.type()).isEqualTo("LoadCall");
        assertThat(told.message()).isEqualTo("12 -> 20, asked for by token duty, who wants 62: queue grows");
        assertThat(app().status().scalingOrNone().held())
                .isEqualTo(new ScalingStatus.Held(20, NOW.plusSeconds(600), "token duty"));

        apply(ScaleDecisions.load("default", AppStory.APP, new LoadCall(null, -100, null), "webhook", NOW));
        assertThat(app().spec().replicas()).isEqualTo(2);
    }

    @Test
    void withoutPoliciesALoadCallScalesAndNothingIsHeld() {
        make(null, 3);
        apply(ScaleDecisions.load("default", AppStory.APP, new LoadCall(7, null, null), "webhook", NOW));
        assertThat(app().spec().replicas()).isEqualTo(7);
        assertThat(app().status().scaling()).isNull();
        long revision = image.revision();
        apply(ScaleDecisions.load("default", AppStory.APP, new LoadCall(7, null, null), "webhook", NOW));
        assertThat(image.revision()).isEqualTo(revision);
    }

    @Test
    void aPersonIsHeldToTheBoundsAndAgainstThePolicies() {
        make(BY_USE, 12);
        assertThatThrownBy(() -> apply(AppDecisions.scale("default", AppStory.APP, 21, null, null, NOW)))
                .hasMessageContaining("2 to 20");
        apply(AppDecisions.scale("default", AppStory.APP, 15, null, null, NOW));
        assertThat(app().status().scalingOrNone().held().replicas()).isEqualTo(15);
    }

    @Test
    void raisedBoundsMoveTheReplicasThatNobodyNamed() {
        make(BY_USE, 3);
        apply(AppDecisions.update(
                "default",
                AppStory.APP,
                spec -> spec.withScaling(policy("{\"minimum\": 5, \"maximum\": 9}"))
                        .within(spec),
                false,
                null,
                NOW));
        assertThat(app().spec().replicas()).isEqualTo(5);
    }

    @Test
    void anAppThatGoesIsNotScaled() {
        make(BY_USE, 12);
        ScaleDecisions.Move move = move(12, 17);
        apply(AppDecisions.delete("default", AppStory.APP, null, NOW));
        long revision = image.revision();
        apply(ScaleDecisions.byPolicy(move, NOW));
        assertThat(image.revision()).isEqualTo(revision);
        assertThatThrownBy(() -> apply(
                        ScaleDecisions.load("default", AppStory.APP, new LoadCall(9, null, null), "webhook", NOW)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.CONFLICT)).isTrue());
    }
}
