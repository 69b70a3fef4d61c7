package io.mosaic.controller.app;

import static io.mosaic.controller.app.AppStory.app;
import static io.mosaic.controller.app.AppStory.onHosts;
import static io.mosaic.controller.app.AppStory.policy;
import static io.mosaic.controller.app.AppStory.template;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.AppSpec;
import io.mosaic.model.AppStatus;
import io.mosaic.model.Interval;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.UpdatePolicy;
import io.mosaic.model.UpdatePolicy.OnFailure;
import io.mosaic.model.UpdatePolicy.Strategy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Stories of updates: good ones, bad ones, paused, overtaken, undone, and with hosts that go away meanwhile. */
class RolloutTest {

    private static AppStory running(int replicas, UpdatePolicy policy) {
        return onHosts(4)
                .created(app(replicas, "1").withUpdate(policy))
                .afterSeconds(10)
                .then(story -> assertThat(story.app().status().state()).isEqualTo(AppStatus.State.READY))
                .watchingTheBudget();
    }

    @Test
    void batchByBatchInPlace() {
        AppStory story = running(8, policy("2"));
        List<UUID> before = story.members().stream().map(SetResource::uid).toList();
        story.template(8, "2")
                .afterSeconds(1)
                .then(now -> {
                    assertThat(now.turns()).isEqualTo(Map.of("1", 6L, "2", 2L));
                    assertThat(now.app().status().state()).isEqualTo(AppStatus.State.UPDATING);
                    assertThat(now.members().stream()
                                    .filter(set -> Members.of(set).muted()))
                            .hasSize(2);
                })
                .afterSeconds(3)
                .then(now -> assertThat(now.turns()).isEqualTo(Map.of("1", 4L, "2", 4L)))
                .afterSeconds(20);
        assertThat(story.turns()).isEqualTo(Map.of("2", 8L));
        assertThat(story.rollout()).isEqualTo(Rollout.State.DONE);
        assertThat(story.app().status().state()).isEqualTo(AppStatus.State.READY);
        assertThat(story.members().stream().map(SetResource::uid)).containsExactlyElementsOf(before);
        assertThat(story.told("BatchDone")).hasSize(3);
        assertThat(story.told("WeightChanged")).hasSize(16);
        assertThat(story.members()).noneMatch(set -> Members.of(set).muted());
    }

    @Test
    void theCanaryGoesFirstAndThePauseIsKept() {
        UpdatePolicy canary = new UpdatePolicy(
                Strategy.GRAY,
                io.mosaic.model.Portion.percent(50),
                io.mosaic.model.Portion.percent(50),
                1,
                Interval.ofSeconds(30),
                null,
                Interval.ofSeconds(2),
                Interval.ofSeconds(60),
                null,
                null);
        running(8, canary)
                .template(8, "2")
                .afterSeconds(20)
                .then(now -> {
                    assertThat(now.turns()).isEqualTo(Map.of("1", 7L, "2", 1L));
                    assertThat(now.rollout()).isEqualTo(Rollout.State.WAITING);
                })
                .after(Duration.ofMinutes(3))
                .then(now -> assertThat(now.rollout()).isEqualTo(Rollout.State.DONE));
    }

    @Test
    void instancesHaveWeightZeroBeforeTheyAreTouched() {
        UpdatePolicy drained = new UpdatePolicy(
                Strategy.GRAY,
                io.mosaic.model.Portion.number(1),
                null,
                0,
                null,
                Interval.ofSeconds(10),
                Interval.ofSeconds(2),
                Interval.ofSeconds(60),
                null,
                null);
        running(4, drained)
                .template(4, "2")
                .afterSeconds(5)
                .then(now -> {
                    assertThat(now.turns()).isEqualTo(Map.of("1", 4L));
                    assertThat(now.members().stream()
                                    .filter(set -> Members.of(set).muted()))
                            .hasSize(1);
                })
                .after(Duration.ofMinutes(2))
                .then(now -> assertThat(now.turns()).isEqualTo(Map.of("2", 4L)));
    }

    @Test
    void aBadReleaseIsStoppedInItsFirstBatchAndReverted() {
        running(8, policy("2"))
                .template(8, "bad")
                .afterSeconds(3)
                .then(now -> {
                    assertThat(now.turns()).isEqualTo(Map.of("1", 6L, "bad", 2L));
                    assertThat(now.rollout()).isEqualTo(Rollout.State.UPDATING);
                })
                .afterSeconds(15)
                .then(now -> {
                    assertThat(now.turns()).isEqualTo(Map.of("1", 8L));
                    assertThat(now.rollout()).isEqualTo(Rollout.State.REVERTED);
                    assertThat(now.app().release()).isEqualTo(1);
                    assertThat(now.app().spec().template()).isEqualTo(template("1"));
                    assertThat(now.app().status().state()).isEqualTo(AppStatus.State.READY);
                    assertThat(now.app().status().reason()).startsWith("release 2 failed: food-web-000");
                    assertThat(now.told("RolloutFailed"))
                            .singleElement()
                            .asString()
                            .contains("release 2, batch 1")
                            .contains("ends with exit code 1")
                            .contains("goes back to release 1");
                    assertThat(now.members()).noneMatch(set -> Members.of(set).muted());
                });
    }

