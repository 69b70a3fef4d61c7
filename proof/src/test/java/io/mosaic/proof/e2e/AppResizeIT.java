package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.AppResource;
import io.mosaic.model.AppStatus;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.Cgroups;
import java.io.File;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** All instances of an app get other limits, or another container, on real Docker; what need not stop does not. */
class AppResizeIT {

    private static final Duration DEADLINE = Duration.ofSeconds(90);
    private static final String KEY = Cgroups.v2() ? "memory.high" : "memory.swappiness";
    private static final String VALUE = Cgroups.v2() ? "40Mi" : "3";

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    private static JsonNode app(String name, String command) {
        return Json.mapper().readTree("""
                {"name": "%s", "replicas": 3, "budget": 1,
                 "update": {"batch": 2, "canary": 1, "minReady": "500ms", "deadline": "20s"},
                 "template": {
                   "resources": {"cpu": 0.2, "memory": "96Mi"},
                   "volume": {"size": "300Mi", "mount": "/data"},
                   "containers": [
                     {"index": 1, "name": "main", "image": "mosaic-proof/busybox:1",
                      "options": {"command": ["sh", "-c", "%s"], "stopSignal": "SIGKILL"}},
                     {"index": 2, "name": "side", "image": "mosaic-proof/busybox:1",
                      "options": {"command": ["sleep", "1000000"], "stopSignal": "SIGKILL"}}]}}
                """.formatted(name, command));
    }

    /** Apps make anew what is deleted, so they go before their sets. */
    @AfterEach
    void deleteApps() {
        for (AppResource app : M.client().apps().list(List.of(), 1000, null).items()) {
            M.client().apps().delete(app.name());
        }
        Awaitility.await()
                .atMost(DEADLINE)
                .untilAsserted(() -> assertThat(
                                M.client().apps().list(List.of(), 1000, null).items())
                        .isEmpty());
    }

    private static AppResource awaitReady(AppResource asked) {
        Awaitility.await().atMost(DEADLINE).untilAsserted(() -> {
            AppResource app = M.client().apps().get(asked.name());
            assertThat(app.status().observedGeneration()).isGreaterThanOrEqualTo(asked.generation());
            assertThat(app.status().state()).as(Json.pretty(app)).isEqualTo(AppStatus.State.READY);
        });
        return M.client().apps().get(asked.name());
    }

    private static AppResource patch(String name, String template, boolean force) {
        return M.client().apps().patch(name, Json.mapper().readTree("{\"template\": " + template + "}"), force, false);
    }

    private static List<String> names(String app) {
        return M.client().sets().listAll(SetQuery.ALL.withApp(app)).items().stream()
                .map(SetResource::name)
                .toList();
    }

    /** Pids of all containers of all instances. */
    private static Map<String, Long> pids(String app) {
        Map<String, Long> pids = new TreeMap<>();
        names(app).forEach(set -> M.pids(set).forEach((name, pid) -> pids.put(set + "/" + name, pid)));
        return pids;
    }

    private static void refused(String app, String template, String... words) {
        assertThatThrownBy(() -> patch(app, template, false)).isInstanceOfSatisfying(ProblemException.class, e -> {
            assertThat(e.is(Problem.Kind.CONFLICT)).as(e.toString()).isTrue();
            assertThat(e.problem().detail()).contains(words);
        });
    }

    private static List<String> events(String app) {
        return names(app).stream()
                .flatMap(set -> M.events(set).stream())
                .map(Event::type)
                .toList();
    }

