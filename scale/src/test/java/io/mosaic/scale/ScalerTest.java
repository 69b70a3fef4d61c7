package io.mosaic.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Policies as stories. */
class ScalerTest {

    private static final String NOON = "2026-11-20T12:00:00Z";
    private static final String CPU = """
            {"minimum": 2, "maximum": 20, "metrics": [{"metric": "cpu", "target": "60%"}]}""";

    private static ScalingStory story(String policy, int replicas) {
        return new ScalingStory(policy, replicas, NOON);
    }

    @Test
    void busyInstancesGetHelpAtOnceAndTheEventSaysWhy() {
        ScalingStory story = story(CPU, 12).cpu(83).look();

        assertThat(story.replicas()).isEqualTo(17);
        assertThat(story.last().because()).isEqualTo("cpu 83% over target 60%");
        assertThat(story.last().inputs()).containsExactly("cpu 83% over target 60%, wants 17");
    }

    @Test
    void aStabilisationWindowUpTakesTheLeastThatWasAskedForInIt() {
        ScalingStory story = story("""
                {"maximum": 40, "metrics": [{"metric": "cpu", "target": "60%"}], "up": {"stabilise": "60s"}}""", 12);
        story.cpu(90).pass(Duration.ofSeconds(30));
        assertThat(story.replicas()).isEqualTo(12);
        story.cpu(83).pass(Duration.ofSeconds(40));
        assertThat(story.replicas()).isEqualTo(17);
        assertThat(story.last().because()).isEmpty();
    }

    @Test
    void aPeakThatPassesDoesNotScaleOutOverAStabilisationWindow() {
        ScalingStory story = story("""
                {"maximum": 40, "metrics": [{"metric": "cpu", "target": "60%"}], "up": {"stabilise": "60s"}}""", 12);
        for (int i = 0; i < 10; i++) {
            story.cpu(90).pass(Duration.ofSeconds(40)).cpu(60).look();
        }
        assertThat(story.replicas()).isEqualTo(12);
    }

    @Test
    void idleInstancesGoAfterTheWindowAndNoSooner() {
        ScalingStory story = story(CPU, 12).cpu(20).pass(Duration.ofSeconds(295));
        assertThat(story.replicas()).isEqualTo(12);
        story.cpu(20).pass(Duration.ofSeconds(10));
        assertThat(story.replicas()).isEqualTo(4);
    }

    @Test
    void oneBusyMomentInTheWindowKeepsWhatItNeeded() {
        ScalingStory story = story(CPU, 12).cpu(20).pass(Duration.ofSeconds(150));
        story.cpu(45).look();
        story.cpu(20).pass(Duration.ofSeconds(200));
        assertThat(story.replicas()).isEqualTo(9);
        story.cpu(20).pass(Duration.ofSeconds(400));
        assertThat(story.replicas()).isLessThan(9);
    }

    @Test
    void withinTheToleranceNothingIsDone() {
        ScalingStory story = story(CPU, 10).cpu(65).pass(Duration.ofMinutes(20));
        assertThat(story.replicas()).isEqualTo(10);
        story.cpu(55).pass(Duration.ofMinutes(20));
        assertThat(story.replicas()).isEqualTo(10);
        story.cpu(67).look();
        assertThat(story.replicas()).isEqualTo(12);
    }

    @Test
    void missingDataNeverScalesIn() {
        ScalingStory story = story(CPU, 12).reading(new Reading.Missing("no controller told of it"));
        assertThat(story.pass(Duration.ofHours(1)).replicas()).isEqualTo(12);

        ScalingStory old = story(CPU, 12).reading(new Reading.Use(100, 12_000, 12, Duration.ofSeconds(61)));
        assertThat(old.pass(Duration.ofHours(1)).replicas()).isEqualTo(12);

        ScalingStory both = story("""
                {"maximum": 20, "metrics": [{"metric": "cpu", "target": "60%"},
                 {"metric": "prometheus", "target": 100, "url": "http://p", "query": "q"}]}""", 12);
        both.reading(new Reading.Use(100, 12_000, 12, Duration.ZERO), new Reading.Missing("down"));
        assertThat(both.pass(Duration.ofHours(1)).replicas()).isEqualTo(12);
        assertThat(both.last().inputs()).anyMatch(told -> told.contains("query") || told.contains("down"));
    }

    @Test
    void anInstanceThatIsNotKnownIsNotSentAwayAndDoesNotAskForMore() {
        ScalingStory story = story(CPU, 12).cpu(20, 6).pass(Duration.ofMinutes(10));
        // Six at 20% need two; the six that are not known stay.
        assertThat(story.replicas()).isEqualTo(8);

        ScalingStory starting = story(CPU, 12).cpu(83, 6).pass(Duration.ofMinutes(10));
        // Six at 83% need nine, and there are twelve.
        assertThat(starting.replicas()).isEqualTo(12);
    }

    @Test
    void ofSeveralMetricsTheMostDemandingCounts() {
        ScalingStory story = story("""
                {"maximum": 30, "metrics": [{"metric": "cpu", "target": "60%"}, {"metric": "network", "target": "10M"}]}""", 10);
        story.reading(
                new Reading.Use(3000, 10_000, 10, Duration.ZERO), new Reading.Use(180_000_000, 0, 10, Duration.ZERO));
        assertThat(story.look().replicas()).isEqualTo(18);
        assertThat(story.last().because()).contains("network").contains("over target 10M");
    }

