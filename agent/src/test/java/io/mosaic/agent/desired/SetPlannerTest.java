package io.mosaic.agent.desired;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.agent.docker.Docker;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SetPlannerTest {
    private static final String TWO = """
            {"name": "web", "resources": {"cpu": 1, "memory": "128Mi"}, "volume": {"size": "300Mi", "mount": "/data"},
             "restart": {"initial": "1s", "max": "10s", "reset": "1m", "attempts": 5},
             "containers": [{"index": 2, "name": "back", "image": "b:1", "options": {}},
                            {"index": 1, "name": "front", "image": "f:1", "options": {}}]}
            """;

    @Test
    void businessContainersAreMadeWhileTheInfraContainerStartsAndStartInOrder() {
        PlannedSet set = new PlannedSet(1, TWO);
        Plan first = set.planner.next(set.goal, set.seen, set.memory, set.now);
        assertThat(first.steps())
                .containsExactlyInAnyOrder(
                        new Step.EnsureImage("mosaic/infra:1"),
                        new Step.EnsureImage("f:1"),
                        new Step.EnsureImage("b:1"),
                        new Step.EnsureVolume());
        set.until(SetState.RUNNING, 100);
        List<String> steps = set.begun.stream().map(SetPlannerTest::word).toList();
        assertThat(steps).containsSubsequence("Create infra", "Start infra", "Start front", "Start back");
        int startInfra = steps.indexOf("Start infra");
        assertThat(steps.subList(startInfra + 1, startInfra + 3))
                .containsExactlyInAnyOrder("Create front", "Create back");
        assertThat(set.report.containers()).extracting("state").containsOnly(ContainerStatus.State.UP);
    }

    @Test
    void nothingIsDoneAboutASetThatIsAsItShouldBe() {
        PlannedSet set = running();
        Plan plan = set.planner.next(set.goal, set.seen, set.memory, set.now);
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.wake()).isNull();
        assertThat(plan.report().state()).isEqualTo(SetState.RUNNING);
    }

    @Test
    void theWaitGrowsWhileAContainerKeepsEndingAndStartsAnewAfterAGoodRun() {
        PlannedSet set = running();
        List<Long> waits = new java.util.ArrayList<>();
        for (int i = 0; i < 3; i++) {
            set.die("front", 1);
            set.until(SetState.FAILED, 5);
            waits.add(set.memory.of("front").due().toEpochMilli()
                    - set.host.boxes.get("front").finished.toEpochMilli());
            assertThat(set.report.reason()).contains("front: ended with exit code 1", "next start at");
            set.until(SetState.RUNNING, 20);
        }
        assertThat(waits).containsExactly(1000L, 2000L, 4000L);
        set.pass(java.time.Duration.ofMinutes(2));
        set.die("front", 1);
        set.until(SetState.FAILED, 5);
        assertThat(set.memory.of("front").row()).isEqualTo(1);
    }

    @Test
    void afterTooManyRestartsInARowTheSetStaysFailed() {
        PlannedSet set = running();
        for (int i = 0; i < 6; i++) {
            set.die("front", 3);
            for (int step = 0; step < 30 && set.advance(); step++) {
                assertThat(set.report).isNotNull();
            }
        }
        assertThat(set.report.state()).isEqualTo(SetState.FAILED);
        assertThat(set.report.reason()).contains("gave up after 5 restarts");
        assertThat(set.host.boxes.get("back").running).isTrue();
    }

    @Test
    void aDeadInfraContainerTakesTheWholeSetThroughAnOrderedStart() {
        PlannedSet set = running();
        set.begun.clear();
        set.die(ContainerStatus.INFRA, 137);
        set.until(SetState.FAILED, 20);
        set.until(SetState.RUNNING, 100);
        List<String> steps = set.begun.stream().map(SetPlannerTest::word).toList();
        assertThat(steps).contains("Kill front", "Kill back");
        assertThat(steps).containsSubsequence("Start infra", "Start front", "Start back");
        assertThat(set.host.boxes.get("front").started).isAfter(set.host.boxes.get("infra").started);
    }

    @Test
    void stopsInReverseOrderAndKeepsTheVolume() {
        PlannedSet set = running();
        set.begun.clear();
        set.want(new SetIntent(SetIntent.Run.STOPPED, 0));
        set.until(SetState.STOPPED, 50);
        assertThat(set.begun.stream().map(SetPlannerTest::word).filter(word -> !word.startsWith("Inspect")))
                .containsExactly("Stop back", "Stop front", "Kill infra");
        assertThat(set.host.volume).isTrue();
        assertThat(set.story).doesNotContain("Died", "OomKilled");
    }

    @Test
    void deletesBusinessContainersThenInfraThenTheVolume() {
        PlannedSet set = running();
        set.begun.clear();
        set.want(new SetIntent(SetIntent.Run.DELETED, 0));
        set.until(SetState.DELETED, 50);
        assertThat(set.begun.stream().map(SetPlannerTest::word))
                .containsExactlyInAnyOrder("Remove front", "Remove back", "Remove infra", "RemoveVolume");
        assertThat(set.begun.reversed().stream().map(SetPlannerTest::word).limit(2))
                .containsExactly("RemoveVolume", "Remove infra");
        assertThat(set.host.boxes).isEmpty();
    }

    @Test
    void aRestartIsDoneOnceAlsoWhenTheAgentIsRestartedInTheMiddle() {
        for (int crash = 0; crash < 40; crash++) {
            PlannedSet set = running();
            int before = set.host.starts;
            set.want(new SetIntent(SetIntent.Run.RUNNING, 1));
            for (int i = 0; i < crash; i++) {
                set.advance();
            }
            set.restartAgent();
            set.until(SetState.RUNNING, 200);
            assertThat(set.goal.restartPending())
                    .as("crash after %s steps", crash)
                    .isFalse();
            assertThat(set.host.starts - before)
                    .as("crash after %s steps", crash)
                    .isEqualTo(2);
        }
    }

    @Test
    void whatEndedWellUnderOnFailureLetsTheNextStart() {
        PlannedSet set = new PlannedSet(1, TWO.replace("\"restart\": {", "\"restart\": {\"policy\": \"on-failure\", "));
        set.until(SetState.RUNNING, 100);
        set.die("front", 0);
        set.until(SetState.RUNNING, 20);
        assertThat(set.host.boxes.get("front").running).isFalse();
        set.die("back", 0);
        set.until(SetState.STOPPED, 20);
        assertThat(set.report.reason()).contains("exit code 0");
        assertThat(set.host.boxes.get("infra").running).isTrue();
    }

    @Test
    void changedLimitsAreRestoredAndNewOnesAreSetLive() {
        PlannedSet set = running();
        set.host.boxes.get("front").limits = new Docker.Limits(1, 2, 3, null);
        set.tellChanged("front");
        set.until(SetState.RUNNING, 20);
        while (set.advance()) {
            assertThat(set.report).isNotNull();
        }
        assertThat(set.host.boxes.get("front").limits.memoryBytes()).isEqualTo(64L << 20);
        assertThat(set.story).contains("LimitsRestored");

        SetSpec spec = set.goal.set().spec();
        SetSpec more = spec.withResources(
                new SetSpec.Resources(spec.resourcesOrNone().cpu(), io.mosaic.model.Bytes.mebi(256), null));
        io.mosaic.model.link.DesiredSet old = set.goal.set();
        set.goal = new SetGoal(
                new io.mosaic.model.link.DesiredSet(old.uid(), old.tenant(), old.name(), 2, more, old.intent()), 0);
        int starts = set.host.starts;
        set.until(SetState.RESIZING, 5);
        set.until(SetState.RUNNING, 20);
        assertThat(set.host.boxes.get("back").limits.memoryBytes()).isEqualTo(128L << 20);
        assertThat(set.host.starts).isEqualTo(starts);
    }

    @Test
    void anUpgradedAgentWithAnotherHashSchemeReplacesNothing() {
        Blueprint blueprint = new Blueprint(new PlannedSet(1, TWO).goal.set(), PlannedSet.RULES);
        assertThat(blueprint.outdated("front", blueprint.hash("front"))).isFalse();
        assertThat(blueprint.outdated("front", "1:other")).isTrue();
        assertThat(blueprint.outdated("front", "0:other")).isFalse();
    }

    @Test
    void limitsLabelsAndRestartPolicyAreNoReasonToMakeAContainerAnew() {
        PlannedSet set = new PlannedSet(1, TWO);
        PlannedSet other = new PlannedSet(
                1,
                TWO.replace("\"cpu\": 1", "\"cpu\": 2")
                        .replace("\"1m\"", "\"2m\"")
                        .replace("\"options\": {}}]", "\"options\": {\"CPU\": 20, \"MEM\": 70}}]"));
        PlannedSet image = new PlannedSet(1, TWO.replace("f:1", "f:2"));
        for (String name : List.of("infra", "front", "back")) {
            assertThat(hash(other, name)).isEqualTo(hash(set, name));
        }
        assertThat(hash(image, "front")).isNotEqualTo(hash(set, "front"));
    }

    @Test
    void aSysctlThatIsNotAllowedFailsTheSetByName() {
        PlannedSet set =
                new PlannedSet(1, TWO.replace("\"volume\"", "\"sysctls\": {\"kernel.panic\": \"1\"}, \"volume\""));
        Plan plan = set.planner.next(set.goal, set.seen, set.memory, set.now);
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.report().state()).isEqualTo(SetState.FAILED);
        assertThat(plan.report().reason()).contains("kernel.panic");
        PlannedSet allowed =
                new PlannedSet(1, TWO.replace("\"volume\"", "\"sysctls\": {\"vm.swappiness\": \"1\"}, \"volume\""));
        allowed.until(SetState.RUNNING, 100);
        assertThat(allowed.begun.stream().map(SetPlannerTest::word))
                .containsSubsequence("Start infra", "SetSysctls", "Start front");
        assertThat(new Blueprint(allowed.goal.set(), PlannedSet.RULES)
                        .infra(null)
                        .privileged())
                .isTrue();
    }

    @Test
    void aChangedContainerIsReplacedAndItsSiblingsAreLeftAlone() {
        PlannedSet set = running();
        String infra = set.host.boxes.get("infra").id;
        ModelHost.Box back = set.host.boxes.get("back");
        Instant backStarted = back.started;
        set.begun.clear();
        set.want(TWO.replace("f:1", "f:2"));
        set.until(SetState.UPDATING, 5);
        set.untilQuiet(SetState.RUNNING, 50);
        assertThat(set.begun.stream().map(SetPlannerTest::word).filter(word -> !word.startsWith("Inspect")))
                .containsExactly(
                        "EnsureImage", "Create front~", "Stop front", "Start front~", "Remove front", "Rename front~");
        assertThat(set.host.boxes.get("infra").id).isEqualTo(infra);
        assertThat(set.host.boxes.get("back")).isSameAs(back);
        assertThat(back.started).isEqualTo(backStarted);
        assertThat(set.host.boxes).containsOnlyKeys("infra", "front", "back");
        assertThat(set.story).contains("ContainerReplaced").doesNotContain("Died");
    }

    @Test
    void severalAreMadeFirstAndThenReplacedOneAfterTheOther() {
        PlannedSet set = running();
        set.begun.clear();
        set.want(TWO.replace("f:1", "f:2").replace("b:1", "b:2"));
        set.untilQuiet(SetState.RUNNING, 80);
        List<String> steps = set.begun.stream().map(SetPlannerTest::word).toList();
        assertThat(steps.indexOf("Stop front"))
                .isGreaterThan(steps.indexOf("Create front~"))
                .isGreaterThan(steps.indexOf("Create back~"));
        assertThat(steps).containsSubsequence("Stop front", "Rename front~", "Stop back", "Rename back~");
    }

    @Test
    void whileTheNewImageCannotBeHadTheOldContainerRunsOnAndChangingBackEndsTheAttempt() {
        PlannedSet set = running();
        ModelHost.Box front = set.host.boxes.get("front");
        set.host.lacking = "f:9";
        set.want(TWO.replace("f:1", "f:9"));
        for (int i = 0; i < 20; i++) {
            set.advance();
        }
        assertThat(set.report.state()).isEqualTo(SetState.UPDATING);
        assertThat(set.report.reason()).contains("f:9 cannot be had", "next attempt at");
        assertThat(front.running).isTrue();
        // What ends by itself meanwhile is started again, being all there is.
        set.die("front", 1);
        for (int i = 0; i < 20; i++) {
            set.advance();
        }
        assertThat(front.running).isTrue();
        int starts = set.host.starts;
        set.want(TWO);
        set.untilQuiet(SetState.RUNNING, 20);
        assertThat(set.host.boxes.get("front")).isSameAs(front);
        assertThat(set.host.starts).isEqualTo(starts);
    }

    @Test
    void changingBackBeforeTheOldOneStoppedThrowsTheSuccessorAway() {
        for (int steps = 0; steps < 12; steps++) {
            PlannedSet set = running();
            set.want(TWO.replace("f:1", "f:2"));
            for (int i = 0; i < steps; i++) {
                set.advance();
            }
            set.want(TWO);
            set.untilQuiet(SetState.RUNNING, 80);
            assertThat(set.host.boxes).as("after %s", steps).containsOnlyKeys("infra", "front", "back");
            assertThat(set.host.boxes.get("front").hash)
                    .isEqualTo(new Blueprint(set.goal.set(), PlannedSet.RULES).hash("front"));
        }
    }

    @Test
    void anAgentKilledAnywhereInAReplacementGoesOnWithIt() {
        for (int crash = 0; crash < 30; crash++) {
            PlannedSet set = running();
            ModelHost.Box back = set.host.boxes.get("back");
            int starts = set.host.starts;
            set.want(TWO.replace("f:1", "f:2"));
            for (int i = 0; i < crash; i++) {
                set.advance();
            }
            set.restartAgent();
            set.untilQuiet(SetState.RUNNING, 100);
            assertThat(set.host.boxes).as("crash after %s", crash).containsOnlyKeys("infra", "front", "back");
            assertThat(set.host.boxes.get("back")).isSameAs(back);
            assertThat(set.host.starts - starts).as("crash after %s", crash).isEqualTo(1);
        }
    }

    @Test
    void anAgentThatTookOverLooksWhereTheVolumeIsBeforeItMakesASuccessor() {
        PlannedSet set = running();
        set.restartAgent();
        set.untilQuiet(SetState.RUNNING, 50);
        set.begun.clear();
        set.want(TWO.replace("f:1", "f:2"));
        set.untilQuiet(SetState.RUNNING, 50);
        assertThat(set.begun.stream().map(SetPlannerTest::word)).containsSubsequence("EnsureVolume", "Create front~");
        assertThat(set.story).containsOnlyOnce("VolumeReady");
    }

    @Test
    void aVolumeThatCannotBeFoundHoldsAnUpdateUpAndNotWhatRuns() {
        PlannedSet set = running();
        ModelHost.Box front = set.host.boxes.get("front");
        set.restartAgent();
        set.untilQuiet(SetState.RUNNING, 50);
        set.host.volumeLost = true;
        set.want(TWO.replace("f:1", "f:2"));
        Instant asked = set.now;
        for (int i = 0; i < 20; i++) {
            set.advance();
        }
        assertThat(set.report.state()).isEqualTo(SetState.UPDATING);
        assertThat(set.report.reason()).contains("the volume cannot be found", "next attempt at");
        assertThat(set.now).as("tried again after a while each time").isAfter(asked.plusSeconds(10));
        assertThat(front.running).isTrue();
        set.host.volumeLost = false;
        set.untilQuiet(SetState.RUNNING, 60);
        assertThat(set.host.boxes.get("front")).isNotSameAs(front);
    }

    @Test
    void aNewContainerThatDoesNotBecomeHealthyShows() {
        String checked = TWO.replace(
                "\"image\": \"f:1\", \"options\": {}",
                "\"image\": \"f:1\", \"options\": {\"health\": {\"tcp\": 80, \"deadline\": \"3s\"}}");
        PlannedSet set = new PlannedSet(1, checked);
        set.until(SetState.RUNNING, 300);
        set.host.sick = true;
        set.want(checked.replace("f:1", "f:2"));
        set.until(SetState.FAILED, 400);
        assertThat(set.report.reason()).contains("front: ended as its health check failed");
        assertThat(set.host.boxes.get("back").running).isTrue();
    }

    @Test
    void healthChecksAndPortsChangeWithoutANewContainer() {
        PlannedSet set = running();
        ModelHost.Box front = set.host.boxes.get("front");
        set.want(
                TWO.replace(
                        "\"image\": \"f:1\", \"options\": {}",
                        "\"image\": \"f:1\", \"options\": {\"ports\": [80], \"health\": {\"tcp\": 80}, \"stopGrace\": \"1s\"}"));
        set.untilQuiet(SetState.RUNNING, 100);
        assertThat(set.host.boxes.get("front")).isSameAs(front);
    }

    @Test
    void containersAreAddedAndRemovedInARunningSet() {
        PlannedSet set = running();
        ModelHost.Box front = set.host.boxes.get("front");
        set.want(TWO.replace("\"name\": \"back\", \"image\": \"b:1\"", "\"name\": \"side\", \"image\": \"s:1\""));
        set.untilQuiet(SetState.RUNNING, 60);
        assertThat(set.host.boxes).containsOnlyKeys("infra", "front", "side");
        assertThat(set.host.boxes.get("front")).isSameAs(front);
        assertThat(set.begun.stream().map(SetPlannerTest::word)).containsSubsequence("Stop back", "Remove back");
    }

    @Test
    void aVolumeGrowsWhileTheSetRunsAndOneThatCannotIsNoFailureOfTheSet() {
        PlannedSet set = running();
        int starts = set.host.starts;
        set.want(TWO.replace("300Mi", "600Mi"));
        set.until(SetState.RESIZING, 3);
        set.untilQuiet(SetState.RUNNING, 20);
        assertThat(set.host.volumeSize).isEqualTo(Bytes.mebi(600));
        assertThat(set.story).contains("VolumeGrown");
        set.host.volumeMax = Bytes.mebi(600);
        set.want(TWO.replace("300Mi", "900Mi"));
        for (int i = 0; i < 10; i++) {
            set.advance();
        }
        assertThat(set.report.state()).isEqualTo(SetState.RUNNING);
        assertThat(set.report.reason()).contains("a volume of 900Mi does not fit", "next attempt at");
        assertThat(set.host.starts).isEqualTo(starts);
        // Whoever comes anew looks once whether it has the size.
        set.want(TWO.replace("300Mi", "600Mi"));
        set.restartAgent();
        set.untilQuiet(SetState.RUNNING, 40);
        assertThat(set.report.reason()).isNull();
    }

    @Test
    void memoryBelowUseIsNotPutInForceUnlessForcedAndThenByARestart() {
        PlannedSet set = running();
        ModelHost.Box front = set.host.boxes.get("front");
        Instant started = front.started;
        set.host.used = 50L << 20;
        set.want(TWO.replace("128Mi", "64Mi"));
        for (int i = 0; i < 12; i++) {
            set.advance();
        }
        assertThat(set.report.state()).isEqualTo(SetState.RUNNING);
        assertThat(set.report.reason()).contains("limits of front are not as asked for: it uses more");
        assertThat(set.story).contains("LimitsNotSet");
        assertThat(front.limits.memoryBytes()).isEqualTo(64L << 20);
        assertThat(front.started).isEqualTo(started);
        set.want(SetIntent.RUNNING.forcing(Bytes.mebi(64)));
        set.untilQuiet(SetState.RUNNING, 80);
        assertThat(front.limits.memoryBytes()).isEqualTo(32L << 20);
        assertThat(set.host.boxes.get("front")).isSameAs(front);
        assertThat(front.started).isAfter(started);
        assertThat(set.story).doesNotContain("Died");
    }

    @Test
    void aReplacementIsHeldUpNeitherByMemoryThatTheOldOneUsesNorByAVolumeThatCannotGrow() {
        String draining = TWO.replace("\"volume\"", "\"drain\": \"2s\", \"volume\"");
        PlannedSet set = new PlannedSet(1, draining);
        set.untilQuiet(SetState.RUNNING, 100);
        set.host.used = 50L << 20;
        set.host.volumeMax = Bytes.mebi(300);
        set.want(draining.replace("f:1", "f:2").replace("128Mi", "64Mi").replace("300Mi", "900Mi"));
        for (int i = 0; i < 80; i++) {
            set.advance();
        }
        ModelHost.Box front = set.host.boxes.get("front");
        assertThat(front.hash).isEqualTo(new Blueprint(set.goal.set(), PlannedSet.RULES).hash("front"));
        assertThat(front.limits.memoryBytes()).isEqualTo(32L << 20);
        assertThat(set.host.boxes).containsOnlyKeys("infra", "front", "back");
    }

    @Test
    void cgroupKeysAreSetInEveryRunAndGoWhenNobodyAsksForThem() {
        String keyed = TWO.replace(
                "\"memory\": \"128Mi\"",
                "\"memory\": \"128Mi\", \"cgroup\": {\"memory.swappiness\": \"1\"}, \"io\": {\"readIops\": 100}");
        PlannedSet set = new PlannedSet(1, keyed);
        set.untilQuiet(SetState.RUNNING, 100);
        ModelHost.Box front = set.host.boxes.get("front");
        assertThat(front.keys.values()).containsEntry("memory.swappiness", "1");
        assertThat(front.keys.io()).isNotNull();
        assertThat(front.keys.io().readIops()).isEqualTo(50);
        set.die("front", 1);
        set.until(SetState.FAILED, 5);
        set.untilQuiet(SetState.RUNNING, 50);
        assertThat(front.keys.values()).containsEntry("memory.swappiness", "1");
        set.want(TWO);
        set.until(SetState.RESIZING, 5);
        set.untilQuiet(SetState.RUNNING, 20);
        assertThat(front.keys.isEmpty()).isTrue();
    }

    @Test
    void aSetThatDrainsSaysSoBeforeItsContainersStop() {
        PlannedSet set = new PlannedSet(1, TWO.replace("\"volume\"", "\"drain\": \"5s\", \"volume\""));
        set.until(SetState.RUNNING, 100);
        set.begun.clear();
        Instant asked = set.now;
        set.want(new SetIntent(SetIntent.Run.STOPPED, 0));
        Plan plan = set.planner.next(set.goal, set.seen, set.memory, set.now);
        assertThat(plan.report().state()).isEqualTo(SetState.STOPPING);
        assertThat(plan.report().reason()).contains("serves no more; stops at");
        assertThat(plan.steps()).isEmpty();
        assertThat(plan.wake()).isEqualTo(asked.plusSeconds(5));
        set.until(SetState.STOPPED, 50);
        assertThat(set.host.boxes.get("back").finished).isAfterOrEqualTo(asked.plusSeconds(5));
        set.want(SetIntent.RUNNING);
        set.untilQuiet(SetState.RUNNING, 50);
        assertThat(set.memory.drainSince()).isNull();
    }

    private static String hash(PlannedSet set, String name) {
        return new Blueprint(set.goal.set(), PlannedSet.RULES).hash(name);
    }

    private static PlannedSet running() {
        PlannedSet set = new PlannedSet(1, TWO);
        set.until(SetState.RUNNING, 100);
        while (set.advance()) {
            assertThat(set.report.state()).isEqualTo(SetState.RUNNING);
        }
        assertThat(set.host.boxes.keySet())
                .isEqualTo(Map.of("infra", 1, "front", 1, "back", 1).keySet());
        return set;
    }

    static String word(Step step) {
        String name = step.getClass().getSimpleName();
        return step instanceof Step.OnContainer on && !(step instanceof Step.SetSysctls)
                ? name + " " + on.container()
                : name;
    }
}
