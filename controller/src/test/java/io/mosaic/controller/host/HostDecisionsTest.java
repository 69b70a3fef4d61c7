package io.mosaic.controller.host;

import static io.mosaic.controller.cluster.Samples.NOW;
import static io.mosaic.controller.cluster.Samples.image;
import static io.mosaic.controller.cluster.Samples.inventory;
import static io.mosaic.controller.cluster.Samples.spec;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.reconcile.HostLiveness;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.set.SetReports;
import io.mosaic.model.Event;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetState;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.link.SetReport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HostDecisionsTest {

    private static final HostSpec UNSAID = new HostSpec(null, null, false, Map.of());

    private ClusterImage cluster = image();

    private Decision.Decided decide(Decision decision) {
        Decision.Decided decided = decision.decide(cluster);
        cluster = Samples.apply(cluster, decided.changes());
        return decided;
    }

    private void token(String name, TokenSpec.Purpose purpose) {
        cluster = Samples.apply(
                cluster,
                List.of(new Change.Put(new TokenResource(
                        name,
                        UUID.randomUUID(),
                        0,
                        NOW,
                        new TokenSpec(purpose, null, List.of(), NOW.plusSeconds(60), "00")))));
    }

    private void ready(String name) {
        token("t-" + name, TokenSpec.Purpose.JOIN);
        decide(HostDecisions.join(name, UUID.randomUUID(), UNSAID, "t-" + name, NOW));
        decide(HostDecisions.hello(name, inventory(4000, 4096, 1000), "z1", "p1", Map.of("a", "b"), NOW));
    }

    private HostResource host(String name) {
        HostResource host = cluster.host(name);
        assertThat(host).isNotNull();
        return host;
    }

    private HostState state() {
        return host("h1").status().state();
    }

    private static void refused(Problem.Kind kind, Runnable what) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(kind)).as(e.problem().toString()).isTrue());
    }

    @Test
    void joinsOnceByItsToken() {
        token("t", TokenSpec.Purpose.JOIN);
        decide(HostDecisions.join("h1", new UUID(1, 1), UNSAID, "t", NOW));
        assertThat(state()).isEqualTo(HostState.JOINING);
        assertThat(cluster.token("t")).as("used up in the same commit").isNull();
        refused(Problem.Kind.UNAUTHENTICATED, () -> decide(HostDecisions.join("h2", new UUID(1, 2), UNSAID, "t", NOW)));
        token("late", TokenSpec.Purpose.JOIN);
        refused(
                Problem.Kind.UNAUTHENTICATED,
                () -> decide(HostDecisions.join("h2", new UUID(1, 2), UNSAID, "late", NOW.plusSeconds(60))));
        token("api", TokenSpec.Purpose.API);
        refused(
                Problem.Kind.UNAUTHENTICATED,
                () -> decide(HostDecisions.join("h2", new UUID(1, 2), UNSAID, "api", NOW)));

        Decision.Decided hello =
                decide(HostDecisions.hello("h1", inventory(4000, 4096, 1000), "z1", "p1", Map.of("a", "b"), NOW));
        assertThat(hello.events()).extracting(Event::type).containsExactly("HostReady");
        assertThat(host("h1").spec()).isEqualTo(new HostSpec("z1", "p1", false, Map.of("a", "b")));
        assertThat(HostDecisions.hello("h1", inventory(4000, 4096, 1000), "other", "p1", Map.of(), NOW)
                        .decide(cluster))
                .as("zone, pool and labels are the operators' now")
                .isEqualTo(Decision.Decided.NOTHING);
        refused(Problem.Kind.INVALID, () -> HostDecisions.hello("h1", inventory(1, 1, 1), "../z", "p", Map.of(), NOW));
    }

    @Test
    void aNameThatIsAliveIsTakenOneThatIsNotMayJoinAgain() {
        ready("h1");
        token("t2", TokenSpec.Purpose.JOIN);
        UUID again = new UUID(9, 9);
        refused(Problem.Kind.EXISTS, () -> decide(HostDecisions.join("h1", again, UNSAID, "t2", NOW)));
        assertThat(cluster.token("t2")).isNotNull();
        decide(HostDecisions.unreachable("h1", "silent", NOW));
        decide(HostDecisions.join("h1", again, UNSAID, "t2", NOW));
        assertThat(host("h1").uid()).isEqualTo(again);
    }

    @Test
    void degradedCordonedAndBack() {
        ready("h1");
        Decision.Decided degraded = decide(HostDecisions.degraded("h1", "docker does not answer", NOW));
        assertThat(degraded.events()).extracting(Event::type).containsExactly("HostDegraded");
        assertThat(HostDecisions.degraded("h1", "docker does not answer", NOW).decide(cluster))
                .isEqualTo(Decision.Decided.NOTHING);
        decide(HostDecisions.cordon("h1", null, NOW));
        assertThat(state()).isEqualTo(HostState.DEGRADED);
        decide(HostDecisions.healthy("h1", NOW));
        assertThat(state()).isEqualTo(HostState.CORDONED);
        assertThat(HostDecisions.healthy("h1", NOW).decide(cluster)).isEqualTo(Decision.Decided.NOTHING);
        decide(HostDecisions.uncordon("h1", host("h1").revision(), NOW));
        assertThat(state()).isEqualTo(HostState.READY);
        decide(HostDecisions.drain("h1", new HostSpec.Drain(1, false), null, NOW));
        assertThat(state()).isEqualTo(HostState.DRAINING);
        decide(HostDecisions.uncordon("h1", null, NOW));
        assertThat(state()).as("drained, and taken back").isEqualTo(HostState.READY);
        assertThat(host("h1").spec().drain()).isNull();
        refused(Problem.Kind.STALE, () -> decide(HostDecisions.cordon("h1", 1L, NOW)));
        refused(Problem.Kind.NOT_FOUND, () -> decide(HostDecisions.cordon("none", null, NOW)));
        decide(HostDecisions.patch("h1", new HostSpec("z2", "p2", true, Map.of()), null, NOW));
        assertThat(state()).isEqualTo(HostState.CORDONED);
        refused(
                Problem.Kind.INVALID,
                () -> HostDecisions.patch("h1", new HostSpec("z2", "p 2", true, Map.of()), null, NOW));
    }

    @Test
    void aSilentHostsSetsAreLostNotDeletedAndComeBackWithIt() {
        ready("h1");
        for (String name : List.of("runs", "rests", "goes")) {
            decide(SetDecisions.create("default", spec(name, 100, 100), Samples.uid(name), NOW));
        }
        Scheduler scheduler = Scheduler.standard();
        decide(new PlacementDecision(scheduler, scheduler.plan(cluster, 10), NOW));
        decide(SetDecisions.stop("default", "rests", null, NOW));
        report("rests", 2, SetState.STOPPED);
        decide(SetDecisions.delete("default", "goes", null, NOW));
        report("runs", 1, SetState.RUNNING);
        Decision.Decided silent = decide(HostDecisions.unreachable("h1", "silent", NOW));
        assertThat(state()).isEqualTo(HostState.UNREACHABLE);
        assertThat(silent.changes()).hasSize(2);
        assertThat(setState("runs")).isEqualTo(SetState.LOST);
        assertThat(setState("rests")).isEqualTo(SetState.STOPPED);
        assertThat(setState("goes")).isEqualTo(SetState.DELETING);
        assertThat(HostDecisions.unreachable("h1", "silent", NOW).decide(cluster))
                .isEqualTo(Decision.Decided.NOTHING);
        refused(Problem.Kind.CONFLICT, () -> decide(HostDecisions.remove("h1", null, NOW)));
        decide(HostDecisions.hello("h1", inventory(4000, 4096, 1000), "z1", "p1", Map.of(), NOW));
        report("runs", 1, SetState.RUNNING);
        assertThat(state()).isEqualTo(HostState.READY);
        assertThat(setState("runs")).isEqualTo(SetState.RUNNING);
    }

    @Test
    void anEmptyHostIsRemoved() {
        ready("h1");
        Decision.Decided removed = decide(HostDecisions.remove("h1", null, NOW));
        assertThat(removed.changes()).singleElement().isInstanceOf(Change.Delete.class);
        assertThat(cluster.host("h1")).isNull();
    }

    @Test
    void silenceCountsOnlyWhileSomebodyListened() {
        ready("h1");
        ready("h2");
        Map<String, Duration> ages = Map.of("h1", Duration.ofSeconds(60), "h2", Duration.ofSeconds(9));
        assertThat(HostLiveness.silent(cluster, ages, Duration.ofSeconds(9))).isEmpty();
        assertThat(HostLiveness.silent(cluster, ages, Duration.ofSeconds(10)))
                .extracting(HostLiveness.Silent::host)
                .containsExactly("h1");
        assertThat(HostLiveness.silent(cluster, Map.of(), Duration.ofSeconds(10)))
                .hasSize(2);
        decide(HostDecisions.unreachable("h1", "silent", NOW));
        assertThat(HostLiveness.silent(cluster, ages, Duration.ofSeconds(10))).isEmpty();
    }

    @Test
    void heartbeatsOfAHostThatLeftAreForgottenWhenItHasLongBeenSilent() {
        ready("h1");
        Map<String, Duration> ages =
                Map.of("h1", Duration.ofDays(1), "left", Duration.ofDays(1), "joining", Duration.ofSeconds(1));
        assertThat(HostLiveness.left(cluster, ages)).containsExactly("left");
    }

    private void report(String name, long generation, SetState state) {
        UUID uid = Samples.uid(name);
        SetReport report = new SetReport(uid, "default", name, generation, state, null, null, List.of());
        cluster = Samples.apply(
                cluster, SetReports.report(cluster, "h1", report, NOW).decided().changes());
    }

    private SetState setState(String name) {
        return cluster.set("default", name).status().state();
    }
}
