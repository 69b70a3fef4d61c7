package io.mosaic.controller.reconcile;

import static io.mosaic.controller.cluster.Samples.NOW;
import static io.mosaic.controller.cluster.Samples.commit;
import static io.mosaic.controller.cluster.Samples.host;
import static io.mosaic.controller.cluster.Samples.image;
import static io.mosaic.controller.cluster.Samples.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.schedule.Fleet;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.set.SetReports;
import io.mosaic.model.Bytes;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.Kind;
import io.mosaic.model.ProblemException;
import io.mosaic.model.RebalancePlan;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.link.SetReport;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HostDrainsTest {

    private static final HostSpec.Drain ONE_BY_ONE = new HostSpec.Drain(1, false);

    private final Scheduler scheduler = Scheduler.standard();
    private final Fleet fleet = new Fleet();
    private int made;

    private ClusterImage with(ClusterImage image, String name, String app) {
        made++;
        SetSpec spec = spec(name, 500, 256).withLabels(Map.of("app", app));
        return commit(image, SetDecisions.create("default", spec, new UUID(0, made), NOW.plusSeconds(made)));
    }

    private ClusterImage placed(ClusterImage image) {
        return commit(image, new PlacementDecision(scheduler, scheduler.plan(image, Integer.MAX_VALUE), NOW));
    }

    private ClusterImage look(ClusterImage image) {
        return commit(image, HostDrains.next(image, scheduler, fleet, NOW));
    }

    /** What agents that do at once what they are told would report. */
    private static ClusterImage obeyed(ClusterImage image) {
        ClusterImage next = image;
        for (SetResource set : sets(image)) {
            String host = set.status().host();
            if (host == null) {
                continue;
            }
            boolean rests = set.status().moves() || set.intent().run() == SetIntent.Run.STOPPED;
            SetReport report = new SetReport(
                    set.uid(),
                    set.tenant(),
                    set.name(),
                    set.generation(),
                    rests ? SetState.STOPPED : SetState.RUNNING,
                    null,
                    null,
                    List.of());
            Decision.Decided decided =
                    SetReports.report(next, host, report, NOW).decided();
            next = commit(next, head -> decided);
        }
        return next;
    }

    private static List<SetResource> sets(ClusterImage image) {
        return image.resources(Kind.SET).values().stream()
                .map(SetResource.class::cast)
                .toList();
    }

    private static SetResource set(ClusterImage image, String name) {
        SetResource set = image.set("default", name);
        assertThat(set).isNotNull();
        return set;
    }

    private static String progress(ClusterImage image) {
        return String.valueOf(image.host("a").status().reason());
    }

    /** Four sets of one app on a, while the other hosts were not there yet. */
    private ClusterImage four() {
        ClusterImage image = image(host("a", 8000, 8192));
        for (int i = 0; i < 4; i++) {
            image = with(image, "web-" + i, "web");
        }
        image = obeyed(placed(image));
        for (String name : List.of("b", "c")) {
            image = commit(image, head -> Decision.Decided.of(new Change.Put(host(name, 8000, 8192))));
        }
        return image;
    }

    @Test
    void movesTheSetsOneByOneAndNeverToTwoHosts() {
        ClusterImage image = commit(four(), HostDecisions.drain("a", ONE_BY_ONE, null, NOW));
        assertThat(image.host("a").status().state()).isEqualTo(HostState.DRAINING);
        for (int look = 0; look < 20; look++) {
            image = look(image);
            assertThat(sets(image).stream()
                            .filter(set -> set.status().state() != SetState.RUNNING)
                            .count())
                    .as("the budget of the app")
                    .isLessThanOrEqualTo(1);
            // It rests where it was until its agent has said so.
            sets(image).stream()
                    .filter(set -> set.status().moves())
                    .forEach(set -> assertThat(set.status().host()).isEqualTo("a"));
            image = obeyed(placed(obeyed(image)));
        }
        assertThat(image.setsOn("a")).isEmpty();
        assertThat(sets(image)).allSatisfy(set -> {
            assertThat(set.status().state()).isEqualTo(SetState.RUNNING);
            assertThat(set.status().moves()).isFalse();
            assertThat(set.intent()).isEqualTo(SetIntent.RUNNING);
        });
        assertThat(progress(image)).isEqualTo("drained: no set is left");
        assertThat(HostDrains.next(image, scheduler, fleet, NOW).decide(image)).isEqualTo(Decision.Decided.NOTHING);
        image = commit(image, HostDecisions.undrain("a", null, NOW));
        assertThat(image.host("a").status().state()).isEqualTo(HostState.CORDONED);
    }

    @Test
    void theBudgetCountsWhatIsDownAnywayAndIsPerApp() {
        ClusterImage image = four();
        image = obeyed(placed(with(image, "db-0", "db")));
        String elsewhere = set(image, "db-0").status().host();
        image = commit(image, HostDecisions.drain("a", new HostSpec.Drain(2, false), null, NOW));
        image = look(image);
        assertThat(sets(image).stream().filter(set -> set.status().moves())).hasSize(2);
        assertThat(progress(image)).isEqualTo("4 sets left: 2 on the way, 2 waiting");
        assertThat(elsewhere).isNotEqualTo("a");
        // Nobody reported: nothing more is begun, however often it is looked.
        image = look(look(image));
        assertThat(sets(image).stream().filter(set -> set.status().moves())).hasSize(2);
    }

    @Test
    void aSetThatFitsNowhereElseGoesOnRunning() {
        ClusterImage image = image(host("a", 8000, 8192), host("b", 100, 128));
        image = obeyed(placed(with(image, "web", "web")));
        image = look(commit(image, HostDecisions.drain("a", ONE_BY_ONE, null, NOW)));
        assertThat(set(image, "web").status().state()).isEqualTo(SetState.RUNNING);
        assertThat(progress(image))
                .startsWith("1 set left: 1 waiting (web: 0 of 2 hosts fit: 1 is being drained, 1 lacks cpu");
    }

    @Test
    void aVolumeKeepsItsSetUnlessToldOtherwise() {
        ClusterImage image = image(host("a", 8000, 8192), host("b", 8000, 8192));
        SetSpec plain = spec("db", 500, 256);
        SetSpec withVolume = new SetSpec(
                plain.name(),
                plain.kind(),
                plain.resources(),
                plain.containers(),
                new SetSpec.VolumeClaim(Bytes.mebi(300), "/data"),
                plain.sysctls(),
                plain.restart(),
                plain.labels());
        image = commit(image, SetDecisions.create("default", withVolume, new UUID(9, 9), NOW));
        image = obeyed(placed(image));
        String home = String.valueOf(set(image, "db").status().host());
        image = look(commit(image, HostDecisions.drain(home, ONE_BY_ONE, null, NOW)));
        assertThat(set(image, "db").status().state()).isEqualTo(SetState.RUNNING);
        assertThat(image.host(home).status().reason()).isEqualTo("1 set left: 1 kept for the volume");
        image = look(commit(image, HostDecisions.drain(home, new HostSpec.Drain(1, true), null, NOW)));
        image = obeyed(placed(look(obeyed(image))));
        assertThat(set(image, "db").status().host()).isNotNull().isNotEqualTo(home);
    }

    @Test
    void whatRestsMovesAtOnceAndWhatStopsToDrainStays() {
        ClusterImage image = four();
        image = obeyed(commit(image, SetDecisions.stop("default", "web-3", null, NOW)));
        image = look(commit(image, HostDecisions.drain("a", ONE_BY_ONE, null, NOW)));
        assertThat(set(image, "web-3").status().host()).isNull();
        assertThat(set(image, "web-3").status().state()).isEqualTo(SetState.STOPPED);
        SetResource moving = sets(image).stream()
                .filter(set -> set.status().moves())
                .findFirst()
                .orElseThrow();
        image = commit(image, HostDecisions.undrain("a", null, NOW));
        SetResource stays = set(image, moving.name());
        assertThat(stays.status().moves()).isFalse();
        assertThat(stays.status().state()).isEqualTo(SetState.PLACED);
        assertThat(stays.generation()).isGreaterThan(moving.generation());
        // A report of before the change of mind changes nothing.
        Decision.Decided late = SetReports.report(
                        image,
                        "a",
                        new SetReport(
                                stays.uid(),
                                "default",
                                stays.name(),
                                moving.generation(),
                                SetState.STOPPED,
                                null,
                                null,
                                List.of()),
                        NOW)
                .decided();
        image = commit(image, head -> late);
        assertThat(set(image, moving.name()).status().state()).isEqualTo(SetState.PLACED);
        assertThat(obeyed(image).set("default", moving.name()).status().state()).isEqualTo(SetState.RUNNING);
    }

    @Test
    void aUsersWishDuringAMoveHolds() {
        ClusterImage image = look(commit(four(), HostDecisions.drain("a", ONE_BY_ONE, null, NOW)));
        SetResource moving = sets(image).stream()
                .filter(set -> set.status().moves())
                .findFirst()
                .orElseThrow();
        ClusterImage stopped = obeyed(commit(image, SetDecisions.stop("default", moving.name(), null, NOW)));
        stopped = placed(look(stopped));
        assertThat(set(stopped, moving.name()).status().state()).isEqualTo(SetState.STOPPED);
        assertThat(set(stopped, moving.name()).status().host()).isNull();
        ClusterImage deleted = commit(image, SetDecisions.delete("default", moving.name(), null, NOW));
        assertThat(look(deleted).set("default", moving.name()).status().state()).isEqualTo(SetState.DELETING);
    }

    @Test
    void aHostThatDoesNotAnswerCannotBeDrained() {
        ClusterImage image = commit(four(), HostDecisions.unreachable("a", "silent", NOW));
        assertThatThrownBy(() -> HostDecisions.drain("a", ONE_BY_ONE, null, NOW).decide(image))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("UNREACHABLE");
        assertThatThrownBy(() -> HostDecisions.drain("a", new HostSpec.Drain(0, false), null, NOW))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("budget");
        assertThat(image.get(ResourceKey.host("a"))).isNotNull();
    }

    @Test
    void aRebalanceProposesWhatHelpsAndMovesItWhenToldTo() {
        ClusterImage image = image(host("a", 4000, 8192));
        for (int i = 0; i < 6; i++) {
            image = with(image, "set-" + i, "app-" + i);
        }
        image = obeyed(placed(image));
        image = commit(image, head -> Decision.Decided.of(new Change.Put(host("b", 4000, 8192))));
        RebalancePlan plan = Rebalance.plan(image, scheduler, fleet, 20, NOW);
        assertThat(plan).isEqualTo(Rebalance.plan(image, scheduler, new Fleet(), 20, NOW));
        assertThat(plan.before()).isEqualTo(new RebalancePlan.Balance(75, 38));
        assertThat(plan.after()).isEqualTo(new RebalancePlan.Balance(38, 38));
        assertThat(plan.moves()).hasSize(3).allSatisfy(move -> {
            assertThat(move.from()).isEqualTo("a");
            assertThat(move.to()).isEqualTo("b");
        });
        assertThat(Rebalance.plan(image, scheduler, fleet, 1, NOW).moves()).hasSize(1);
        image = commit(image, Rebalance.begin(plan, NOW));
        assertThat(image.moving()).hasSize(3);
        // Nothing is released before it rests; a host that is not drained keeps its state.
        image = look(image);
        assertThat(image.setsOn("a")).hasSize(6);
        image = obeyed(placed(look(obeyed(image))));
        assertThat(image.setsOn("a")).hasSize(3);
        assertThat(image.setsOn("b")).hasSize(3);
        assertThat(image.moving()).isEmpty();
        assertThat(HostDrains.any(image)).isFalse();
        assertThat(image.host("a").status().state()).isEqualTo(HostState.READY);
        assertThat(Rebalance.plan(image, scheduler, fleet, 20, NOW).moves()).isEmpty();
    }

    @Test
    void aRebalanceTakesOneSetOfAnAppAndNoneOfOneThatLacksSets() {
        ClusterImage image = four();
        assertThat(Rebalance.plan(image, scheduler, fleet, 20, NOW).moves()).hasSize(1);
        image = commit(image, SetDecisions.restart("default", "web-0", null, NOW));
        assertThat(Rebalance.plan(image, scheduler, fleet, 20, NOW).moves()).isEmpty();
    }
}
