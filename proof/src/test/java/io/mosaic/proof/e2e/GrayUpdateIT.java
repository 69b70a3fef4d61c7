package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.proof.rig.BusyBoxImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** Containers of a running set are replaced on real Docker, and their siblings do not notice. */
class GrayUpdateIT {

    private static final String NEXT_IMAGE = "mosaic-proof/busybox:2";

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    @BeforeEach
    void anotherImage() throws Exception {
        // Without a body: the daemon does not read one, and its answer may be lost over that.
        assertThat(M.docker()
                        .docker()
                        .call(
                                "POST",
                                "/images/" + BusyBoxImage.REFERENCE + "/tag?repo=mosaic-proof/busybox&tag=2",
                                new byte[0],
                                "text/plain",
                                Duration.ofSeconds(10))
                        .status())
                .isEqualTo(201);
    }

    private static String three(String name, String image, String more) {
        return """
                {"name": "%s", "resources": {"cpu": 0.6, "memory": "96Mi"},
                 "volume": {"size": "300Mi", "mount": "/data"}, "restart": {"initial": "500ms"},
                 "containers": [
                  {"index": 1, "name": "first", "image": "mosaic-proof/busybox:1",
                   "options": {"command": ["sleep", "1000000"], "stopSignal": "SIGKILL"}},
                  {"index": 2, "name": "web", "image": "%s", "options": {%s
                   "command": ["sh", "-c", "trap 'exit 0' TERM; echo here > /data/page; httpd -f -p 8080 -h /data & wait"]}},
                  {"index": 3, "name": "last", "image": "mosaic-proof/busybox:1",
                   "options": {"command": ["sleep", "1000000"], "stopSignal": "SIGKILL"}}]}
                """.formatted(name, image, more);
    }

    private static SetResource patch(String name, String json) {
        return M.client().sets().patch(name, Json.mapper().readTree(json), null);
    }

    private static SetResource awaitDone(SetResource asked) throws InterruptedException {
        return M.await(
                asked.name(),
                set -> set.status().state() == SetState.RUNNING
                        && set.status().observedGeneration() >= asked.generation(),
                "RUNNING as asked for");
    }

    /** What must not change: of each container but one its id, its process, when it started, and its network. */
    private static Map<String, String> untouched(String set, String except) throws IOException {
        Map<String, String> facts = new TreeMap<>();
        for (Map.Entry<String, JsonNode> each : M.containers(set).entrySet()) {
            if (!each.getKey().equals(except)) {
                long pid = each.getValue().path("State").path("Pid").asLong();
                facts.put(
                        each.getKey(),
                        each.getValue().path("Id").asString() + " " + pid + " "
                                + each.getValue()
                                        .path("State")
                                        .path("StartedAt")
                                        .asString() + " " + network(pid));
            }
        }
        return facts;
    }

    private static Object volume(long pid) throws IOException {
        return Files.getAttribute(Path.of("/proc/" + pid + "/root/data"), "unix:dev");
    }

