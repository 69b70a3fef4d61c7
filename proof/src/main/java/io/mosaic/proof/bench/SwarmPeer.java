package io.mosaic.proof.bench;

import io.mosaic.model.Json;
import io.mosaic.proof.rig.BusyBoxImage;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.DockerSocket;
import io.mosaic.proof.rig.FreePorts;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Docker Swarm of the same Docker version, on a daemon of its own: what {@code docker service scale} takes. */
final class SwarmPeer {

    private static final Duration DEADLINE = Duration.ofMinutes(3);
    private static final Duration LEAVE = Duration.ofSeconds(30);

    /** The bridge of all swarms of this machine. */
    private static final Path GATEWAY = Path.of("/sys/class/net/docker_gwbridge");

    private SwarmPeer() {}

    /** Nanoseconds from asking for that many more replicas of a running service until all of them run. */
    static long scale(BenchParts parts, int more) throws IOException, InterruptedException {
        boolean gateway = Files.exists(GATEWAY);
        DockerRig rig = parts.add(DockerRig.startForSwarm("bench-swarm"));
        DockerSocket docker = rig.docker();
        try {
            return scale(docker, more);
        } finally {
            leave(docker, gateway);
        }
    }

    private static long scale(DockerSocket docker, int more) throws IOException, InterruptedException {
        docker.post("/swarm/init", Map.of("ListenAddr", "127.0.0.1:" + FreePorts.next(), "AdvertiseAddr", "127.0.0.1"));
        String service = docker.post("/services/create", spec(imageId(docker), 1))
                .json()
                .path("ID")
                .asString();
        awaitRunning(docker, 1);
        // The first scaling is a small one, not counted, as the other sides have theirs.
        scaleTo(docker, service, 9);
        awaitRunning(docker, 9);
        scaleTo(docker, service, 1);
        awaitContainers(docker, 1);
        long begin = System.nanoTime();
        scaleTo(docker, service, 1 + more);
        awaitRunning(docker, 1 + more);
        return System.nanoTime() - begin;
    }

    /** Swarm makes interfaces in the machine's own network, and a daemon that merely stops leaves them there. */
    private static void leave(DockerSocket docker, boolean gatewayWasThere) throws IOException {
        docker.post("/swarm/leave?force=true", Map.of());
        if (!gatewayWasThere) {
            docker.call("DELETE", "/networks/" + GATEWAY.getFileName(), new byte[0], "application/json", LEAVE);
        }
    }

    /** By id: Swarm asks a registry for an image that is named by tag, even when the host has it. */
    private static String imageId(DockerSocket docker) throws IOException {
        return docker.get("/images/" + BusyBoxImage.REFERENCE + "/json")
                .json()
                .path("Id")
                .asString();
    }

    private static Map<String, ?> spec(String image, int replicas) {
        return Map.of(
                "Name", "burst",
                "TaskTemplate",
                        Map.of(
                                "ContainerSpec",
                                Map.of("Image", image, "Command", List.of("sleep", "1000000"), "StopGracePeriod", 0),
                                "Resources",
                                Map.of("Limits", Map.of("NanoCPUs", 200_000_000, "MemoryBytes", 32 << 20))),
                "Mode", Map.of("Replicated", Map.of("Replicas", replicas)));
    }

    private static void scaleTo(DockerSocket docker, String service, int replicas) throws IOException {
        JsonNode now = docker.get("/services/" + service).json();
        docker.post(
                "/services/" + service + "/update?version="
                        + now.path("Version").path("Index").asLong(),
                spec(imageId(docker), replicas));
    }

    private static void awaitRunning(DockerSocket docker, int count) throws IOException, InterruptedException {
        String filter =
                URLEncoder.encode(Json.write(Map.of("desired-state", List.of("running"))), StandardCharsets.UTF_8);
        await(
                () -> {
                    int running = 0;
                    for (JsonNode task : docker.get("/tasks?filters=" + filter).json()) {
                        running += "running"
                                        .equals(task.path("Status")
                                                .path("State")
                                                .asString())
                                ? 1
                                : 0;
                    }
                    return running == count;
                },
                "Swarm does not come to " + count + " running tasks");
    }

    private static void awaitContainers(DockerSocket docker, int count) throws IOException, InterruptedException {
        await(() -> docker.containers(null).size() <= count, "Swarm does not remove its containers");
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(Condition condition, String fault) throws IOException, InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new IOException(fault);
            }
            Thread.sleep(50);
        }
    }
}