    @Test
    void allInstancesGetNewLimitsAndNoneIsRestarted() throws Exception {
        awaitReady(M.client().apps().create(app("sized", "exec sleep 1000000"), false));
        Map<String, Long> before = pids("sized");
        AppResource after = awaitReady(patch("sized", """
                {"resources": {"cpu": 0.3, "memory": "112Mi", "io": {"readBps": "20Mi"}, "cgroup": {"%s": "%s"}},
                 "volume": {"size": "400Mi"}}
                """.formatted(KEY, VALUE), false));
        assertThat(after.release()).isEqualTo(2);
        assertThat(pids("sized")).isEqualTo(before).hasSize(9);
        for (Map.Entry<String, Long> each : before.entrySet()) {
            String name = each.getKey();
            long pid = each.getValue();
            if (!name.endsWith("/infra")) {
                assertThat(Cgroups.cpuMillis(pid)).as(name).isEqualTo(150);
                assertThat(Cgroups.memoryLimit(pid)).as(name).isEqualTo(56L << 20);
                assertThat(Cgroups.readBps(pid)).as(name).containsExactly(10L << 20, 10L << 20);
                assertThat(Cgroups.text(pid, "memory", KEY))
                        .as(name)
                        .isEqualTo(Cgroups.v2() ? Long.toString(40L << 20) : "3");
                assertThat(new File("/proc/" + pid + "/root/data").getTotalSpace())
                        .as(name)
                        .isGreaterThan(300L << 20);
            }
        }
        assertThat(events("sized")).doesNotContain("WeightChanged", "Died").contains("VolumeGrown");

        refused(
                "sized",
                "{\"resources\": {\"memory\": \"100Gi\"}}",
                "3 of 3 instances do not fit where they are, and none was changed",
                "sized-0001: host ",
                "memory 100Gi asked, at most ");
        assertThat(M.client().apps().get("sized").release()).isEqualTo(2);

        AppResource undone = awaitReady(M.client().apps().undo("sized", null));
        assertThat(undone.release())
                .as("the volume stays as it is, so it is a release of its own")
                .isEqualTo(3);
        assertThat(pids("sized")).isEqualTo(before);
        long main = before.getOrDefault("sized-0002/main", 0L);
        assertThat(Cgroups.cpuMillis(main)).isEqualTo(100);
        assertThat(Cgroups.memoryLimit(main)).isEqualTo(48L << 20);
        assertThat(Cgroups.readBps(main)).isEmpty();
    }

    @Test
    void memoryBelowUseIsRefusedByInstanceAndForcedByRestartsOneAtATime() throws Exception {
        awaitReady(M.client()
                .apps()
                .create(
                        app("uses", "test -e /dev/shm/x || head -c 30m /dev/zero > /dev/shm/x; exec sleep 1000000"),
                        false));
        Map<String, Long> before = pids("uses");
        for (String set : names("uses")) {
            Awaitility.await()
                    .untilAsserted(() -> assertThat(M.exec(set, "main", "ls", "-l", "/dev/shm/x")
                                    .out())
                            .contains("31457280"));
        }
        String less = "{\"resources\": {\"memory\": \"48Mi\"}}";
        refused(
                "uses",
                less,
                "3 of 3 instances use more memory",
                "uses-0003: main uses 3",
                "of memory, 24Mi is asked for");
        assertThat(M.client().apps().get("uses").release()).isEqualTo(1);
        awaitReady(patch("uses", less, true));
        Map<String, Long> after = pids("uses");
        for (String set : names("uses")) {
            assertThat(after.get(set + "/main")).isNotIn(0L, before.get(set + "/main"));
            assertThat(after.get(set + "/infra")).isEqualTo(before.get(set + "/infra"));
            assertThat(Cgroups.memoryLimit(after.getOrDefault(set + "/main", 0L)))
                    .isEqualTo(24L << 20);
            assertThat(Cgroups.memoryLimit(after.getOrDefault(set + "/side", 0L)))
                    .isEqualTo(24L << 20);
        }
        assertThat(events("uses")).contains("WeightChanged").doesNotContain("OomKilled", "Died");
    }

    @Test
    void optionsOfOneContainerChangeInAllInstancesAndTheOthersStay() throws Exception {
        awaitReady(M.client().apps().create(app("options", "exec sleep 1000000"), false));
        Map<String, Long> before = pids("options");
        JsonNode containers = Json.mapper()
                .readTree(app("options", "exec sleep 1000000")
                        .path("template")
                        .path("containers")
                        .toString()
                        .replaceFirst("\"options\":\\{", "\"options\":{\"env\":{\"TURN\":\"2\"},\"user\":\"1000\","));
        awaitReady(patch("options", "{\"containers\": " + containers + "}", false));
        Map<String, Long> after = pids("options");
        for (String set : names("options")) {
            assertThat(after.get(set + "/main")).isNotIn(0L, before.get(set + "/main"));
            assertThat(after.get(set + "/side")).isEqualTo(before.get(set + "/side"));
            assertThat(after.get(set + "/infra")).isEqualTo(before.get(set + "/infra"));
            JsonNode config = M.containers(set)
                    .getOrDefault("main", Json.mapper().nullNode())
                    .path("Config");
            assertThat(config.path("Env").toString()).contains("TURN=2");
            assertThat(config.path("User").asString()).isEqualTo("1000");
        }
    }
}