    private static String network(long pid) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net")).toString();
    }

    @Test
    void oneContainerIsReplacedAndAllElseStaysAsItWas() throws Exception {
        SetResource before = M.run(three("gray", BusyBoxImage.REFERENCE, ""));
        M.exec("gray", "web", "sh", "-c", "echo kept > /data/kept");
        Map<String, String> siblings = untouched("gray", "web");
        String old = M.containers("gray").get("web").path("Id").asString();

        SetResource asked = patch("gray", three("gray", NEXT_IMAGE, ""));
        assertThat(asked.status().state()).isEqualTo(SetState.UPDATING);
        SetResource after = awaitDone(asked);

        assertThat(untouched("gray", "web")).isEqualTo(siblings).hasSize(3);
        JsonNode web = M.containers("gray").get("web");
        assertThat(web.path("Id").asString()).isNotEqualTo(old);
        assertThat(web.path("Config").path("Image").asString()).isEqualTo(NEXT_IMAGE);
        assertThat(web.path("Name").asString()).doesNotContain("next");
        assertThat(network(web.path("State").path("Pid").asLong()))
                .as("in the set's network")
                .isEqualTo(network(M.pids("gray").get("infra")));
        assertThat(after.status().ip()).isEqualTo(before.status().ip());
        assertThat(MosaicExtension.container(after, "web").image()).isEqualTo(NEXT_IMAGE);
        assertThat(M.exec("gray", "web", "cat", "/data/kept").out()).isEqualTo("kept\n");
        assertThat(M.exec("gray", "last", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/page")
                        .out())
                .isEqualTo("here\n");
        assertThat(M.awaitEvent("gray", "ContainerReplaced").container()).isEqualTo("web");
        assertThat(M.events("gray")).extracting(Event::type).doesNotContain("Died", "Failed");
    }

    @Test
    void withoutTheNewImageTheOldContainerRunsOnUntilTheSpecIsChangedBack() throws Exception {
        M.run(three("no-image", BusyBoxImage.REFERENCE, ""));
        Map<String, String> all = untouched("no-image", "");
        patch("no-image", three("no-image", "mosaic-proof/nowhere:9", ""));
        SetResource blocked = M.await("no-image", set -> set.status().reason() != null, "a reason");
        assertThat(blocked.status().state()).isEqualTo(SetState.UPDATING);
        assertThat(blocked.status().reason()).contains("mosaic-proof/nowhere:9 is not on the host", "next attempt at");
        assertThat(M.awaitEvent("no-image", "UpdateBlocked").warning()).isTrue();
        assertThat(untouched("no-image", "")).isEqualTo(all).hasSize(4);
        assertThat(MosaicExtension.container(blocked, "web").image())
                .as("the status says what runs")
                .isEqualTo(BusyBoxImage.REFERENCE);
        awaitDone(patch("no-image", three("no-image", BusyBoxImage.REFERENCE, "")));
        assertThat(untouched("no-image", "")).isEqualTo(all);
    }

    @Test
    void agentOrDaemonKilledOnTheWayEndInOneWholeReplacement() throws Exception {
        M.run(three("killed", BusyBoxImage.REFERENCE, ""));
        String[] images = {NEXT_IMAGE, BusyBoxImage.REFERENCE};
        Set<Stage> seen = EnumSet.noneOf(Stage.class);
        int round = 0;
        for (Stage stage : Stage.values()) {
            for (boolean agent : new boolean[] {true, false}) {
                String image = images[round++ % 2];
                Map<String, String> siblings = untouched("killed", "web");
                SetResource asked = patch("killed", three("killed", image, ""));
                if (awaitStage(stage, image)) {
                    seen.add(stage);
                }
                if (agent) {
                    M.mosaic().agent().kill9();
                    M.mosaic().agent().start();
                } else {
                    M.docker().kill9();
                    M.docker().start();
                }
                M.mosaic().awaitHost("READY");
                awaitDone(asked);
                String how = stage + ", " + (agent ? "agent" : "daemon") + " killed";
                assertThat(untouched("killed", "web")).as(how).isEqualTo(siblings);
                JsonNode web = M.containers("killed").get("web");
                assertThat(web.path("Config").path("Image").asString()).as(how).isEqualTo(image);
                assertThat(web.path("Name").asString()).as(how).doesNotContain("next");
                Map<String, Long> pids = M.pids("killed");
                assertThat(volume(pids.get("web")))
                        .as("the set's volume, also after an agent's restart")
                        .isEqualTo(volume(pids.get("last")));
            }
        }
        // Each lasts for milliseconds, and the last two may be over between two looks.
        assertThat(seen).contains(Stage.ASKED, Stage.MADE, Stage.STOPPED);
    }

    /** How far a replacement has come, by what the daemon has. */
    private enum Stage {
        ASKED,
        MADE,
        STOPPED,
        STARTED,
        REMOVED
    }

    /** Waits until it has come that far; says whether it was seen there, and not only beyond. */
    private static boolean awaitStage(Stage stage, String image) throws IOException {
        if (stage == Stage.ASKED) {
            return true;
        }
        while (true) {
            Stage now = stage(image);
            if (now == null || now.compareTo(stage) >= 0) {
                return now == stage;
            }
        }
    }

    /** Null when it is done. */
    private static @Nullable Stage stage(String image) throws IOException {
        JsonNode old = null;
        JsonNode next = null;
        for (JsonNode each : M.docker().docker().containers("io.mosaic.name=killed")) {
            if (each.path("Labels").path("io.mosaic.container").asString().equals("web")) {
                if (each.path("Names").path(0).asString().endsWith("-next")) {
                    next = each;
                } else {
                    old = each;
                }
            }
        }
        boolean oldRuns = old != null && old.path("State").asString().equals("running");
        if (next == null) {
            return oldRuns && old.path("Image").asString().equals(image) ? null : Stage.ASKED;
        }
        if (next.path("State").asString().equals("running")) {
            return old == null ? Stage.REMOVED : Stage.STARTED;
        }
        return oldRuns ? Stage.MADE : Stage.STOPPED;
    }

    @Test
    void aNewContainerThatIsNotHealthyOrDoesNotStartShowsAndIsTakenBack() throws Exception {
        M.run(three("sick", BusyBoxImage.REFERENCE, ""));
        Map<String, String> siblings = untouched("sick", "web");
        patch("sick", three("sick", NEXT_IMAGE, "\"health\": {\"tcp\": 9999, \"deadline\": \"1s\"},"));
        SetResource failed = M.awaitState("sick", SetState.FAILED);
        assertThat(failed.status().reason()).contains("web: ended as its health check failed");
        awaitDone(patch("sick", three("sick", BusyBoxImage.REFERENCE, "\"health\": null,")));
        patch("sick", three("sick", NEXT_IMAGE, "\"entrypoint\": [\"/no/such/program\"],"));
        assertThat(M.awaitState("sick", SetState.FAILED).status().reason()).contains("/no/such/program");
        awaitDone(patch("sick", three("sick", BusyBoxImage.REFERENCE, "")));
        assertThat(untouched("sick", "web")).isEqualTo(siblings);
        assertThat(M.containers("sick")).containsOnlyKeys("infra", "first", "web", "last");
    }

    @Test
    void beforeTheStopACommandRunsInTheOldContainerAndOneThatHangsHoldsNothingUp() throws Exception {
        String preStop =
                "\"preStop\": {\"command\": [\"sh\", \"-c\", \"%s\"], \"timeout\": \"1s\"}, \"stopGrace\": \"1s\",";
        M.run(three("ends", BusyBoxImage.REFERENCE, preStop.formatted("echo drained >> /data/drained")));
        awaitDone(patch("ends", three("ends", NEXT_IMAGE, preStop.formatted("sleep 100"))));
        assertThat(M.exec("ends", "web", "cat", "/data/drained").out()).isEqualTo("drained\n");
        M.client().sets().stop("ends");
        M.awaitState("ends", SetState.STOPPED);
        assertThat(M.awaitEvent("ends", "PreStopFailed").message()).contains("did not end within 1s and was killed");
        M.client().sets().start("ends");
        M.awaitState("ends", SetState.RUNNING);
        assertThat(M.exec("ends", "web", "cat", "/data/drained").out()).isEqualTo("drained\n");
    }

    @Test
    void containersComeAndGoAndWhatNeedsANewInfraContainerIsRefused() throws Exception {
        M.run(three("more", BusyBoxImage.REFERENCE, ""));
        Map<String, String> before = untouched("more", "last");
        SetResource after = awaitDone(patch(
                "more",
                three("more", BusyBoxImage.REFERENCE, "").replace("\"name\": \"last\"", "\"name\": \"other\"")));
        assertThat(after.status().containers())
                .extracting(ContainerStatus::name)
                .containsExactly("infra", "first", "web", "other");
        assertThat(M.containers("more")).containsOnlyKeys("infra", "first", "web", "other");
        assertThat(untouched("more", "other")).isEqualTo(before);
        assertThatThrownBy(() -> patch("more", three("more", BusyBoxImage.REFERENCE, "\"ports\": [\"18999:8080\"],")))
                .isInstanceOfSatisfying(ProblemException.class, e -> {
                    assertThat(e.is(Problem.Kind.IMMUTABLE)).isTrue();
                    assertThat(e.problem().errors().getFirst().field()).isEqualTo("/containers/1/options/ports/0/host");
                });
    }
}
