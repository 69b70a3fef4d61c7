package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Event;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import io.mosaic.proof.rig.BusyBoxImage;
import io.mosaic.proof.rig.Cgroups;
import io.mosaic.proof.rig.HostProcesses;
import io.mosaic.proof.rig.RawApi;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Parts end, are killed and come back: the sets' containers do not notice, and no intent is lost. */
class RestartsIT {

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    @Test
    void theAgentKilledOrUpgradedLeavesEveryContainerRunning() throws Exception {
        M.run(MosaicExtension.sleeper("adopt"));
        Map<String, Long> pids = M.pids("adopt");

        M.mosaic().agent().kill9();
        M.mosaic().agent().start();
        M.awaitEvent("adopt", "Adopted");
        M.awaitState("adopt", SetState.RUNNING);
        assertThat(M.pids("adopt")).isEqualTo(pids);

        // An upgrade is an orderly end and a start of the newer program.
        assertThat(M.mosaic().agent().stop()).isZero();
        for (long pid : pids.values()) {
            assertThat(HostProcesses.alive(pid)).isTrue();
        }
        M.mosaic().agent().start();
        M.mosaic().awaitHost("READY");
        M.awaitState("adopt", SetState.RUNNING);
        assertThat(M.pids("adopt")).isEqualTo(pids);
        assertReachable("adopt");
    }

    @Test
    void whatHappenedWhileTheAgentWasAwayIsMadeGood() throws Exception {
        M.run(MosaicExtension.sleeper("away-dies"));
        M.run(MosaicExtension.sleeper("away-deleted"));
        M.mosaic().agent().kill9();
        HostProcesses.kill(List.of(M.pids("away-dies").get("main")));
        M.client().sets().delete("away-deleted");
        M.create(MosaicExtension.sleeper("away-made"));
        M.mosaic().agent().start();
        M.awaitGone("away-deleted");
        M.awaitState("away-made", SetState.RUNNING);
        M.await(
                "away-dies",
                set -> set.status().state() == SetState.RUNNING
                        && MosaicExtension.container(set, "main").restarts() >= 1,
                "RUNNING after a restart");
        assertThat(M.containers("away-deleted")).isEmpty();
    }

    @Test
    void aDaemonRestartKeepsContainersAndLimits() throws Exception {
        M.run(MosaicExtension.sleeper("daemon"));
        Map<String, Long> pids = M.pids("daemon");
        M.docker().restart();
        M.mosaic().awaitHost("READY");
        M.awaitState("daemon", SetState.RUNNING);
        assertThat(M.pids("daemon")).isEqualTo(pids);
        assertLimitsHold(pids.get("main"));

        M.docker().kill9();
        M.docker().start();
        M.mosaic().awaitHost("READY");
        M.awaitState("daemon", SetState.RUNNING);
        assertThat(M.pids("daemon")).isEqualTo(pids);
        assertLimitsHold(pids.get("main"));
        assertReachable("daemon");
    }

