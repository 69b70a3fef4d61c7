package io.mosaic.controller.app;

import static io.mosaic.controller.app.AppStory.app;
import static io.mosaic.controller.app.AppStory.onHosts;
import static io.mosaic.controller.app.AppStory.policy;
import static io.mosaic.controller.app.AppStory.template;
import static io.mosaic.controller.cluster.Samples.NOW;
import static io.mosaic.controller.cluster.Samples.uid;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.model.AppPlan;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.Portion;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetSpec;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.UpdatePolicy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AppDecisionsTest {

    private static ProblemException refused(AppStory story, Decision decision) {
        return catchThrowableOfType(ProblemException.class, () -> decision.decide(story.image()));
    }

    private static AppSpec requiring(String name, String... others) {
        List<AppSpec.Requirement> requires = List.of(others).stream()
                .map(other -> new AppSpec.Requirement(other, Portion.number(1)))
                .toList();
        return new AppSpec(name, 1, template("1"), policy("1"), requires, null, Map.of());
    }

    private static Decision create(AppSpec spec) {
        return AppDecisions.create("default", spec, uid(spec.nameOrEmpty()), false, NOW);
    }

    private static AppStory withQuota(AppStory story, TenantSpec.Quota quota) {
        return story.commit(head -> Decision.Decided.of(new Change.Put(Samples.tenant("default", quota))));
    }

    @Test
    void anAppAndItsFirstReleaseAreMadeTogetherAndNoSetYet() {
        AppStory story = onHosts(1).created(app(3, "1"));
        assertThat(story.app().release()).isEqualTo(1);
        assertThat(story.image().release("default", AppStory.APP, 1)).isNotNull();
        assertThat(story.members()).isEmpty();
        assertThat(refused(story, create(app(3, "1"))).is(Problem.Kind.EXISTS)).isTrue();
    }

    @Test
    void whatDoesNotFitTheQuotaIsRefusedBeforeAnySetIsMade() {
        AppStory story = withQuota(onHosts(1), new TenantSpec.Quota(10, Cpu.ofCores(1), Bytes.mebi(100_000), null));
        ProblemException tooMany = refused(story, create(app(20, "1")));
        assertThat(tooMany.is(Problem.Kind.QUOTA)).isTrue();
        assertThat(tooMany)
                .hasMessageContaining("sets: 0 of 10 in use, 20 more asked")
                .hasMessageContaining("cpu");
        story.created(app(5, "1")).afterSeconds(5);
        Decision scale = AppDecisions.scale("default", AppStory.APP, AppSpecRules.REPLICAS_MAX, null, null, NOW);
        assertThat(refused(story, scale)).hasMessageContaining("sets: 5 of 10 in use, 99995 more asked");
        // It may shrink, and grow within the quota.
        assertThat(story.scaled(3).afterSeconds(5).scaled(10).afterSeconds(5).members())
                .hasSize(10);
    }

    @Test
    void aQuotaThatWasCutMeanwhileStopsGrowthAndSaysSo() {
        AppStory story = withQuota(onHosts(1), new TenantSpec.Quota(10, null, null, null))
                .created(app(8, "1"));
        withQuota(story, new TenantSpec.Quota(3, null, null, null)).afterSeconds(5);
        assertThat(story.members()).hasSize(3);
        assertThat(story.app().status().reason()).contains("sets: 3 of 3 in use");
    }

    @Test
    void replicasAreInRange() {
        assertThat(catchThrowableOfType(
                                ProblemException.class,
                                () -> AppDecisions.scale("default", AppStory.APP, -1, null, null, NOW))
                        .problem()
                        .errors())
                .extracting(Problem.FieldError::field)
                .containsExactly("/replicas");
    }

    @Test
    void whatCannotChangeInPlaceIsNamedWithItsPointer() {
        AppStory story = onHosts(1).created(app(2, "1")).afterSeconds(5);
        SetSpec before = template("1");
        SetSpec other = new SetSpec(
                null,
                before.kind(),
                before.resources(),
                before.containers(),
                before.volume(),
                Map.of("net.core.somaxconn", "9"),
                before.restart(),
                before.labels());
        ProblemException refused = refused(
                story,
                AppDecisions.update("default", AppStory.APP, spec -> spec.withTemplate(other), false, null, NOW));
        assertThat(refused.is(Problem.Kind.IMMUTABLE)).isTrue();
        assertThat(refused.problem().errors())
                .extracting(Problem.FieldError::field)
                .containsExactly("/template/sysctls");
        assertThat(refused).hasMessageContaining("rolling");
        // As whole sets it can.
        UpdatePolicy rolling = policy("1", UpdatePolicy.Strategy.ROLLING, UpdatePolicy.OnFailure.REVERT, 0);
        story.changed(story.app().spec().withTemplate(other).withUpdate(rolling));
        assertThat(story.app().release()).isEqualTo(2);
        assertThat(refused(
                                story,
                                AppDecisions.update(
                                        "default",
                                        AppStory.APP,
                                        spec -> new AppSpec("other", 1, template("1"), null, List.of(), null, Map.of()),
                                        false,
                                        null,
                                        NOW))
                        .problem()
                        .errors())
                .extracting(Problem.FieldError::field)
                .containsExactly("/name");
    }

    @Test
    void aTemplateThatWasThereBeforeIsThatReleaseAgain() {
        AppStory story =
                onHosts(1).created(app(1, "1")).afterSeconds(5).template(1, "2").afterSeconds(20);
        story.template(1, "1");
        assertThat(story.app().release()).isEqualTo(1);
        assertThat(story.image().releases("default", AppStory.APP)).hasSize(2);
        // Said again, nothing is decided.
        AppSpec same = story.app().spec();
        assertThat(AppDecisions.update("default", AppStory.APP, any -> same, false, null, NOW)
                        .decide(story.image()))
                .isEqualTo(Decision.Decided.NOTHING);
    }

    @Test
    void requiredAppsMustBeThereAndNotWaitInACircle() {
        AppStory story = onHosts(1);
        assertThat(refused(story, create(requiring("web", "db"))).problem().errors())
                .extracting(Problem.FieldError::field)
                .containsExactly("/requires/0/app");
        story.created(requiring("db")).created(requiring("cache", "db")).created(requiring("web", "cache"));
        Decision circle = AppDecisions.update("default", "db", any -> requiring("db", "web"), false, null, NOW);
        assertThat(refused(story, circle)).hasMessageContaining("in turn");
        assertThat(refused(story, AppDecisions.delete("default", "db", null, NOW)))
                .hasMessage("app cache requires app db");
    }

    @Test
    void nothingIsChangedOfAnAppThatIsBeingDeleted() {
        AppStory story = onHosts(1).created(app(2, "1")).afterSeconds(5);
        story.commit(AppDecisions.delete("default", AppStory.APP, null, NOW));
        for (Decision decision : List.of(
                AppDecisions.scale("default", AppStory.APP, 9, null, null, NOW),
                AppDecisions.update("default", AppStory.APP, spec -> spec.withReplicas(9), false, null, NOW),
                RolloutDecisions.undo("default", AppStory.APP, 1, null, NOW),
                RolloutDecisions.pause("default", AppStory.APP, null, NOW))) {
            assertThat(refused(story, decision)).hasMessage("app food-web is being deleted");
        }
        assertThat(AppDecisions.delete("default", AppStory.APP, null, NOW).decide(story.image()))
                .isEqualTo(Decision.Decided.NOTHING);
    }

    @Test
    void rolloutsAreLedOnlyWhenThereIsOne() {
        AppStory story = onHosts(1).created(app(2, "1")).afterSeconds(5);
        assertThat(refused(story, RolloutDecisions.pause("default", AppStory.APP, null, NOW)))
                .hasMessage("app food-web has never been updated");
        assertThat(refused(story, RolloutDecisions.undo("default", AppStory.APP, null, null, NOW)))
                .hasMessageContaining("no update to undo");
        assertThat(refused(story, RolloutDecisions.undo("default", AppStory.APP, 7, null, NOW)))
                .hasMessage("app food-web has no release 7; kept are 1");
        assertThat(refused(story, RolloutDecisions.undo("default", AppStory.APP, 1, null, NOW)))
                .hasMessage("app food-web is at release 1 already");
        story.template(2, "2").afterSeconds(30);
        assertThat(refused(story, RolloutDecisions.pause("default", AppStory.APP, null, NOW)))
                .hasMessageContaining("is DONE, which it cannot leave for PAUSED");
        assertThat(refused(story, RolloutDecisions.pause("default", AppStory.APP, 1L, NOW))
                        .is(Problem.Kind.STALE))
                .isTrue();
        assertThat(refused(story, RolloutDecisions.pause("default", "nosuch", null, NOW))
                        .is(Problem.Kind.NOT_FOUND))
                .isTrue();
    }

    @Test
    void usersOfAnInstanceChangeItsLimitsAndNothingElse() {
        AppStory story = onHosts(1).created(app(2, "1")).afterSeconds(5);
        SetSpec spec = story.members().getFirst().spec();
        String name = spec.nameOrEmpty();
        assertThat(refused(story, SetDecisions.stop("default", name, null, NOW)))
                .hasMessageContaining("belongs to app food-web");
        assertThat(refused(story, SetDecisions.update("default", name, spec.withLabels(Map.of("app", "x")), null, NOW)))
                .hasMessageContaining("change the app");
        story.commit(SetDecisions.update(
                "default",
                name,
                spec.withResources(new SetSpec.Resources(new Cpu(200), Bytes.mebi(100), null)),
                null,
                NOW));
        assertThat(story.image().set("default", name).spec().resourcesOrNone().cpuOrZero())
                .isEqualTo(new Cpu(200));
    }

    @Test
    void adoptingMoreThanAreWantedIsRefused() {
        AppStory story = onHosts(1);
        for (String name : List.of("one", "two", "three")) {
            SetSpec spec = template("1").withName(name).withLabels(Map.of("turn", "1", "app", AppStory.APP));
            story.commit(SetDecisions.create("default", spec, uid(name), NOW));
        }
        assertThat(refused(story, AppDecisions.create("default", app(2, "1"), uid("app"), true, NOW)))
                .hasMessageContaining("3 sets would be adopted");
    }

    @Test
    void aPlanNamesWhatWouldBeDone() {
        AppStory story = onHosts(2).created(app(4, "1")).afterSeconds(5);
        Decision decision = AppDecisions.update(
                "default",
                AppStory.APP,
                spec -> spec.withTemplate(template("2")).withReplicas(6),
                false,
                null,
                NOW);
        AppPlan plan = AppViews.plan(story.image(), decision.decide(story.image()), AppStory.KEY, List.of());
        assertThat(plan.create()).containsExactly("food-web-0005", "food-web-0006");
        assertThat(plan.updated()).isEqualTo(4);
        assertThat(plan.batches()).isEqualTo(4);
        assertThat(plan.app().release()).isEqualTo(2);
        Decision less = AppDecisions.scale("default", AppStory.APP, 1, null, null, NOW);
        AppPlan shrunk = AppViews.plan(story.image(), less.decide(story.image()), AppStory.KEY, List.of());
        assertThat(shrunk.deleted()).isEqualTo(3);
        assertThat(shrunk.update()).isEmpty();
    }
}
