package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.proof.rig.Cgroups;
import io.mosaic.proof.rig.HostProcesses;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Limits and volumes change while a set runs, and hold whatever ends and comes back. */
class ResizeIT {

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    private static final String KEY = Cgroups.v2() ? "memory.high" : "memory.swappiness";

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

    private static String withVolume(String name, String command) {
        return """
                {"name": "%s", "resources": {"cpu": 0.2, "memory": "48Mi"}, "restart": {"initial": "200ms"},
                 "volume": {"size": "300Mi", "mount": "/data"},
                 "containers": [{"index": 1, "name": "main", "image": "mosaic-proof/busybox:1",
                                 "options": {"command": ["sh", "-c", "%s"], "stopGrace": "1s"}}]}
                """.formatted(name, command);
    }

    private static void refused(Problem.Kind kind, String words, Runnable call) {
        assertThatThrownBy(call::run).isInstanceOfSatisfying(ProblemException.class, e -> {
            assertThat(e.is(kind)).as(e.toString()).isTrue();
            assertThat(e.problem().toString()).contains(words);
        });
    }

    @Test
    void allLimitsChangeLiveAndHoldWhateverEnds() throws Exception {
        M.run(withVolume("all", "exec sleep 1000000"));
        long pid = M.pids("all").get("main");
        String value = Cgroups.v2() ? "40Mi" : "3";
        awaitDone(patch("all", """
                {"resources": {"cpu": 0.3, "memory": "56Mi", "io": {"readBps": "20Mi", "writeIops": 200},
                               "cgroup": {"%s": "%s"}}, "volume": {"size": "400Mi"}}
                """.formatted(KEY, value)));
        assertThat(M.pids("all").get("main")).as("not restarted").isEqualTo(pid);
        assertLimits();
        assertThat(patch("all", "{\"resources\": {\"cpu\": 0.3}, \"volume\": {\"size\": \"400Mi\"}}")
                        .generation())
                .as("the same again is nothing")
                .isEqualTo(2);

        HostProcesses.kill(List.of(pid));
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(M.pids("all").get("main")).isNotIn(0L, pid));
        assertLimits();
        M.mosaic().agent().kill9();
        M.mosaic().agent().start();
        M.docker().kill9();
        M.docker().start();
        M.mosaic().awaitHost("READY");
        assertLimits();
        M.docker()
                .docker()
                .post(
                        "/containers/"
                                + M.containers("all").get("main").path("Id").asString() + "/update",
                        Map.of("CpuQuota", 90_000, "Memory", 256 << 20, "MemorySwap", 256 << 20));
        assertLimits();
        Cgroups.write(M.pids("all").get("main"), "memory", KEY, Cgroups.v2() ? "max" : "60");
        assertLimits();

