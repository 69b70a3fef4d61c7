package io.mosaic.controller.app;

import static io.mosaic.controller.app.AppStory.app;
import static io.mosaic.controller.app.AppStory.onHosts;
import static io.mosaic.controller.app.AppStory.policy;
import static io.mosaic.controller.app.AppStory.template;
import static io.mosaic.controller.app.AppStory.turn;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.set.SetDecisions;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppStatus;
import io.mosaic.model.Portion;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Stories of apps that come, grow, shrink, lose instances and go. */
class AppReconcileTest {

    private static List<String> names(AppStory story) {
        return story.members().stream().map(SetResource::name).toList();
    }

    @Test
    void asManyInstancesAsWantedUnderStableNames() {
        onHosts(2)
                .created(app(3, "1"))
                .afterSeconds(10)
                .then(story -> {
                    assertThat(names(story)).containsExactly("food-web-0001", "food-web-0002", "food-web-0003");
                    assertThat(story.app().status().state()).isEqualTo(AppStatus.State.READY);
                    assertThat(story.app().status().ready()).isEqualTo(3);
                    assertThat(story.app().status().observedGeneration())
                            .isEqualTo(story.app().generation());
                    assertThat(story.app().status().reason()).isNull();
                })
                .scaled(6)
                .afterSeconds(10)
                .then(story -> assertThat(names(story)).hasSize(6).contains("food-web-0006"));
    }

    @Test
    void hundredsAreMadeInOneLook() {
        AppStory story = onHosts(1).created(app(1000, "1"));
        AppReconcile.Look look = story.look(AppStory.KEY);
        assertThat(look.decided().changes()).hasSizeBetween(AppReconcile.CHANGES_MAX, AppReconcile.CHANGES_MAX + 1);
        assertThat(look.again()).isEqualTo(Duration.ZERO);
    }

    @Test
    void surplusGoesGracefullyAndTheNewestOfTheFullestHostFirst() {
        onHosts(2)
                .created(app(4, "1"))
                .afterSeconds(10)
                .scaled(2)
                .then(story -> {
                    var look = story.look(AppStory.KEY);
                    // First they are told to stop; nothing is deleted that has not come to rest.
                    assertThat(look.decided().changes())
                            .allSatisfy(change ->
                                    assertThat(change).isInstanceOf(io.mosaic.controller.cluster.Change.Put.class));
                })
                .afterSeconds(10)
                .then(story -> {
                    assertThat(names(story)).containsExactly("food-web-0001", "food-web-0002");
                    assertThat(story.members().stream()
                                    .map(set -> set.status().host())
                                    .collect(Collectors.toSet()))
                            .hasSize(2);
                });
    }

    @Test
    void unhealthyInstancesGoFirst() {
        onHosts(2)
                .created(app(4, "1"))
                .afterSeconds(10)
                .failing(set -> set.name().equals("food-web-0002"))
                .commit(head -> new io.mosaic.controller.cluster.Decision.Decided(
                        List.of(new io.mosaic.controller.cluster.Change.Put(head.set("default", "food-web-0002")
                                .withStatus(head.set("default", "food-web-0002")
                                        .status()
                                        .in(SetState.FAILED, "broken", io.mosaic.controller.cluster.Samples.NOW)))),
                        List.of()))
                .scaled(3)
                .afterSeconds(10)
                .then(story ->
                        assertThat(names(story)).containsExactly("food-web-0001", "food-web-0003", "food-web-0004"));
    }

    @Test
    void instancesThatWereToLeaveAreKeptWhenTheyAreWantedAgain() {
        AppStory story = onHosts(2).created(app(4, "1")).afterSeconds(10).scaled(2);
        List<UUID> before = story.members().stream().map(SetResource::uid).toList();
        // One look: two are stopping. Their agents have not obeyed yet.
        story.commit(head -> story.look(AppStory.KEY).decided());
        assertThat(story.members().stream().filter(Members::leaves)).hasSize(2);
        story.scaled(4).afterSeconds(10);
        assertThat(story.members().stream().map(SetResource::uid)).containsExactlyElementsOf(before);
        assertThat(story.app().status().state()).isEqualTo(AppStatus.State.READY);
    }

    @Test
    void anInstanceThatSomebodyDeletesComesBackUnderItsName() {
        AppStory story = onHosts(2).created(app(3, "1")).afterSeconds(10);
        UUID before = story.image().set("default", "food-web-0002").uid();
        story.commit(SetDecisions.delete("default", "food-web-0002", null, story.now()))
                .afterSeconds(10);
        assertThat(names(story)).containsExactly("food-web-0001", "food-web-0002", "food-web-0003");
        assertThat(story.image().set("default", "food-web-0002").uid()).isNotEqualTo(before);
    }

    @Test
    void aSurplusInstanceOnASilentHostIsRemovedWhenTheHostIsBack() {
        AppStory story = onHosts(2)
                .created(app(4, "1"))
                .afterSeconds(10)
                .silent("host1")
                .scaled(2)
                .afterSeconds(20);
        assertThat(story.members().stream().filter(set -> !Members.leaves(set)))
                .hasSize(2)
                .allSatisfy(set -> assertThat(set.status().host()).isEqualTo("host2"));
        assertThat(story.members()).hasSize(4);
        story.back("host1").afterSeconds(5);
        assertThat(story.members()).hasSize(2);
    }

