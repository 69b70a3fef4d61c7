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
import io.mosaic.model.client.Exec;
import io.mosaic.model.client.ExecQuery;
import io.mosaic.model.client.LogsQuery;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.Cgroups;
import io.mosaic.proof.rig.FreePorts;
import io.mosaic.proof.rig.HostProcesses;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The life of a set through real processes, from its JSON to nothing left. */
class SetStoryIT {

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    /** Two containers that share network, IPC and volume; the first serves a page and has a health check. */
    private static String web(String name, int hostPort) {
        return """
                {"name": "%s",
                 "resources": {"cpu": 1, "memory": "128Mi"},
                 "volume": {"size": "300Mi", "mount": "/data"},
                 "sysctls": {"net.core.somaxconn": "1234"},
                 "labels": {"app": "web"},
                 "containers": [
                   {"index": 2, "name": "side", "image": "mosaic-proof/busybox:1",
                    "options": {"CPU": 20, "MEM": 50, "command": ["sh", "-c", "trap exit TERM; sleep 1000000 & wait"], "user": "1000:1000",
                                "env": {"COLOUR": "green"}, "ulimits": {"nofile": 777}, "workdir": "/tmp"}},
                   {"index": 1, "name": "web", "image": "mosaic-proof/busybox:1",
                    "options": {"CPU": 50, "MEM": 25,
                                "command": ["sh", "-c", "echo page > /data/index.html; sleep 1; echo serving; httpd -p 8080 -h /data; trap exit TERM; sleep 1000000 & wait"],
                                "ports": [{"container": 8080, "host": %d}],
                                "health": {"http": "http://localhost:8080/", "interval": "1s"}}}]}
                """.formatted(name, hostPort);
    }

    @Test
    void fromJsonToRunningToNothing() throws Exception {
        int port = FreePorts.next();
        SetResource created = M.create(web("story", port));
        assertThat(created.status().state()).isIn(SetState.PENDING, SetState.PLACED);
        SetResource running = M.awaitState("story", SetState.RUNNING);

        assertThat(running.status().host()).isEqualTo("host-1");
        assertThat(running.status().containers())
                .extracting(ContainerStatus::name)
                .containsExactly("infra", "web", "side");
        assertThat(running.status().containers())
                .extracting(ContainerStatus::state)
                .containsOnly(ContainerStatus.State.UP);
        assertSharedAndOrdered(running);
        assertLimits();
        assertInside();
        assertThat(page(port)).isEqualTo("page\n");
        assertThat(M.logs("story", new LogsQuery("web", false, null, null, false)))
                .isEqualTo("serving\n");
        assertThat(M.client().sets().list(SetQuery.ALL).items())
                .extracting(SetResource::name)
                .contains("story");

        M.client().sets().delete("story");
        M.awaitGone("story");
        M.awaitNothingLeft();
        assertThat(M.events("story"))
                .extracting(Event::type)
                .containsSubsequence("Created", "Placed", "VolumeReady", "ContainerStarted", "Healthy", "Running")
                .containsSubsequence("Running", "Deleting", "Deleted");
    }

    private static void assertSharedAndOrdered(SetResource running) {
        Map<String, JsonNode> containers = M.containers("story");
        assertThat(containers).containsOnlyKeys("infra", "web", "side");
        String infra = containers.get("infra").path("Id").asString();
        for (String name : List.of("web", "side")) {
            JsonNode host = containers.get(name).path("HostConfig");
            assertThat(host.path("NetworkMode").asString()).isEqualTo("container:" + infra);
            assertThat(host.path("IpcMode").asString()).isEqualTo("container:" + infra);
            assertThat(host.path("Privileged").asBoolean()).isFalse();
            assertThat(host.path("CapAdd").size()).isZero();
            assertThat(containers.get(name).path("Id").asString())
                    .isEqualTo(MosaicExtension.container(running, name).id());
        }
        assertThat(started(containers, "infra")).isBefore(started(containers, "web"));
        // The second waits for the health of the first, which takes a second to come.
        assertThat(started(containers, "side"))
                .isAfter(started(containers, "web").plusMillis(900));
        String address = containers
                .get("infra")
                .path("NetworkSettings")
                .path("IPAddress")
                .asString();
        assertThat(running.status().ip()).isEqualTo(address).isNotEmpty();
    }

    private static Instant started(Map<String, JsonNode> containers, String name) {
        return Instant.parse(
                containers.get(name).path("State").path("StartedAt").asString());
    }

    private static void assertLimits() throws Exception {
        Map<String, Long> pids = M.pids("story");
        assertThat(Cgroups.cpuMillis(pids.get("web"))).isEqualTo(500);
        assertThat(Cgroups.cpuMillis(pids.get("side"))).isEqualTo(200);
        assertThat(Cgroups.memoryLimit(pids.get("web"))).isEqualTo(32L << 20);
        assertThat(Cgroups.memoryLimit(pids.get("side"))).isEqualTo(64L << 20);
    }

