package io.mosaic.controller.app;

import static io.mosaic.controller.app.AppStory.app;
import static io.mosaic.controller.app.AppStory.onHosts;
import static io.mosaic.controller.app.AppStory.policy;
import static io.mosaic.controller.app.AppStory.template;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.UpdatePolicy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Stories of apps that get other limits: everybody serves on, or is told why not. */
class AppResizeTest {

    private static final UpdateOptions FORCE = new UpdateOptions(true, false);
    private static final UpdateOptions MOVE = new UpdateOptions(false, true);

    private static AppStory running(AppStory story, int replicas, String batch) {
        return story.created(app(replicas, "1").withUpdate(policy(batch)))
                .afterSeconds(10)
                .watchingTheBudget();
    }

    private static SetSpec sized(SetSpec template, int cpuMillis, long memoryMebi) {
        return template.withResources(new SetSpec.Resources(new Cpu(cpuMillis), Bytes.mebi(memoryMebi), null));
    }

    private static AppStory resized(AppStory story, SetSpec template, UpdateOptions options) {
        return story.commit(AppDecisions.update(
                "default", AppStory.APP, spec -> spec.withTemplate(template), false, options, null, story.now()));
    }

    private static ProblemException refused(AppStory story, SetSpec template, UpdateOptions options) {
        return catchThrowableOfType(ProblemException.class, () -> resized(story, template, options));
    }

    private static Map<Integer, Long> cores(AppStory story) {
        return story.members().stream()
                .collect(Collectors.groupingBy(
                        set -> set.spec().resourcesOrNone().cpuOrZero().millis(), Collectors.counting()));
    }

    @Test
    void byBatchesWhileEveryInstanceServes() {
        AppStory story = running(onHosts(4), 8, "2");
        List<UUID> before = story.members().stream().map(SetResource::uid).toList();
        resized(story, sized(template("1"), 120, 90), UpdateOptions.NONE);
        for (int second = 0; second < 20; second++) {
            story.afterSeconds(1);
            assertThat(story.members()).allMatch(Members::serves);
        }
        assertThat(cores(story)).isEqualTo(Map.of(120, 8L));
        assertThat(story.rollout()).isEqualTo(Rollout.State.DONE);
        assertThat(story.app().release()).isEqualTo(2);
        assertThat(story.members().stream().map(SetResource::uid)).containsExactlyElementsOf(before);
        assertThat(story.told("BatchDone")).hasSize(3);
        assertThat(story.told("WeightChanged")).isEmpty();
        // The same again is nothing.
        resized(story, sized(template("1"), 120, 90), UpdateOptions.NONE);
        assertThat(story.app().release()).isEqualTo(2);
    }

    @Test
    void whateverTheStrategyNothingIsReplacedForNewLimits() {
        AppStory story = onHosts(4)
                .created(app(4, "1")
                        .withUpdate(policy("2", UpdatePolicy.Strategy.ROLLING, UpdatePolicy.OnFailure.REVERT, 0)))
                .afterSeconds(10)
                .watchingTheBudget();
        List<UUID> before = story.members().stream().map(SetResource::uid).toList();
        resized(story, sized(template("1"), 120, 90), UpdateOptions.NONE).afterSeconds(20);
        assertThat(cores(story)).isEqualTo(Map.of(120, 4L));
        assertThat(story.members().stream().map(SetResource::uid)).containsExactlyElementsOf(before);
        assertThat(story.told("WeightChanged")).isEmpty();
    }

    @Test
    void aBudgetThatIsUsedUpHoldsNoResizeUp() {
        AppStory story = running(onHosts(4), 4, "4").failing(set -> set.name().equals("food-web-0001"));
        story.commit(head -> {
            SetResource set = Objects.requireNonNull(head.set("default", "food-web-0001"));
            return Decided.of(new Change.Put(
                    set.withStatus(set.status().in(SetState.FAILED, "ends with exit code 1", story.now()))));
        });
        resized(story, sized(template("1"), 120, 100), UpdateOptions.NONE).afterSeconds(1);
        assertThat(cores(story)).isEqualTo(Map.of(120, 4L));
    }

    @Test
    void instancesWithoutRoomAreNamedWithTheFigureAndNoneIsChanged() {
        AppStory story = running(onHosts(1), 8, "2");
        ProblemException refused = refused(story, sized(template("1"), 150, 100), UpdateOptions.NONE);
        assertThat(refused.is(Problem.Kind.CONFLICT)).isTrue();
        // Each asks for 50 more of the 200 that are left.
        assertThat(refused)
                .hasMessageContaining("4 of 8 instances do not fit where they are, and none was changed")
                .hasMessageContaining("food-web-0005: host host1 has no room: cpu 0.15 asked, at most 0.1 fits")
                .hasMessageContaining("food-web-0008")
                .hasMessageContaining("move=true")
                .hasMessageNotContaining("food-web-0004");
        assertThat(story.app().release()).isEqualTo(1);
        resized(story, sized(template("1"), 125, 125), UpdateOptions.NONE).afterSeconds(20);
        assertThat(cores(story)).isEqualTo(Map.of(125, 8L));
    }