    @Test
    void anAppGoesWithItsLastInstanceAndItsHistory() {
        onHosts(2)
                .created(app(3, "1"))
                .afterSeconds(10)
                .template(3, "2")
                .afterSeconds(40)
                .then(story -> story.commit(AppDecisions.delete("default", AppStory.APP, null, story.now())))
                .then(story -> assertThat(story.app().deleting()).isTrue())
                .afterSeconds(10)
                .then(story -> {
                    assertThat(story.image().app("default", AppStory.APP)).isNull();
                    assertThat(story.members()).isEmpty();
                    assertThat(story.image().releases("default", AppStory.APP)).isEmpty();
                });
    }

    @Test
    void anAppGrowsOnlyWhenWhatItRequiresIsHealthy() {
        AppSpec db = new AppSpec("db", 2, template("1"), policy("1"), List.of(), null, Map.of());
        AppSpec web = new AppSpec(
                AppStory.APP,
                2,
                template("1"),
                policy("1"),
                List.of(new AppSpec.Requirement("db", Portion.number(2))),
                null,
                Map.of());
        onHosts(2)
                .failing(set -> set.name().equals("db-0002"))
                .created(db)
                .created(web)
                .afterSeconds(10)
                .then(story -> {
                    assertThat(story.members()).isEmpty();
                    assertThat(story.app().status().reason()).isEqualTo("waits for app db: 1 of 2 healthy");
                })
                .failing(set -> false)
                .afterSeconds(10)
                .then(story -> assertThat(story.members()).hasSize(2));
    }

    @Test
    void anInstanceThatFailsForLongIsStartedAnewThenMovedThenLeftToItsAgent() {
        AppStory story = onHosts(2)
                .created(app(3, "1"))
                .afterSeconds(10)
                .failing(set -> set.name().equals("food-web-0001"));
        SetResource first = story.image().set("default", "food-web-0001");
        // It is told to start, so that the fake agents have something to fail at.
        story.commit(SetDecisions.restart("default", "food-web-0001", null, story.now()))
                .afterSeconds(59);
        assertThat(story.told("Repair")).isEmpty();
        story.afterSeconds(5);
        assertThat(story.told("Repair")).containsExactly("goes on failing: starts anew");
        story.afterSeconds(130);
        assertThat(story.told("Repair"))
                .hasSize(2)
                .contains("goes on failing on host " + first.status().host() + ": is moved");
        assertThat(story.image().set("default", "food-web-0001").status().host())
                .isNotEqualTo(first.status().host());
        story.after(Duration.ofHours(2));
        assertThat(story.told("Repair")).hasSize(Repairs.REPAIRS_MAX);
        assertThat(story.told("CrashLoop"))
                .containsExactly("food-web-0001 fails again and again: ends with exit code 1");
        assertThat(story.app().status().crashLooping()).isOne();
        assertThat(story.app().status().state()).isEqualTo(AppStatus.State.DEGRADED);
        story.failing(set -> false).after(Duration.ofMinutes(12));
        assertThat(story.app().status().state()).isEqualTo(AppStatus.State.READY);
        assertThat(Members.of(story.image().set("default", "food-web-0001")).repairsOrNone())
                .isZero();
    }

    @Test
    void nothingIsMovedWhenMuchOfTheAppFails() {
        AppStory story = onHosts(2).failing(set -> true).created(app(4, "1")).after(Duration.ofMinutes(30));
        assertThat(story.told("Repair")).isNotEmpty().allMatch("goes on failing: starts anew"::equals);
    }

    @Test
    void aDrainKeepsTheBudgetOfTheApp() {
        AppStory story = onHosts(3).created(app(6, "1")).afterSeconds(10).watchingTheBudget();
        story.commit(io.mosaic.controller.host.HostDecisions.drain(
                        "host1", new io.mosaic.model.HostSpec.Drain(100, false), null, story.now()))
                .afterSeconds(60);
        assertThat(story.image().setsOn("host1")).isEmpty();
        assertThat(story.app().status().state()).isEqualTo(AppStatus.State.READY);
    }

    @Test
    void adoptedSetsRunOnAndComeToTheTemplateByBatches() {
        AppStory story = onHosts(2);
        for (String name : List.of("one", "two")) {
            story.commit(SetDecisions.create(
                    "default",
                    template("old").withName(name).withLabels(Map.of("turn", "old", "app", AppStory.APP)),
                    io.mosaic.controller.cluster.Samples.uid(name),
                    story.now()));
        }
        story.afterSeconds(5);
        List<UUID> before = List.of(
                story.image().set("default", "one").uid(),
                story.image().set("default", "two").uid());
        story.commit(AppDecisions.create(
                        "default", app(3, "new"), io.mosaic.controller.cluster.Samples.uid("app"), true, story.now()))
                .afterSeconds(30);
        assertThat(names(story)).containsExactly("one", "two", "food-web-0003");
        assertThat(story.members()).allSatisfy(set -> assertThat(turn(set)).isEqualTo("new"));
        assertThat(story.members().stream().limit(2).map(SetResource::uid)).containsExactlyElementsOf(before);
        assertThat(story.app().status().state()).isEqualTo(AppStatus.State.READY);
        assertThat(story.members())
                .allSatisfy(set -> assertThat(set.intent().run()).isEqualTo(SetIntent.Run.RUNNING));
    }
}