    @Test
    void aLaterBatchThatFailsTakesAllBack() {
        running(8, policy("2"))
                .failing(set -> AppStory.turn(set).equals("2") && set.name().equals("food-web-0006"))
                .template(8, "2")
                .after(Duration.ofMinutes(2))
                .then(now -> {
                    assertThat(now.turns()).isEqualTo(Map.of("1", 8L));
                    assertThat(now.told("BatchDone")).hasSize(2);
                    assertThat(now.rollout()).isEqualTo(Rollout.State.REVERTED);
                });
    }

    @Test
    void withStopOnlyTheFailingBatchGoesBackAndItCanBeTriedAgain() {
        AppStory story = running(8, policy("2", Strategy.GRAY, OnFailure.STOP, 0))
                .failing(set -> AppStory.turn(set).equals("2") && set.name().equals("food-web-0006"))
                .template(8, "2")
                .after(Duration.ofMinutes(2));
        assertThat(story.turns()).isEqualTo(Map.of("1", 4L, "2", 4L));
        assertThat(story.rollout()).isEqualTo(Rollout.State.FAILED);
        assertThat(story.app().status().state()).isEqualTo(AppStatus.State.DEGRADED);
        assertThat(story.app().release()).isEqualTo(2);
        // What is added now is of the proven release.
        story.scaled(9).afterSeconds(10);
        assertThat(story.turns()).isEqualTo(Map.of("1", 5L, "2", 4L));
        story.failing(set -> false)
                .commit(RolloutDecisions.resume("default", AppStory.APP, null, story.now()))
                .after(Duration.ofMinutes(2));
        assertThat(story.turns()).isEqualTo(Map.of("2", 9L));
        assertThat(story.rollout()).isEqualTo(Rollout.State.DONE);
    }

    @Test
    void rollingMakesSetsAnewUnderTheirNames() {
        AppStory story = running(4, policy("2", Strategy.ROLLING, OnFailure.REVERT, 0));
        List<UUID> before = story.members().stream().map(SetResource::uid).toList();
        List<String> names = story.members().stream().map(SetResource::name).toList();
        story.template(4, "2").after(Duration.ofMinutes(2));
        assertThat(story.turns()).isEqualTo(Map.of("2", 4L));
        assertThat(story.members().stream().map(SetResource::name)).containsExactlyElementsOf(names);
        assertThat(story.members().stream().map(SetResource::uid)).doesNotContainAnyElementsOf(before);
        assertThat(story.rollout()).isEqualTo(Rollout.State.DONE);
    }

    @Test
    void rollingRevertsABadRelease() {
        running(4, policy("1", Strategy.ROLLING, OnFailure.REVERT, 0))
                .template(4, "bad")
                .after(Duration.ofMinutes(2))
                .then(now -> {
                    assertThat(now.turns()).isEqualTo(Map.of("1", 4L));
                    assertThat(now.rollout()).isEqualTo(Rollout.State.REVERTED);
                    assertThat(now.app().status().state()).isEqualTo(AppStatus.State.READY);
                });
    }

    @Test
    void theNewestTemplateWinsAndTheProvenReleaseStaysTheWayBack() {
        AppStory story = running(8, policy("2"))
                .template(8, "2")
                .afterSeconds(2)
                .template(8, "bad")
                .then(now -> {
                    Rollout rollout = now.app().status().rollout();
                    assertThat(rollout).isNotNull();
                    assertThat(rollout.from()).isEqualTo(1);
                    assertThat(rollout.to()).isEqualTo(3);
                    assertThat(now.told("RolloutStarted")).last().asString().contains("in the place of");
                })
                .after(Duration.ofMinutes(1));
        assertThat(story.turns()).isEqualTo(Map.of("1", 8L));
        assertThat(story.rollout()).isEqualTo(Rollout.State.REVERTED);
        story.template(8, "4").after(Duration.ofMinutes(1));
        assertThat(story.turns()).isEqualTo(Map.of("4", 8L));
    }

    @Test
    void aPausedRolloutBeginsNothingNew() {
        AppStory story = running(8, policy("2")).template(8, "2").afterSeconds(1);
        story.commit(RolloutDecisions.pause("default", AppStory.APP, null, story.now()))
                .after(Duration.ofMinutes(5));
        assertThat(story.turns()).isEqualTo(Map.of("1", 6L, "2", 2L));
        assertThat(story.rollout()).isEqualTo(Rollout.State.PAUSED);
        assertThat(story.members()).noneMatch(set -> Members.of(set).muted());
        story.commit(RolloutDecisions.resume("default", AppStory.APP, null, story.now()))
                .after(Duration.ofMinutes(1));
        assertThat(story.turns()).isEqualTo(Map.of("2", 8L));
    }