    @Test
    void withMoveThoseThatHaveNoRoomGoToOtherHostsWithinTheBudget() {
        AppStory story = running(onHosts(1), 8, "4");
        story.commit(head -> Decided.of(new Change.Put(Samples.host("host2", 1000, 1000))));
        assertThat(refused(story, sized(template("1"), 200, 100), UpdateOptions.NONE))
                .isNotNull();
        resized(story, sized(template("1"), 200, 100), MOVE).after(Duration.ofMinutes(3));
        assertThat(story.rollout()).isEqualTo(Rollout.State.DONE);
        assertThat(cores(story)).isEqualTo(Map.of(200, 8L));
        assertThat(story.members()).allMatch(Members::serves);
        // Only those that moved were out of service.
        int moved = story.told("Moving").size();
        assertThat(moved).isBetween(3, 5);
        assertThat(story.told("WeightChanged")).hasSize(2 * moved);
        assertThat(story.members().stream()
                        .filter(set -> "host2".equals(set.status().host())))
                .hasSize(moved);
    }

    @Test
    void forcedMemoryIsARestartAndSoTakenOutOfServiceFirst() {
        AppStory story = running(onHosts(2), 4, "4");
        resized(story, sized(template("1"), 100, 50), FORCE).afterSeconds(1);
        assertThat(story.members().stream().filter(set -> Members.of(set).muted()))
                .as("the budget is one of four")
                .hasSize(1)
                .allMatch(set -> Bytes.mebi(50).equals(set.intent().forcedMemory()));
        story.afterSeconds(30);
        assertThat(story.members())
                .allMatch(set -> Bytes.mebi(50).equals(set.intent().forcedMemory()))
                .allMatch(Members::serves);
        // More is no restart, and what was forced is not forced any more.
        resized(story, sized(template("1"), 100, 60), FORCE).afterSeconds(1);
        assertThat(story.members()).allMatch(Members::serves);
    }

    @Test
    void limitsThatInstancesDoNotSurviveAreTakenBack() {
        AppStory story = running(onHosts(4), 8, "2")
                .failing(set -> set.spec().resourcesOrNone().cpuOrZero().millis() == 10);
        resized(story, sized(template("1"), 10, 100), UpdateOptions.NONE).afterSeconds(30);
        assertThat(story.rollout()).isEqualTo(Rollout.State.REVERTED);
        assertThat(cores(story)).isEqualTo(Map.of(100, 8L));
        assertThat(story.told("RolloutFailed")).hasSize(1);
    }

    @Test
    void volumesKeepTheirSizeOnTheWayBack() {
        SetSpec small = template("1").withVolume(new SetSpec.VolumeClaim(Bytes.mebi(300), "/data"));
        SetSpec large = small.withVolume(new SetSpec.VolumeClaim(Bytes.mebi(400), "/data"));
        AppStory story = onHosts(2)
                .created(app(2, "1").withTemplate(small).withUpdate(policy("1")))
                .afterSeconds(10)
                .failing(set -> set.spec().labels().containsKey("broken"));
        resized(story, large.withLabels(Map.of("broken", "yes")), UpdateOptions.NONE)
                .afterSeconds(30);
        assertThat(story.rollout()).isEqualTo(Rollout.State.REVERTED);
        assertThat(story.app().spec().templateOrNone()).isEqualTo(small);
        assertThat(story.members()).allMatch(set -> set.status().state() == SetState.RUNNING);
        assertThat(story.members().stream().map(set -> set.spec().diskNeeded()))
                .as("the one that was grown, and the other")
                .containsExactlyInAnyOrder(Bytes.mebi(400), Bytes.mebi(300));

        resized(story, large, UpdateOptions.NONE).afterSeconds(30);
        assertThat(story.members()).allMatch(set -> set.spec().diskNeeded().equals(Bytes.mebi(400)));
        ProblemException nothing = catchThrowableOfType(
                ProblemException.class,
                () -> story.commit(RolloutDecisions.undo("default", AppStory.APP, 1, null, story.now())));
        assertThat(nothing).hasMessageContaining("volumes never shrink");
        assertThat(refused(story, small, UpdateOptions.NONE).problem().errors())
                .extracting(Problem.FieldError::field)
                .containsExactly("/template/volume/size");
        // With something else to go back to, the volume is left as it is.
        resized(story, sized(large, 150, 100), UpdateOptions.NONE).afterSeconds(30);
        story.commit(RolloutDecisions.undo("default", AppStory.APP, 1, null, story.now()))
                .afterSeconds(30);
        assertThat(cores(story)).isEqualTo(Map.of(100, 2L));
        assertThat(story.members()).allMatch(set -> set.spec().diskNeeded().equals(Bytes.mebi(400)));
    }

    @Test
    void anInstanceWithAVolumeDoesNotMove() {
        SetSpec small = template("1").withVolume(new SetSpec.VolumeClaim(Bytes.mebi(300), "/data"));
        AppStory story = onHosts(2).created(app(2, "1").withTemplate(small)).afterSeconds(10);
        assertThat(refused(story, sized(small, 1100, 100), MOVE))
                .hasMessageContaining("2 of 2 instances do not fit")
                .hasMessageContaining("their volumes would stay");
        assertThat(story.app().release()).isEqualTo(1);
    }
}