        awaitDone(patch("all", "{\"resources\": {\"io\": null, \"cgroup\": null}}"));
        assertThat(Cgroups.readBps(M.pids("all").get("main"))).isEmpty();
        assertThat(Cgroups.text(M.pids("all").get("main"), "memory", KEY)).isEqualTo(Cgroups.v2() ? "max" : "60");
    }

    /** The agent looks at limits by itself every half minute. */
    private static void assertLimits() {
        Awaitility.await()
                .atMost(Duration.ofSeconds(75))
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptions()
                .untilAsserted(() -> {
                    long pid = M.pids("all").get("main");
                    assertThat(Cgroups.cpuMillis(pid)).isEqualTo(300);
                    assertThat(Cgroups.memoryLimit(pid)).isEqualTo(56L << 20);
                    assertThat(Cgroups.text(pid, "memory", KEY))
                            .isEqualTo(Cgroups.v2() ? Long.toString(40L << 20) : "3");
                    assertThat(Cgroups.readBps(pid))
                            .as("the root's device and the volume's")
                            .containsExactly(20L << 20, 20L << 20);
                    assertThat(space(pid)).isGreaterThan(300L << 20);
                });
    }

    /** Of the file system as the container sees it; NIO would look for that path on the host. */
    private static long space(long pid) {
        return new File("/proc/" + pid + "/root/data").getTotalSpace();
    }

    @Test
    void aVolumeGrowsUnderAWriterAndNeverShrinks() throws Exception {
        M.run(withVolume("grows", "i=0; while true; do i=$((i+1)); echo $i >> /data/log; done"));
        long pid = M.pids("grows").get("main");
        long before = space(pid);
        long written = Files.size(Path.of("/proc/" + pid + "/root/data/log"));
        awaitDone(patch("grows", "{\"volume\": {\"size\": \"500Mi\"}}"));
        assertThat(space(pid)).isGreaterThan(before + (150L << 20));
        Awaitility.await()
                .untilAsserted(() -> assertThat(Files.size(Path.of("/proc/" + pid + "/root/data/log")))
                        .isGreaterThan(written));
        assertThat(M.exec("grows", "main", "sh", "-c", "head -n 3 /data/log").out())
                .isEqualTo("1\n2\n3\n");
        refused(
                Problem.Kind.IMMUTABLE,
                "cannot shrink: its file system only grows; it has 500Mi",
                () -> patch("grows", "{\"volume\": {\"size\": \"400Mi\"}}"));
        refused(
                Problem.Kind.CONFLICT,
                "no other host has room either",
                () -> patch("grows", "{\"volume\": {\"size\": \"500Ti\"}}"));
        assertThat(M.events("grows")).extracting("type").contains("VolumeGrown");
    }

    @Test
    void memoryBelowUseIsRefusedWithTheFigureAndForcedByARestart() throws Exception {
        M.run(withVolume("uses", "test -e /dev/shm/x || head -c 30m /dev/zero > /dev/shm/x; exec sleep 1000000"));
        long pid = M.pids("uses").get("main");
        Awaitility.await()
                .untilAsserted(() -> assertThat(Files.size(Path.of("/proc/" + pid + "/root/dev/shm/x")))
                        .isEqualTo(30L << 20));
        String less = "{\"resources\": {\"memory\": \"24Mi\"}}";
        refused(Problem.Kind.CONFLICT, "of memory, 24Mi is asked for; with force=true", () -> patch("uses", less));
        assertThat(Cgroups.memoryLimit(pid)).isEqualTo(48L << 20);
        SetResource forced = M.client().sets().patch("uses", Json.mapper().readTree(less), null, true, false);
        awaitDone(forced);
        long after = M.pids("uses").get("main");
        assertThat(after).isNotIn(0L, pid);
        assertThat(Cgroups.memoryLimit(after)).isEqualTo(24L << 20);
        assertThat(M.events("uses")).extracting("type").doesNotContain("OomKilled", "Died");
    }

    @Test
    void memoryThatIsInUseWhenTheAgentLooksIsNotPutInForceUntilItIsFree() throws Exception {
        M.run(withVolume("later", "head -c 30m /dev/zero > /dev/shm/x; exec sleep 1000000"));
        long pid = M.pids("later").get("main");
        Awaitility.await()
                .untilAsserted(() -> assertThat(Files.size(Path.of("/proc/" + pid + "/root/dev/shm/x")))
                        .isEqualTo(30L << 20));
        // Nobody can be asked, as when the use grows after the host was: the call is accepted.
        M.mosaic().agent().kill9();
        patch("later", "{\"resources\": {\"memory\": \"24Mi\"}}");
        M.mosaic().agent().start();
        SetResource held = M.await(
                "later",
                set -> set.status().state() == SetState.RUNNING
                        && set.status().observedGeneration() == 2
                        && set.status().reason() != null,
                "RUNNING with a reason");
        assertThat(held.status().reason())
                .contains("limits of main are not as asked for: it uses 3", "of memory, 24Mi is asked for");
        assertThat(Cgroups.memoryLimit(pid)).isEqualTo(48L << 20);
        assertThat(M.awaitEvent("later", "LimitsNotSet").warning()).isTrue();
        M.exec("later", "main", "rm", "/dev/shm/x");
        M.await("later", set -> set.status().reason() == null, "no reason any more");
        assertThat(Cgroups.memoryLimit(pid)).isEqualTo(24L << 20);
        assertThat(M.pids("later").get("main")).isEqualTo(pid);
    }

    @Test
    void whatMakesNoSenseIsRefusedByField() throws Exception {
        M.run(MosaicExtension.sleeper("wrong"));
        refused(
                Problem.Kind.INVALID,
                "/resources/cgroup",
                () -> patch("wrong", "{\"resources\": {\"cgroup\": {\"memory.limit_in_bytes\": \"1\"}}}"));
        refused(
                Problem.Kind.INVALID,
                "/resources/cgroup/pids.max",
                () -> patch("wrong", "{\"resources\": {\"cgroup\": {\"pids.max\": \"many\"}}}"));
        refused(
                Problem.Kind.INVALID,
                "/resources/io/readBps",
                () -> patch("wrong", "{\"resources\": {\"io\": {\"readBps\": \"1\"}}}"));
        refused(
                Problem.Kind.INVALID,
                "/resources/io/writeIops",
                () -> patch("wrong", "{\"resources\": {\"io\": {\"writeIops\": -5}}}"));
        String other = Cgroups.v2() ? "memory.swappiness" : "memory.high";
        refused(
                Problem.Kind.CONFLICT,
                "/resources/cgroup/" + other,
                () -> patch(
                        "wrong",
                        "{\"resources\": {\"cgroup\": {\"%s\": \"%s\"}}}"
                                .formatted(other, Cgroups.v2() ? "1" : "32Mi")));
        assertThat(M.client().sets().get("wrong").generation()).isEqualTo(1);
        SetResource asked = patch("wrong", "{\"resources\": {\"cgroup\": {\"pids.max\": \"50\"}}}");
        awaitDone(asked);
        assertThat(Cgroups.text(M.pids("wrong").get("main"), "pids", "pids.max"))
                .isEqualTo("50");
    }
}