    private static void assertInside() throws Exception {
        assertThat(M.exec("story", "side", "cat", "/proc/sys/net/core/somaxconn")
                        .out())
                .isEqualTo("1234\n");
        assertThat(M.exec("story", "side", "cat", "/data/index.html").out())
                .as("one volume, seen by both")
                .isEqualTo("page\n");
        assertThat(M.exec("story", "side", "wget", "-q", "-O", "-", "http://127.0.0.1:8080/")
                        .out())
                .as("one network")
                .isEqualTo("page\n");
        assertThat(M.exec("story", "side", "id", "-u").out()).isEqualTo("1000\n");
        assertThat(M.exec("story", "side", "pwd").out()).isEqualTo("/tmp\n");
        assertThat(M.exec("story", "side", "sh", "-c", "echo $COLOUR").out()).isEqualTo("green\n");
        assertThat(M.exec("story", "side", "sh", "-c", "ulimit -n").out()).isEqualTo("777\n");
        String size = M.exec("story", "web", "df", "-m", "/data").out();
        assertThat(size).as("the volume's own file system").contains("/dev/loop");
    }

    private static String page(int port) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                                    .timeout(Duration.ofSeconds(10))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void execAsScriptsAndPeopleUseIt() throws Exception {
        M.run(MosaicExtension.sleeper("exec"));
        assertThat(M.exec("exec", ExecQuery.of("cat").withStdin(), "one\ntwo\n"))
                .as("the command sees the end of its input")
                .isEqualTo(new MosaicExtension.Ran(0, "one\ntwo\n", ""));
        assertThat(M.exec("exec", "main", "sh", "-c", "echo out; echo err >&2; exit 7"))
                .isEqualTo(new MosaicExtension.Ran(7, "out\n", "err\n"));
        assertThat(M.exec("exec", "main", "sh", "-c", "cat; echo done").out())
                .as("without input the command sees its end at once")
                .isEqualTo("done\n");
        String big = "0123456789abcdef".repeat(128 * 1024);
        assertThat(M.exec("exec", ExecQuery.of("md5sum").withStdin(), big).out())
                .as("2 MiB of input arrive whole")
                .startsWith(java.util.HexFormat.of()
                        .formatHex(java.security.MessageDigest.getInstance("MD5")
                                .digest(big.getBytes(StandardCharsets.US_ASCII))));
        assertThatThrownBy(() -> M.exec("exec", "infra", "id"))
                .as("the infra container admits no exec")
                .isInstanceOf(ProblemException.class);
        assertThatThrownBy(() -> M.exec("exec", "nosuch", "id")).isInstanceOf(ProblemException.class);
        assertThat(M.exec("exec", "main", "/no/such/command").code()).isIn(126, 127);
    }

