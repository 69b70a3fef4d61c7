package io.mosaic.controller.set;

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
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Cpu;
import io.mosaic.model.Event;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.link.SetReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SetDecisionsTest {

    private static final UUID UID = new UUID(1, 1);
    private static final Instant LATER = NOW.plusSeconds(5);

    private ClusterImage cluster = image(host("h1", 4000, 4096));

    private Decision.Decided decide(Decision decision) {
        Decision.Decided decided = decision.decide(cluster);
        cluster = Samples.apply(cluster, decided.changes());
        return decided;
    }

    private void create(String name, UUID uid, int cpuMillis, long memoryMebi) {
        decide(SetDecisions.create("default", spec(name, cpuMillis, memoryMebi), uid, NOW));
    }

    private void place() {
        Scheduler scheduler = Scheduler.standard();
        decide(new PlacementDecision(scheduler, scheduler.plan(cluster, 100), NOW));
    }

    private SetReports.Reported report(long generation, SetState state, String reason) {
        return report("h1", generation, state, reason);
    }

    private SetReports.Reported report(String host, long generation, SetState state, String reason) {
        SetReports.Reported reported = SetReports.report(
                cluster,
                host,
                new SetReport(UID, "default", "web", generation, state, "172.17.0.2", reason, List.of()),
                LATER);
        cluster = Samples.apply(cluster, reported.decided().changes());
        return reported;
    }

    private SetResource web() {
        SetResource set = cluster.set("default", "web");
        assertThat(set).isNotNull();
        return set;
    }

    private SetState state() {
        return web().status().state();
    }

    private static void refused(Problem.Kind kind, String message, Runnable what) {
        assertThatThrownBy(what::run)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(kind)).as(e.problem().toString()).isTrue())
                .hasMessageContaining(message);
    }

    @Test
    void livesFromCreationToDeletion() {
        Decision.Decided created =
                SetDecisions.create("default", spec("web", 500, 256), UID, NOW).decide(cluster);
        assertThat(created.events()).extracting(Event::type).containsExactly("Created");
        create("web", UID, 500, 256);
        assertThat(state()).isEqualTo(SetState.PENDING);
        place();
        assertThat(state()).isEqualTo(SetState.PLACED);
        assertThat(web().status().host()).isEqualTo("h1");
        report(1, SetState.PREPARING, null);
        report(1, SetState.STARTING, null);
        report(1, SetState.RUNNING, null);
        assertThat(state()).isEqualTo(SetState.RUNNING);
        assertThat(web().status().ip()).isEqualTo("172.17.0.2");
        assertThat(web().status().observedGeneration()).isEqualTo(1);
        assertThat(report(1, SetState.RUNNING, null).decided()).isEqualTo(Decision.Decided.NOTHING);

        decide(SetDecisions.stop("default", "web", null, LATER));
        assertThat(state()).isEqualTo(SetState.STOPPING);
        assertThat(web().generation()).isEqualTo(2);
        assertThat(SetDecisions.stop("default", "web", null, LATER).decide(cluster))
                .isEqualTo(Decision.Decided.NOTHING);
        report(1, SetState.RUNNING, null);
        assertThat(state()).as("a late report of before the stop").isEqualTo(SetState.STOPPING);
        report(2, SetState.STOPPED, null);
        assertThat(state()).isEqualTo(SetState.STOPPED);

        decide(SetDecisions.start("default", "web", null, LATER));
        assertThat(state()).isEqualTo(SetState.PLACED);
        assertThat(web().status().host()).as("its volume is there").isEqualTo("h1");
        report(3, SetState.RUNNING, null);
        decide(SetDecisions.restart("default", "web", null, LATER));
        assertThat(web().intent()).isEqualTo(new SetIntent(SetIntent.Run.RUNNING, 1));
        assertThat(state()).isEqualTo(SetState.STARTING);

        decide(SetDecisions.delete("default", "web", null, LATER));
        assertThat(state()).isEqualTo(SetState.DELETING);
        assertThat(SetDecisions.delete("default", "web", null, LATER).decide(cluster))
                .isEqualTo(Decision.Decided.NOTHING);
        report(4, SetState.DELETED, null);
        report(5, SetState.FAILED, "the volume is busy");
        assertThat(state()).isEqualTo(SetState.DELETING);
        assertThat(web().status().reason()).isEqualTo("the volume is busy");
        SetReports.Reported gone = report(5, SetState.DELETED, null);
        assertThat(gone.decided().changes()).singleElement().isInstanceOf(Change.Delete.class);
        assertThat(gone.decided().events()).extracting(Event::type).containsExactly("Deleted");
        assertThat(cluster.set("default", "web")).isNull();
        assertThat(report(5, SetState.DELETED, null).decided()).isEqualTo(Decision.Decided.NOTHING);
    }

    @Test
    void anUnplacedSetIsStoppedStartedAndDeletedWithoutAHost() {
        create("web", UID, 500, 256);
        decide(SetDecisions.restart("default", "web", null, LATER));
        assertThat(state()).isEqualTo(SetState.PENDING);
        decide(SetDecisions.stop("default", "web", null, LATER));
        assertThat(state()).isEqualTo(SetState.STOPPED);
        assertThat(cluster.unplaced()).isEmpty();
        decide(SetDecisions.restart("default", "web", null, LATER));
        assertThat(state()).isEqualTo(SetState.PENDING);
        assertThat(cluster.unplaced()).hasSize(1);
        Decision.Decided deleted = decide(SetDecisions.delete("default", "web", null, LATER));
        assertThat(deleted.changes()).singleElement().isInstanceOf(Change.Delete.class);
        assertThat(cluster.set(UID)).isNull();
    }

    @Test
    void aFailedSetIsTriedAgainByStart() {
        create("web", UID, 500, 256);
        place();
        report(1, SetState.FAILED, "gave up");
        decide(SetDecisions.start("default", "web", null, LATER));
        assertThat(state()).isEqualTo(SetState.PLACED);
        assertThat(web().intent().restarts()).isEqualTo(1);
        assertThat(SetDecisions.start("default", "web", null, LATER).decide(cluster))
                .isEqualTo(Decision.Decided.NOTHING);
    }

    @Test
    void whatMayNotBeIsRefused() {
        refused(
                Problem.Kind.NOT_FOUND,
                "no tenant",
                () -> decide(SetDecisions.create("x", spec("web", 1, 1), UID, NOW)));
        create("web", UID, 500, 256);
        refused(Problem.Kind.EXISTS, "web", () -> create("web", new UUID(1, 2), 500, 256));
        refused(Problem.Kind.NOT_FOUND, "none", () -> decide(SetDecisions.stop("default", "none", null, NOW)));
        refused(Problem.Kind.NOT_FOUND, "none", () -> decide(SetDecisions.delete("default", "none", null, NOW)));
        long revision = web().revision();
        refused(
                Problem.Kind.STALE,
                "revision " + revision,
                () -> decide(SetDecisions.stop("default", "web", revision - 1, NOW)));
        place();
        decide(SetDecisions.delete("default", "web", web().revision(), NOW));
        List<Decision> wishes = List.of(
                SetDecisions.stop("default", "web", null, NOW),
                SetDecisions.start("default", "web", null, NOW),
                SetDecisions.restart("default", "web", null, NOW),
                SetDecisions.update("default", "web", spec("web", 600, 256), null, NOW));
        for (Decision wish : wishes) {
            refused(Problem.Kind.CONFLICT, "being deleted", () -> decide(wish));
        }
    }

    @Test
    void aQuotaNamesItsLimitWhatIsInUseAndWhatWasAsked() {
        cluster = Samples.apply(
                cluster,
                List.of(new Change.Put(
                        Samples.tenant("default", new TenantSpec.Quota(2, new Cpu(1000), Bytes.mebi(512), null)))));
        create("web", UID, 600, 256);
        refused(
                Problem.Kind.QUOTA,
                "cpu: 0.6 of 1 in use, 0.5 more asked; memory: 256Mi of 512Mi in use, 300Mi more asked",
                () -> create("b", new UUID(1, 2), 500, 300));
        create("b", new UUID(1, 2), 400, 256);
        refused(Problem.Kind.QUOTA, "sets: 2 of 2", () -> create("c", new UUID(1, 3), 10, 10));
        refused(
                Problem.Kind.QUOTA,
                "cpu",
                () -> decide(SetDecisions.update("default", "web", spec("web", 700, 256), null, NOW)));
        decide(SetDecisions.update("default", "web", spec("web", 100, 256), null, NOW));
        assertThat(cluster.usageOf("default").cpuMillis()).isEqualTo(500);
    }

    @Test
    void limitsChangeInPlaceAsFarAsTheHostHasRoom() {
        create("web", UID, 1000, 1024);
        create("other", new UUID(1, 2), 1000, 1024);
        place();
        report(1, SetState.RUNNING, null);
        assertThat(SetDecisions.update("default", "web", web().spec(), null, NOW)
                        .decide(cluster))
                .isEqualTo(Decision.Decided.NOTHING);
        refused(
                Problem.Kind.CONFLICT,
                "memory 4Gi asked, at most 3Gi fits",
                () -> decide(SetDecisions.update("default", "web", spec("web", 1000, 4096), null, NOW)));
        Decision.Decided updated = decide(SetDecisions.update("default", "web", spec("web", 2000, 3072), null, LATER));
        assertThat(updated.events()).extracting(Event::message).containsExactly("cpu 1 -> 2, memory 1Gi -> 3Gi");
        assertThat(state()).isEqualTo(SetState.RESIZING);
        assertThat(web().generation()).isEqualTo(2);
        report(1, SetState.RUNNING, null);
        assertThat(state()).isEqualTo(SetState.RESIZING);
        report(2, SetState.RUNNING, null);
        assertThat(state()).isEqualTo(SetState.RUNNING);
        decide(SetDecisions.update("default", "web", web().spec().withLabels(Map.of("a", "b")), null, LATER));
        assertThat(state()).as("labels need nothing done to containers").isEqualTo(SetState.RUNNING);
    }

    @Test
    void everyFieldThatMayNotChangeIsNamed() {
        create("web", UID, 1000, 1024);
        SetSpec before = web().spec();
        ContainerSpec container = before.containers().getFirst();
        ContainerOptions options = container.options();
        ContainerSpec published =
                container.withOptions(options.withPorts(List.of(new ContainerOptions.Port(80, 8080, "tcp"))));
        SetSpec after = new SetSpec(
                before.name(),
                before.kind(),
                before.resources(),
                List.of(published),
                new SetSpec.VolumeClaim(Bytes.mebi(300), "/data"),
                Map.of("net.core.somaxconn", "1"),
                before.restart(),
                before.labels());
        assertThatThrownBy(() -> decide(SetDecisions.update("default", "web", after, null, NOW)))
                .isInstanceOfSatisfying(ProblemException.class, e -> {
                    assertThat(e.is(Problem.Kind.IMMUTABLE)).isTrue();
                    assertThat(e.problem().errors())
                            .extracting(Problem.FieldError::field)
                            .containsExactly("/volume", "/sysctls", "/containers/0/options/ports/0/host");
                });
        decide(SetDecisions.update(
                "default",
                "web",
                before.withContainers(List.of(container.withOptions(options.withShares(80, 80)))),
                null,
                NOW));
        assertThat(web().generation()).isEqualTo(2);
    }

    @Test
    void containersChangeComeAndGoInPlaceAndSecretsStayUntold() {
        create("web", UID, 1000, 1024);
        place();
        report(1, SetState.RUNNING, null);
        SetSpec before = web().spec();
        ContainerSpec container = before.containers().getFirst();
        ContainerSpec changed = new ContainerSpec(
                1,
                container.name(),
                "web:2",
                new ContainerOptions(
                        null,
                        null,
                        Map.of("A", "secret"),
                        List.of(),
                        List.of(),
                        List.of(),
                        null,
                        Map.of(),
                        null,
                        null,
                        List.of(),
                        List.of()));
        ContainerSpec more = new ContainerSpec(2, "more", "more:1", ContainerOptions.NONE);
        Decision.Decided decided = decide(
                SetDecisions.update("default", "web", before.withContainers(List.of(changed, more)), null, LATER));
        assertThat(state()).isEqualTo(SetState.UPDATING);
        assertThat(decided.events())
                .extracting(Event::message)
                .singleElement()
                .asString()
                .contains("image " + container.image() + " -> web:2", "container more added")
                .doesNotContain("secret");
        report(2, SetState.UPDATING, "image web:2 is not on the host");
        assertThat(web().status().reason()).contains("not on the host");
        decide(SetDecisions.update("default", "web", before, null, LATER));
        assertThat(state()).isEqualTo(SetState.UPDATING);
        assertThat(web().status().reason()).isNull();
        report(2, SetState.RUNNING, null);
        assertThat(state())
                .as("what is said of the update before counts no more")
                .isEqualTo(SetState.UPDATING);
        report(3, SetState.RUNNING, null);
        assertThat(state()).isEqualTo(SetState.RUNNING);
    }

    @Test
    void aVolumeGrowsAsFarAsTheHostHasRoomAndNeverShrinks() {
        SetSpec small = spec("web", 500, 256).withVolume(new SetSpec.VolumeClaim(Bytes.mebi(600), "/data"));
        decide(SetDecisions.create("default", small, UID, NOW));
        place();
        report(1, SetState.RUNNING, null);
        SetSpec larger = small.withVolume(new SetSpec.VolumeClaim(Bytes.mebi(900), "/data"));
        assertThat(decide(SetDecisions.update("default", "web", larger, null, LATER))
                        .events())
                .extracting(Event::message)
                .containsExactly("volume 600Mi -> 900Mi");
        assertThat(state()).isEqualTo(SetState.RESIZING);
        assertThatThrownBy(() -> decide(SetDecisions.update("default", "web", small, null, LATER)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().errors())
                                .singleElement()
                                .satisfies(error -> assertThat(error.field()).isEqualTo("/volume/size")));
        refused(
                Problem.Kind.CONFLICT,
                "disk 921600Gi asked, at most",
                () -> decide(SetDecisions.update(
                        "default",
                        "web",
                        small.withVolume(new SetSpec.VolumeClaim(Bytes.parse("900Ti"), "/data")),
                        null,
                        LATER)));
    }

    @Test
    void reportsThatCannotBeAreIgnoredOrCounted() {
        create("web", UID, 500, 256);
        assertThat(report(1, SetState.RUNNING, null).decided()).isEqualTo(Decision.Decided.NOTHING);
        place();
        assertThat(report("h2", 1, SetState.RUNNING, null).decided()).isEqualTo(Decision.Decided.NOTHING);
        report(1, SetState.RUNNING, null);
        for (SetState never :
                List.of(SetState.PENDING, SetState.PLACED, SetState.LOST, SetState.DELETING, SetState.DELETED)) {
            assertThat(report(1, never, null).impossibleTransitions())
                    .as(never.name())
                    .isOne();
            assertThat(state()).isEqualTo(SetState.RUNNING);
        }
        decide(SetDecisions.stop("default", "web", null, NOW));
        report(2, SetState.STOPPED, null);
        assertThat(report(2, SetState.RUNNING, null).impossibleTransitions()).isOne();
        assertThat(state()).isEqualTo(SetState.STOPPED);
    }

    @Test
    void aReportIsHeldToItsLength() {
        create("web", UID, 500, 256);
        place();
        report(1, SetState.FAILED, "x".repeat(5000));
        assertThat(web().status().reason()).hasSize(1024);
    }

    @Test
    void noOrderOfWishesAndReportsBreaksTheTable() {
        Random random = new Random(7);
        for (int round = 0; round < 300; round++) {
            cluster = image(host("h1", 4000, 4096));
            create("web", UID, 500, 256);
            List<String> story = new ArrayList<>();
            for (int step = 0; step < 40; step++) {
                SetResource before = cluster.set(UID);
                if (before == null) {
                    break;
                }
                story.add(step(random.nextInt(7), random, before));
                SetResource after = cluster.set(UID);
                SetState end = after == null ? SetState.DELETED : after.status().state();
                assertThat(SetTransitions.allowed(before.status().state(), end))
                        .as(story + ": " + before.status().state() + " to " + end)
                        .isTrue();
            }
        }
        assertThat(cluster).isNotNull();
    }

    private String step(int which, Random random, SetResource before) {
        Decision wish = switch (which) {
            case 0 -> SetDecisions.start("default", "web", null, NOW);
            case 1 -> SetDecisions.stop("default", "web", null, NOW);
            case 2 -> SetDecisions.restart("default", "web", null, NOW);
            case 3 -> SetDecisions.update("default", "web", spec("web", 1 + random.nextInt(500), 256), null, NOW);
            case 4 ->
                random.nextInt(10) == 0
                        ? SetDecisions.delete("default", "web", null, NOW)
                        : HostDecisions.unreachable("h1", "silent", NOW);
            default -> null;
        };
        if (wish == null && which == 5) {
            place();
            return "place";
        }
        if (wish == null) {
            List<SetState> states = List.of(SetState.values());
            SetState said = states.get(random.nextInt(states.size()));
            report(Math.max(1, before.generation() - random.nextInt(2)), said, null);
            return "report " + said;
        }
        try {
            cluster = commit(cluster, wish);
        } catch (ProblemException e) {
            return "refused " + which;
        }
        return "wish " + which;
    }
}
