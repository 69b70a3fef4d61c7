package io.mosaic.proof.bench;

import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import io.mosaic.proof.rig.BusyBoxImage;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A set of infra and three containers: one is replaced in place again and again while a sibling serves about a thousand
 * requests a second. What is seen from outside is measured, at the sibling's port and at the replaced container's.
 */
final class GrayBench {

    private static final String NAME = "gray";
    private static final int SIBLING_PORT = 8081;
    private static final int PORT = 8080;
    private static final int REQUESTS_A_SECOND = 1000;
    private static final int WARM_UP = 3;
    private static final Duration DEADLINE = Duration.ofMinutes(1);

    private GrayBench() {}

    static String run(BenchParts parts, int runs) throws IOException, InterruptedException {
        DockerRig rig = parts.add(DockerRig.start("bench-gray"));
        Installation mosaic = parts.add(Installation.start(rig, "bench-gray"));
        MosaicClient client = parts.add(mosaic.client());
        List<Long> gaps = new ArrayList<>();
        int changed = 0;
        try (Watch<SetResource> watch = BenchSets.watch(client)) {
            client.sets().create(spec(0));
            BenchSets.awaitRunning(watch, Set.of(NAME));
            String ip = String.valueOf(client.sets().get(NAME).status().ip());
            Map<String, String> siblings = facts(rig, ip);
            long failed;
            long answered;
            try (EchoLoad load = EchoLoad.start(ip, SIBLING_PORT, REQUESTS_A_SECOND);
                    GapProbe probe = GapProbe.start(ip, PORT)) {
                for (int i = 1; i <= WARM_UP + runs; i++) {
                    Thread.sleep(200);
                    probe.takeLongest();
                    replace(client, watch, i);
                    Thread.sleep(200);
                    long gap = probe.takeLongest();
                    boolean same = facts(
                                    rig,
                                    String.valueOf(
                                            client.sets().get(NAME).status().ip()))
                            .equals(siblings);
                    changed += same ? 0 : 1;
                    if (i > WARM_UP) {
                        gaps.add(gap);
                    }
                    System.out.printf(
                            Locale.ROOT,
                            "%s %d: %.0f ms without an answer; siblings %s%n",
                            i <= WARM_UP ? "warm-up" : "run",
                            i <= WARM_UP ? i : i - WARM_UP,
                            gap / 1e6,
                            same ? "as they were" : "CHANGED");
                }
                failed = load.failed();
                answered = load.answered();
            }
            System.out.printf(Locale.ROOT, "the sibling answered %d requests%n", answered);
            if (answered == 0) {
                throw new IllegalStateException("the sibling served nothing, so that it lost nothing says nothing");
            }
            BenchSets.deleteAll(client, watch, Set.of(NAME));
            Percentiles times = Percentiles.of(gaps);
            return String.format(
                    Locale.ROOT,
                    "sibling_failed=%d siblings_changed=%d gap_p50_ms=%.0f gap_p99_ms=%.0f",
                    failed,
                    changed,
                    times.millis(50),
                    times.millis(99));
        }
    }

    private static SetSpec spec(int round) {
        // The first process of a container ends by SIGTERM only when it says so, and this one says nothing.
        String serve = "\"stopSignal\": \"SIGKILL\", \"command\": [\"nc\", \"-ll\", \"-p\", \"%d\", \"-e\", \"cat\"]";
        return Json.read(
                """
                {"name": "%s", "resources": {"cpu": 2, "memory": "96Mi"}, "volume": {"size": "300Mi", "mount": "/data"},
                 "containers": [
                  {"index": 1, "name": "sibling", "image": "%s", "options": {%s}},
                  {"index": 2, "name": "web", "image": "%s",
                   "options": {%s, "env": {"ROUND": "%d"}}},
                  {"index": 3, "name": "last", "image": "%s", "options": {"command": ["sleep", "1000000"]}}]}
                """.formatted(
                                NAME,
                                BusyBoxImage.REFERENCE,
                                serve.formatted(SIBLING_PORT),
                                BusyBoxImage.REFERENCE,
                                serve.formatted(PORT),
                                round,
                                BusyBoxImage.REFERENCE),
                SetSpec.class);
    }

    private static void replace(MosaicClient client, Watch<SetResource> watch, int round) throws InterruptedException {
        ObjectNode patch = Json.mapper().createObjectNode();
        patch.set("containers", Json.mapper().valueToTree(spec(round).containers()));
        SetResource asked = client.sets().patch(NAME, patch, null);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            WatchEvent<SetResource> event = watch.next(Duration.ofSeconds(1));
            SetResource set = event == null ? null : event.item();
            if (set != null
                    && set.status().state() == SetState.RUNNING
                    && set.status().observedGeneration() >= asked.generation()) {
                return;
            }
        }
        throw new IllegalStateException("not replaced: " + client.sets().get(NAME));
    }

    /** All that must stay as it was. */
    private static Map<String, String> facts(DockerRig rig, String ip) throws IOException {
        Map<String, String> facts = new TreeMap<>();
        facts.put("ip", ip);
        for (JsonNode each : rig.docker().containers("io.mosaic.name=" + NAME)) {
            String name = each.path("Labels").path("io.mosaic.container").asString();
            JsonNode seen = rig.docker().inspect(each.path("Id").asString());
            if (name.equals("web") || seen == null) {
                continue;
            }
            long pid = seen.path("State").path("Pid").asLong();
            facts.put(
                    name,
                    String.join(
                            " ",
                            each.path("Id").asString(),
                            Long.toString(pid),
                            seen.path("State").path("StartedAt").asString(),
                            Files.readSymbolicLink(Path.of("/proc/" + pid + "/ns/net"))
                                    .toString()));
            if (!name.equals(ContainerStatus.INFRA)) {
                Path volume = Path.of("/proc/" + pid + "/root/data");
                facts.put(name + " volume", String.valueOf(Files.getAttribute(volume, "unix:dev")));
            }
        }
        return facts;
    }
}
