package io.mosaic.agent.desired;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.AppRoles;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.Interval;
import io.mosaic.model.Placement.Part;
import io.mosaic.model.RoleStatus;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetRole;
import io.mosaic.model.SetState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The role of a set on its host: who is told what, when, and what follows when that fails. */
class RolePlanTest {
    private static final String SPEC = """
            {"name": "db", "resources": {"cpu": 1, "memory": "128Mi"},
             "restart": {"initial": "1s", "max": "2s", "reset": "1m"},
             "containers": [{"index": 1, "name": "front", "image": "f:1", "options": {}},
                            {"index": 2, "name": "back", "image": "b:1", "options": {}}]}
            """;

    private static final Duration FENCE = Duration.ofSeconds(15);

    private static SetRole role(Part is, long term) {
        return new SetRole(
                is,
                term,
                null,
                new AppRoles.Command(List.of("promote"), Interval.ofSeconds(5)),
                new AppRoles.Command(List.of("demote"), Interval.ofSeconds(5)),
                new Interval(FENCE.toMillis()));
    }

    private static PlannedSet standby(long seed) {
        PlannedSet set = new PlannedSet(seed, SPEC);
        set.leased = set.now;
        set.want(SetIntent.RUNNING.withRole(role(Part.STANDBY, 1)));
        set.untilQuiet(SetState.RUNNING, 200);
        return set;
    }

    private static PlannedSet primary(long seed) {
        PlannedSet set = standby(seed);
        set.leased = set.now;
        told(set, Part.PRIMARY, 2);
        assertThat(set.report.role()).isEqualTo(new RoleStatus(Part.PRIMARY, 2, null));
        return set;
    }

    /** Told that role, and done with it. */
    private static void told(PlannedSet set, Part is, long term) {
        set.want(SetIntent.RUNNING.withRole(role(is, term)));
        for (int i = 0; i < 300; i++) {
            set.advance();
            set.leased = set.now;
            RoleStatus said = set.report.role();
            boolean done = said != null && said.term() == term && (said.is() == is || said.fault() != null);
            if (done && set.report.state() == SetState.RUNNING) {
                return;
            }
        }
        throw new AssertionError("not " + is + " but " + set.report + ", " + set.memory.role());
    }

    private static void pass(PlannedSet set, Duration time) {
        Instant end = set.now.plus(time);
        while (set.now.isBefore(end) && set.advance()) {
            assertThat(set.begun).hasSizeLessThan(10_000);
        }
        if (set.now.isBefore(end)) {
            set.now = end;
        }
    }

    @Test
    void containersStartOnlyWhenTheyCanSeeWhatTheyAre() {
        PlannedSet set = standby(1);
        int told = set.begun.indexOf(new Step.WriteRole(Part.STANDBY, 1, true));
        assertThat(told).isNotNegative();
        assertThat(set.begun.subList(0, told)).noneMatch(step -> step instanceof Step.Create);
        assertThat(set.host.commands).as("a fresh standby has nothing to leave").isEmpty();
        assertThat(set.report.role()).isEqualTo(new RoleStatus(Part.STANDBY, 1, null));
    }

    @Test
    void promotionAndDemotionAreToldAndThenCommanded() {
        PlannedSet set = primary(2);
        told(set, Part.STANDBY, 3);
        assertThat(set.host.commands).containsExactly("primary 2", "standby 3");
        assertThat(set.host.role).isEqualTo(new RoleFiles.Written(Part.STANDBY, 3, true));
        assertThat(set.host.starts).as("infra, front and back, each once").isEqualTo(3);
    }

    @Test
    void theLaterTermOfOnePrimaryNeedsNoCommand() {
        PlannedSet set = primary(3);
        told(set, Part.PRIMARY, 4);
        assertThat(set.host.commands).containsExactly("primary 2");
    }

    @Test
    void aPromotionThatFailsMakesNoPrimary() {
        PlannedSet set = standby(4);
        set.host.failing = Part.PRIMARY;
        told(set, Part.PRIMARY, 2);
        assertThat(set.report.role().is()).isEqualTo(Part.STANDBY);
        assertThat(set.report.role().fault()).contains("onPromote", "exit code 1");
        assertThat(set.host.commands).containsExactly("standby 2");
        assertThat(set.story).contains("PromoteFailed");
        set.host.failing = null;
        pass(set, Duration.ofSeconds(5));
        assertThat(set.host.role.is()).as("not tried again in that term").isEqualTo(Part.STANDBY);
    }

    @Test
    void aDemotionThatFailsEndsTheContainersAndTheyStartAsStandbys() {
        PlannedSet set = primary(5);
        set.host.failing = Part.STANDBY;
        told(set, Part.STANDBY, 3);
        assertThat(set.host.primary).isFalse();
        assertThat(set.host.starts).as("front and back a second time").isEqualTo(5);
        assertThat(set.story).contains("DemoteFailed");
        assertThat(set.report.role()).isEqualTo(new RoleStatus(Part.STANDBY, 3, null));
    }