    @Test
    void aStepLimitCountsByTheMinute() {
        ScalingStory story = story("""
                {"maximum": 100, "metrics": [{"metric": "cpu", "target": "50%"}], "up": {"perMinute": 4}}""", 10);
        story.cpu(100).look();
        assertThat(story.replicas()).isEqualTo(14);
        story.cpu(100).pass(Duration.ofSeconds(50));
        assertThat(story.replicas()).isEqualTo(14);
        story.cpu(100).pass(Duration.ofSeconds(15));
        assertThat(story.replicas()).isEqualTo(18);
    }

    @Test
    void aStepLimitInPercentIsOfWhatThereWasAMinuteAgo() {
        ScalingStory story = story("""
                {"maximum": 100, "metrics": [{"metric": "cpu", "target": "50%"}],
                 "down": {"stabilise": "0s", "perMinute": "10%"}}""", 40);
        story.cpu(5).pass(Duration.ofSeconds(60));
        assertThat(story.replicas()).isEqualTo(36);
        story.cpu(5).pass(Duration.ofSeconds(60));
        assertThat(story.replicas()).isEqualTo(33);
    }

    @Test
    void afterAChangeTheDirectionRestsForItsCooldown() {
        ScalingStory story = story("""
                {"maximum": 100, "metrics": [{"metric": "cpu", "target": "50%"}], "up": {"cooldown": "3m"}}""", 10);
        story.cpu(100).look();
        assertThat(story.replicas()).isEqualTo(20);
        story.cpu(100).pass(Duration.ofSeconds(170));
        assertThat(story.replicas()).isEqualTo(20);
        story.cpu(100).pass(Duration.ofSeconds(15));
        assertThat(story.replicas()).isEqualTo(40);
    }

    @Test
    void theBoundsHoldWhateverIsMeasured() {
        ScalingStory story = story(CPU, 12).cpu(100).pass(Duration.ofMinutes(1));
        assertThat(story.replicas()).isEqualTo(20);
        story.cpu(0).pass(Duration.ofMinutes(20));
        assertThat(story.replicas()).isEqualTo(2);
    }

    @Test
    void aNewLeaderWithoutMemoryWaitsForAWholeWindow() {
        ScalingStory story =
                story(CPU, 12).cpu(20).pass(Duration.ofSeconds(290)).newLeader();
        story.cpu(20).pass(Duration.ofSeconds(290));
        assertThat(story.replicas()).isEqualTo(12);
        story.cpu(20).pass(Duration.ofSeconds(15));
        assertThat(story.replicas()).isEqualTo(4);
    }

    @Test
    void memoryStaysSmallHoweverLongTheWindow() {
        ScalingStory story = story("""
                {"maximum": 20, "metrics": [{"metric": "cpu", "target": "60%"}], "down": {"stabilise": "6h"}}""", 12);
        for (int i = 0; i < 8; i++) {
            story.cpu(20).pass(Duration.ofMinutes(30)).cpu(60).pass(Duration.ofMinutes(30));
        }
        assertThat(story.memory().spans()).hasSizeLessThan(60);
        assertThat(story.replicas()).isEqualTo(12);
    }

    @Test
    void aWindowByTheClockMovesTheAppAtOnceBothWays() {
        String policy = """
                {"minimum": 2, "maximum": 60, "windows": [
                  {"name": "lunch", "cron": "0 11 * * MON-FRI", "zone": "Asia/Shanghai", "replicas": 60},
                  {"name": "afternoon", "cron": "0 14 * * MON-FRI", "zone": "Asia/Shanghai", "replicas": 20}]}""";
        ScalingStory friday = new ScalingStory(policy, 20, "2026-11-20T02:59:50Z");
        assertThat(friday.look().replicas()).isEqualTo(20);
        friday.pass(Duration.ofSeconds(15));
        assertThat(friday.replicas()).isEqualTo(60);
        friday.pass(Duration.ofHours(3));
        assertThat(friday.replicas()).isEqualTo(20);
    }

    @Test
    void metricsMayWantMoreThanTheWindowButNotLess() {
        String policy = """
                {"minimum": 2, "maximum": 60, "metrics": [{"metric": "cpu", "target": "60%"}],
                 "windows": [{"name": "lunch", "cron": "0 11 * * *", "lasts": "3h", "replicas": 10}]}""";
        ScalingStory story = story(policy, 10).cpu(5).pass(Duration.ofMinutes(30));
        assertThat(story.replicas()).isEqualTo(10);
        story.cpu(90).look();
        assertThat(story.replicas()).isEqualTo(15);
    }

    @Test
    void aLoadCallHoldsAgainstThePoliciesUntilItsTimeIsOver() {
        ScalingStory story = story(CPU, 4).held(15, Duration.ofMinutes(10));
        story.reading(new Reading.Use(0, 15_000, 15, Duration.ZERO));
        story.pass(Duration.ofMinutes(9));
        assertThat(story.replicas()).isEqualTo(15);
        story.pass(Duration.ofMinutes(2));
        assertThat(story.replicas()).isEqualTo(2);
    }

    @Test
    void withoutWindowsAndMetricsWhatWasAskedForStays() {
        ScalingStory story = story("{\"minimum\": 1, \"maximum\": 9}", 3).held(7, Duration.ofMinutes(1));
        assertThat(story.pass(Duration.ofHours(2)).replicas()).isEqualTo(7);
    }

    @Test
    void aQueryIsForAllInstancesTogetherAndWakesAnAppFromNone() {
        String policy = """
                {"minimum": 0, "maximum": 30, "metrics": [
                  {"metric": "prometheus", "target": 100, "url": "http://p", "query": "q"}]}""";
        ScalingStory story = story(policy, 0).reading(new Reading.Total(950, Duration.ZERO));
        assertThat(story.look().replicas()).isEqualTo(10);
        story.reading(new Reading.Total(0, Duration.ZERO)).pass(Duration.ofMinutes(6));
        assertThat(story.replicas()).isZero();
    }
}