    @Test
    void undoGoesBackToTheReleaseBeforeOrToAny() {
        AppStory story = running(4, policy("2"))
                .template(4, "2")
                .after(Duration.ofMinutes(1))
                .template(4, "3")
                .after(Duration.ofMinutes(1));
        story.commit(RolloutDecisions.undo("default", AppStory.APP, null, null, story.now()))
                .after(Duration.ofMinutes(1));
        assertThat(story.turns()).isEqualTo(Map.of("2", 4L));
        assertThat(story.app().release()).isEqualTo(2);
        story.commit(RolloutDecisions.undo("default", AppStory.APP, 1, null, story.now()))
                .after(Duration.ofMinutes(1));
        assertThat(story.turns()).isEqualTo(Map.of("1", 4L));
        assertThat(story.image().releases("default", AppStory.APP)).hasSize(3);
    }

    @Test
    void whatIsAddedDuringAnUpdateIsOfTheProvenReleaseUntilItsBatchComes() {
        onHosts(4)
                .created(app(4, "1"))
                .afterSeconds(10)
                .template(4, "2")
                .afterSeconds(1)
                .then(now -> now.scaled(8))
                .afterSeconds(1)
                .then(now -> assertThat(now.turns()).isEqualTo(Map.of("1", 7L, "2", 1L)));
    }

    @Test
    void instancesThatAreDownAreUpdatedFirstAndCountAgainstTheBudget() {
        AppStory story = onHosts(4)
                .created(app(8, "1"))
                .afterSeconds(10)
                .failing(set -> AppStory.turn(set).equals("1")
                        && List.of("food-web-0007", "food-web-0008").contains(set.name()));
        for (String name : List.of("food-web-0007", "food-web-0008")) {
            story.commit(io.mosaic.controller.set.SetDecisions.restart("default", name, null, story.now()));
        }
        story.afterSeconds(3).template(8, "2").afterSeconds(1);
        assertThat(story.members().stream()
                        .filter(set -> AppStory.turn(set).equals("2"))
                        .map(SetResource::name))
                .containsExactly("food-web-0007");
        story.after(Duration.ofMinutes(2));
        assertThat(story.turns()).isEqualTo(Map.of("2", 8L));
    }

    @Test
    void anInstanceOnASilentHostHoldsNothingUpButTheEnd() {
        AppSpec spec = new AppSpec(
                AppStory.APP, 8, template("1"), policy("1"), List.of(), io.mosaic.model.Portion.percent(50), Map.of());
        AppStory story = onHosts(4).created(spec).afterSeconds(10).silent("host1");
        long lost = story.members().stream()
                .filter(set -> "host1".equals(set.status().host()))
                .count();
        story.template(8, "2").after(Duration.ofMinutes(3));
        assertThat(story.turns()).isEqualTo(Map.of("1", lost, "2", 8 - lost));
        assertThat(story.rollout()).isEqualTo(Rollout.State.UPDATING);
        story.back("host1").after(Duration.ofMinutes(1));
        assertThat(story.turns()).isEqualTo(Map.of("2", 8L));
        assertThat(story.rollout()).isEqualTo(Rollout.State.DONE);
    }

    @Test
    void anAppWithoutInstancesIsAtItsNewReleaseAtOnce() {
        onHosts(1)
                .created(app(0, "1"))
                .afterSeconds(1)
                .template(0, "2")
                .afterSeconds(1)
                .then(now -> assertThat(now.rollout()).isEqualTo(Rollout.State.DONE));
    }

    @Test
    void oldReleasesAreDropped() {
        AppStory story = onHosts(1).created(app(1, "1")).afterSeconds(10);
        for (int i = 2; i < 40; i++) {
            AppSpec spec = story.app().spec().withTemplate(template("t" + i));
            story.changed(spec).afterSeconds(10);
        }
        assertThat(story.image().releases("default", AppStory.APP)).hasSizeBetween(Releases.KEPT, Releases.KEPT + 3);
        assertThat(story.app().release()).isEqualTo(39);
    }

    @Test
    void manyInstancesAreMadeInBoundedLooks() {
        AppStory story = onHosts(1).created(app(2000, "1"));
        for (int i = 0; i < 8; i++) {
            var look = story.look(AppStory.KEY);
            assertThat(look.decided().changes().size()).isLessThanOrEqualTo(AppReconcile.CHANGES_MAX + 3);
            story.commit(head -> look.decided());
        }
        assertThat(story.members()).hasSize(2000);
    }
}