    @Test
    void withoutAnAnswerItDemotesInTimeAndIsPrimaryAgainWithOne() {
        PlannedSet set = primary(6);
        Instant last = set.leased;
        while (Duration.between(last, set.now).compareTo(FENCE) < 0) {
            set.advance();
            if (Duration.between(last, set.now).compareTo(Duration.ofSeconds(8)) < 0) {
                assertThat(set.host.role.is()).isEqualTo(Part.PRIMARY);
            }
            if (set.now.isBefore(last.plus(FENCE)) && set.begun.getLast() instanceof Step.ConfirmRole) {
                break;
            }
            if (!set.host.primary) {
                break;
            }
        }
        assertThat(set.host.primary).isFalse();
        assertThat(Duration.between(last, set.now)).isLessThan(FENCE);
        pass(set, Duration.ofSeconds(60));
        assertThat(set.host.role.is()).isEqualTo(Part.STANDBY);
        set.leased = set.now;
        told(set, Part.PRIMARY, 2);
        assertThat(set.host.commands).containsExactly("primary 2", "standby 2", "primary 2");
    }

    @Test
    void anAgentThatStartsAnewWithoutALeaseDemotesFirst() {
        PlannedSet set = primary(7);
        set.restartAgent();
        set.leased = null;
        pass(set, Duration.ofSeconds(2));
        assertThat(set.host.primary).isFalse();
        assertThat(set.host.commands).containsExactly("primary 2", "standby 2");
    }

    @Test
    void anAgentThatStartsAnewWithItsLeaseChangesNothing() {
        PlannedSet set = primary(8);
        set.restartAgent();
        set.leased = set.now;
        set.untilQuiet(SetState.RUNNING, 100);
        assertThat(set.host.primary).isTrue();
        assertThat(set.host.commands).containsExactly("primary 2");
        assertThat(set.report.role()).isEqualTo(new RoleStatus(Part.PRIMARY, 2, null));
    }

    @Test
    void whatIsOlderThanItWasToldIsNotFollowed() {
        PlannedSet set = primary(9);
        told(set, Part.STANDBY, 3);
        set.want(SetIntent.RUNNING.withRole(role(Part.PRIMARY, 2)));
        for (int i = 0; i < 100; i++) {
            set.advance();
            set.leased = set.now;
        }
        assertThat(set.host.role.is()).isEqualTo(Part.STANDBY);
        assertThat(set.host.commands).containsExactly("primary 2", "standby 3");
    }

    @Test
    void aSilentDaemonDoesNotKeepAPrimary() {
        PlannedSet set = primary(10);
        set.now = set.now.plus(FENCE);
        Plan file = roleOnly(set);
        assertThat(file.steps()).containsExactly(new Step.WriteRole(Part.STANDBY, 2, false));
        set.memory = set.memory.role(set.memory.role().written(Part.STANDBY, 2));
        Plan end = roleOnly(set);
        assertThat(end.steps()).hasSize(2).allMatch(step -> step instanceof Step.EndProcesses);
    }

    private static Plan roleOnly(PlannedSet set) {
        return set.planner.roleOnly(
                set.goal,
                new Blueprint(set.goal.set(), PlannedSet.RULES),
                set.seen,
                set.memory,
                set.now,
                set.leaseAge());
    }

    @Test
    void onlySetsWithRolesAreMadeOtherwise() {
        PlannedSet set = new PlannedSet(11, SPEC);
        Blueprint without = new Blueprint(set.goal.set(), PlannedSet.RULES);
        set.want(SetIntent.RUNNING.withRole(role(Part.STANDBY, 1)));
        Blueprint with = new Blueprint(set.goal.set(), PlannedSet.RULES);
        set.want(SetIntent.RUNNING.withRole(role(Part.PRIMARY, 7)));
        Blueprint primary = new Blueprint(set.goal.set(), PlannedSet.RULES);
        assertThat(with.hash("front")).isNotEqualTo(without.hash("front")).isEqualTo(primary.hash("front"));
        assertThat(with.hash("infra")).isEqualTo(without.hash("infra"));
        assertThat(with.business("front", with.business("front"), "i", null, Path.of("/roles/x"))
                        .binds())
                .singleElement()
                .satisfies(bind -> {
                    assertThat(bind.target()).isEqualTo(AppRoles.MOUNT);
                    assertThat(bind.readOnly()).isTrue();
                });
        assertThat(without.business("front", without.business("front"), "i", null, null)
                        .binds())
                .as(ContainerOptions.class.getSimpleName())
                .isEmpty();
    }

    /** Steps that fail, answers that are lost, an agent that dies: beyond the fence nothing is primary without an answer. */
    @Test
    void nothingIsPrimaryBeyondTheFence() {
        int primaries = 0;
        int demotions = 0;
        for (int seed = 1; seed <= 300; seed++) {
            PlannedSet set = primary(seed);
            set.host.faults = 20;
            Instant last = set.leased;
            for (int i = 0; i < 400; i++) {
                if (set.random.nextInt(60) == 0) {
                    set.restartAgent();
                    boolean kept = set.random.nextBoolean();
                    set.leased = kept ? last : null;
                } else if (set.random.nextInt(40) == 0) {
                    set.die("front", 1);
                } else if (set.random.nextInt(80) == 0) {
                    // A new hello: whoever names another primary counts from here.
                    last = set.now;
                    set.leased = last;
                }
                set.advance();
                primaries += set.host.primary ? 1 : 0;
                if (Duration.between(last, set.now).compareTo(FENCE) >= 0) {
                    assertThat(set.host.primary)
                            .as("seed " + seed + " at " + set.now + ", last answer " + last + ": " + set.memory.role()
                                    + " " + set.begun.subList(Math.max(0, set.begun.size() - 15), set.begun.size()))
                            .isFalse();
                    demotions++;
                }
            }
        }
        assertThat(primaries).isPositive();
        assertThat(demotions).isPositive();
    }
}