    @Test
    void execWithATerminal() throws Exception {
        M.run(MosaicExtension.sleeper("tty"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ExecQuery query = new ExecQuery("main", List.of("sh"), true, true, 100, 30, null);
        try (Exec exec = M.client().sets().exec("tty", query, out, out)) {
            exec.stdin().write("stty size; tty\n".getBytes(StandardCharsets.UTF_8));
            Awaitility.await()
                    .untilAsserted(() -> assertThat(out.toString(StandardCharsets.UTF_8))
                            .contains("30 100")
                            .contains("/dev/pts/"));
            exec.resize(77, 22);
            Awaitility.await().pollDelay(Duration.ofMillis(300)).untilAsserted(() -> {
                exec.stdin().write("stty size\n".getBytes(StandardCharsets.UTF_8));
                assertThat(out.toString(StandardCharsets.UTF_8)).contains("22 77");
            });
            exec.stdin().write("exit 3\n".getBytes(StandardCharsets.UTF_8));
            assertThat(exec.waitFor(Duration.ofSeconds(10))).isEqualTo(3);
        }
    }

    @Test
    void logsTailSinceAndFollow() throws Exception {
        M.run("""
                {"name": "talk", "resources": {"cpu": 0.2, "memory": "32Mi"}, "restart": {"policy": "never"},
                 "containers": [{"index": 1, "name": "main", "image": "mosaic-proof/busybox:1", "options": {"command":
                   ["sh", "-c", "for i in 1 2 3 4 5; do echo line $i; done; sleep 3; echo late; exec sleep 2"]}}]}
                """);
        // A set runs as soon as its process does, which has said nothing by then.
        Awaitility.await()
                .untilAsserted(() -> assertThat(M.logs("talk", new LogsQuery(null, false, 2, null, false)))
                        .isIn("line 4\nline 5\n", "line 5\nlate\n"));
        assertThat(M.logs("talk", new LogsQuery("main", true, null, null, false)))
                .as("follows to the container's end")
                .isEqualTo("line 1\nline 2\nline 3\nline 4\nline 5\nlate\n");
        assertThat(M.logs("talk", new LogsQuery("main", false, null, "1ms", false)))
                .isEmpty();
        String stamped =
                M.logs("talk", new LogsQuery("main", false, 1, null, true)).strip();
        assertThat(Instant.parse(stamped.substring(0, stamped.indexOf(' ')))).isBefore(Instant.now());
    }

    @Test
    void limitsChangeWhileItRuns() throws Exception {
        M.run(MosaicExtension.sleeper("live"));
        long pid = M.pids("live").get("main");
        M.client()
                .sets()
                .patch("live", Json.mapper().readTree("{\"resources\": {\"cpu\": 0.4, \"memory\": \"48Mi\"}}"), null);
        SetResource changed = M.await(
                "live",
                set -> set.status().state() == SetState.RUNNING
                        && set.status().observedGeneration() == set.generation(),
                "the new generation");
        assertThat(changed.generation()).isEqualTo(2);
        assertThat(M.pids("live").get("main")).as("not restarted").isEqualTo(pid);
        assertThat(Cgroups.cpuMillis(pid)).isEqualTo(400);
        assertThat(Cgroups.memoryLimit(pid)).isEqualTo(48L << 20);
        assertThatThrownBy(() -> M.client()
                        .sets()
                        .patch("live", Json.mapper().readTree("{\"sysctls\": {\"net.core.somaxconn\": \"9\"}}"), null))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.IMMUTABLE)).isTrue());
    }

    @Test
    void stopStartAndRestartKeepTheVolume() throws Exception {
        int port = FreePorts.next();
        M.run(web("cycle", port));
        M.exec("cycle", "web", "sh", "-c", "echo kept > /data/kept");
        Map<String, Long> first = M.pids("cycle");

        M.client().sets().stop("cycle");
        SetResource stopped = M.awaitState("cycle", SetState.STOPPED);
        assertThat(stopped.status().host()).isEqualTo("host-1");
        for (long pid : first.values()) {
            assertThat(HostProcesses.alive(pid)).isFalse();
        }

        M.client().sets().start("cycle");
        M.awaitState("cycle", SetState.RUNNING);
        assertThat(M.exec("cycle", "side", "cat", "/data/kept").out()).isEqualTo("kept\n");
        Map<String, Long> second = M.pids("cycle");

        long revision = M.client().sets().restart("cycle").revision();
        M.await(
                "cycle",
                set -> set.revision() > revision
                        && set.status().state() == SetState.RUNNING
                        && set.status().observedGeneration() == set.generation(),
                "RUNNING again");
        Map<String, Long> third = M.pids("cycle");
        assertThat(third.get("web")).isNotEqualTo(second.get("web"));
        assertThat(third.get("infra")).as("keeps network and volume").isEqualTo(second.get("infra"));
        assertThat(page(port)).isEqualTo("page\n");
    }

    @Test
    void whatDiesIsRestartedWithAReason() throws Exception {
        M.run(MosaicExtension.sleeper("dies"));
        Map<String, Long> first = M.pids("dies");
        HostProcesses.kill(List.of(first.get("main")));
        SetResource again = M.await(
                "dies",
                set -> set.status().state() == SetState.RUNNING
                        && MosaicExtension.container(set, "main").restarts() == 1,
                "RUNNING after one restart");
        assertThat(MosaicExtension.container(again, "main").exitCode()).isEqualTo(137);
        assertThat(M.pids("dies").get("infra")).isEqualTo(first.get("infra"));
        assertThat(M.awaitEvent("dies", "Died").message()).contains("137");
        assertThat(M.events("dies")).extracting(Event::type).containsSubsequence("Died", "Restarted", "Running");
    }

    @Test
    void theInfraContainersDeathRestartsTheSet() throws Exception {
        M.run(MosaicExtension.sleeper("infra-dies"));
        Map<String, Long> first = M.pids("infra-dies");
        HostProcesses.kill(List.of(first.get("infra")));
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            Map<String, Long> now = M.pids("infra-dies");
            assertThat(now.get("infra")).isNotIn(0L, null, first.get("infra"));
            assertThat(now.get("main")).isNotIn(0L, null, first.get("main"));
            assertThat(M.client().sets().get("infra-dies").status().state()).isEqualTo(SetState.RUNNING);
        });
        JsonNode main = M.containers("infra-dies").get("main");
        assertThat(main.path("HostConfig").path("NetworkMode").asString())
                .isEqualTo("container:"
                        + M.containers("infra-dies").get("infra").path("Id").asString());
        assertThat(M.exec("infra-dies", "main", "ip", "addr").out())
                .as("in the new network")
                .contains("eth0");
    }
}