    /** The agent may be about to connect again, which a caller is told. */
    private static void assertReachable(String set) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .ignoreExceptionsMatching(
                        e -> e instanceof ProblemException problem && problem.is(Problem.Kind.UNAVAILABLE))
                .untilAsserted(() ->
                        assertThat(M.exec(set, "main", "echo", "here").out()).isEqualTo("here\n"));
    }

    private static void assertLimitsHold(long pid) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            assertThat(Cgroups.cpuMillis(pid)).isEqualTo(200);
            assertThat(Cgroups.memoryLimit(pid)).isEqualTo(32L << 20);
        });
    }

    @Test
    void limitsChangedBySomebodyElseAreRestored() throws Exception {
        M.run(MosaicExtension.sleeper("limits"));
        JsonNode main = M.containers("limits").get("main");
        long pid = M.pids("limits").get("main");
        M.docker()
                .docker()
                .post(
                        "/containers/" + main.path("Id").asString() + "/update",
                        Map.of("CpuQuota", 90_000, "Memory", 256 << 20, "MemorySwap", 256 << 20));
        assertLimitsHold(pid);
        M.awaitEvent("limits", "LimitsRestored");

        // And after the container's own restart.
        HostProcesses.kill(List.of(pid));
        M.await(
                "limits",
                set -> set.status().state() == SetState.RUNNING
                        && MosaicExtension.container(set, "main").restarts() == 1,
                "RUNNING after a restart");
        assertLimitsHold(M.pids("limits").get("main"));
    }

    @Test
    void containersOfOthersAreNeverTouched() throws Exception {
        List<String> foreign = new ArrayList<>();
        for (Map<String, String> labels : List.of(
                Map.<String, String>of(),
                Map.of(
                        "io.mosaic.set", "7e6a4e0c-0000-4000-8000-000000000001",
                        "io.mosaic.tenant", "default",
                        "io.mosaic.name", "elsewhere",
                        "io.mosaic.container", "main",
                        "io.mosaic.host", "another-host"))) {
            String id = M.docker()
                    .docker()
                    .create(
                            "foreign-" + foreign.size(),
                            Map.of(
                                    "Image",
                                    BusyBoxImage.REFERENCE,
                                    "Cmd",
                                    List.of("sleep", "1000000"),
                                    "Labels",
                                    labels));
            M.docker().docker().start(id);
            foreign.add(id);
        }
        M.run(MosaicExtension.sleeper("neighbour"));
        M.mosaic().agent().kill9();
        M.mosaic().agent().start();
        M.mosaic().awaitHost("READY");
        M.awaitState("neighbour", SetState.RUNNING);
        M.client().sets().delete("neighbour");
        M.awaitGone("neighbour");
        for (String id : foreign) {
            JsonNode seen = M.docker().docker().inspect(id);
            assertThat(seen).isNotNull();
            assertThat(seen.path("State").path("Running").asBoolean()).isTrue();
            assertThat(seen.path("RestartCount").asInt()).isZero();
            M.docker().docker().remove(id);
        }
    }

    @Test
    void containersOfOursThatNobodyKnowsAreRemoved() throws Exception {
        M.run(MosaicExtension.sleeper("known"));
        Map<String, Long> pids = M.pids("known");
        // One that runs would remove it before it is started.
        M.mosaic().agent().kill9();
        String id = M.docker()
                .docker()
                .create(
                        "orphan",
                        Map.of(
                                "Image", BusyBoxImage.REFERENCE,
                                "Cmd", List.of("sleep", "1000000"),
                                "Labels",
                                        Map.of(
                                                "io.mosaic.set", "7e6a4e0c-0000-4000-8000-000000000002",
                                                "io.mosaic.tenant", "default",
                                                "io.mosaic.name", "forgotten",
                                                "io.mosaic.container", "main",
                                                "io.mosaic.generation", "1",
                                                "io.mosaic.host", "host-1")));
        M.docker().docker().start(id);
        M.mosaic().agent().start();
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(M.docker().docker().inspect(id)).isNull());
        assertThat(M.pids("known")).isEqualTo(pids);
    }

    @Test
    void aWatchMissesNothingAcrossAControllerKill() throws Exception {
        List<String> seen = new ArrayList<>();
        try (Watch<SetResource> watch = M.client()
                .sets()
                .watch(SetQuery.ALL, M.client().sets().list(SetQuery.ALL).revision())) {
            M.run(MosaicExtension.sleeper("watch-1"));
            Map<String, Long> pids = M.pids("watch-1");
            M.mosaic().controller().kill9();
            M.mosaic().controller().start();
            M.mosaic().awaitController();
            M.mosaic().awaitHost("READY");
            M.run(MosaicExtension.sleeper("watch-2"));
            M.client().sets().delete("watch-2");
            M.awaitGone("watch-2");
            assertThat(M.pids("watch-1")).isEqualTo(pids);

            long last = 0;
            boolean deleted = false;
            while (!deleted) {
                WatchEvent<SetResource> event = watch.next(Duration.ofSeconds(20));
                assertThat(event).as("before the end of " + seen).isNotNull();
                if (event.item() != null) {
                    assertThat(event.revision()).as("in order, none twice").isGreaterThan(last);
                    last = event.revision();
                    seen.add(event.item().name() + " " + event.item().status().state());
                    deleted = event.type() == WatchEvent.Type.DELETE
                            && event.item().name().equals("watch-2");
                }
            }
        }
        assertThat(seen).containsSubsequence("watch-1 RUNNING", "watch-2 PENDING", "watch-2 RUNNING");
    }

    @Test
    void anIdempotencyKeyHoldsAcrossAControllerKill() throws Exception {
        Map<String, String> key = Map.of("Idempotency-Key", "order-4711");
        RawApi api = M.mosaic().api();
        RawApi.Answer first = api.call("POST", "/v1/sets", MosaicExtension.sleeper("once"), key);
        M.mosaic().controller().kill9();
        assertThat(first.status()).isEqualTo(201);
        M.mosaic().controller().start();
        M.mosaic().awaitController();
        RawApi.Answer again = api.call("POST", "/v1/sets", MosaicExtension.sleeper("once"), key);
        assertThat(again.status()).isEqualTo(201);
        assertThat(again.json().path("uid")).isEqualTo(first.json().path("uid"));
        RawApi.Answer other = api.call("POST", "/v1/sets", MosaicExtension.sleeper("twice"), key);
        assertThat(other.status()).isEqualTo(422);
        assertThat(api.post("/v1/sets", MosaicExtension.sleeper("once")).status())
                .as("the name is taken")
                .isEqualTo(409);
        M.awaitState("once", SetState.RUNNING);
        assertThat(M.events("once")).extracting(Event::type).containsOnlyOnce("Created");
    }
}
