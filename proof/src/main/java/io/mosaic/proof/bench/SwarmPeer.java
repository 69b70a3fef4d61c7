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
final class SwarmPeer implements Scaled {

    private static final Duration DEADLINE = Duration.ofMinutes(3);
    private static final Duration LEAVE = Duration.ofSeconds(30);

    /** The bridge of all swarms of this machine. */
    private static final Path GATEWAY = Path.of("/sys/class/net/docker_gwbridge");

    private final DockerSocket docker;
    private final List<String> command;
    private final boolean gatewayWasThere = Files.exists(GATEWAY);
    private String service = "";
    private int replicas;
    private boolean left;

    private SwarmPeer(DockerSocket docker, List<String> command) {
        this.docker = docker;
        this.command = command;
    }

    /** Starts the daemon and its swarm, and a service with so many replicas. */
    static SwarmPeer start(BenchParts parts, List<String> command, int replicas)
            throws IOException, InterruptedException {
        DockerRig rig = parts.add(DockerRig.startForSwarm("bench-swarm"));
        SwarmPeer peer = parts.add(new SwarmPeer(rig.docker(), command));
        peer.begin(replicas);
        return peer;
    }

    private void begin(int first) throws IOException, InterruptedException {
        docker.post("/swarm/init", Map.of("ListenAddr", "127.0.0.1:" + FreePorts.next(), "AdvertiseAddr", "127.0.0.1"));
        service = docker.post("/services/create", spec(first)).json().path("ID").asString();
        replicas = first;
        awaitRunning(first);
    }

    /** Nanoseconds from asking for that many more replicas of a running service until all of them run. */
    static long scale(BenchParts parts, int more) throws IOException, InterruptedException {
        try (SwarmPeer peer = start(parts, List.of("sleep", "1000000"), 1)) {
            // The first scaling is a small one, not counted, as the other sides have theirs.
            peer.to(9);
            peer.to(1);
            long begin = System.nanoTime();
            peer.to(1 + more);
            return System.nanoTime() - begin;
        }
    }

    @Override
    public String name() {
        return "swarm";
    }

    /** All at once: Swarm starts missing replicas without a limit; its parallelism is one of updates. */
    @Override
    public void to(int instances) throws IOException, InterruptedException {
        scaleTo(instances);
        awaitRunning(instances);
        if (instances < replicas) {
            await(() -> docker.containers(null).size() <= instances, "Swarm does not remove its containers");
        }
        replicas = instances;
    }

    @Override
    public DockerSocket docker() {
        return docker;
    }

    /** Swarm makes interfaces in the machine's own network, and a daemon that merely stops leaves them there. */
    @Override
    public void close() throws IOException {
        if (left) {
            return;
        }
        left = true;
        // Without a body: the daemon breaks off a call whose body it does not read.
        docker.call("POST", "/swarm/leave?force=true", new byte[0], "application/json", LEAVE);
        if (!gatewayWasThere) {
            docker.call("DELETE", "/networks/" + GATEWAY.getFileName(), new byte[0], "application/json", LEAVE);
        }
    }

    /** By id: Swarm asks a registry for an image that is named by tag, even when the host has it. */
    private String imageId() throws IOException {
        return docker.get("/images/" + BusyBoxImage.REFERENCE + "/json")
                .json()
                .path("Id")
                .asString();
    }

    private Map<String, ?> spec(int wanted) throws IOException {
        return Map.of(
                "Name", "burst",
                "TaskTemplate",
                        Map.of(
                                "ContainerSpec",
                                Map.of("Image", imageId(), "Command", command, "StopGracePeriod", 0),
                                "Resources",
                                Map.of("Limits", Map.of("NanoCPUs", 200_000_000, "MemoryBytes", 32 << 20))),
                "Mode", Map.of("Replicated", Map.of("Replicas", wanted)));
    }

    private void scaleTo(int wanted) throws IOException {
        JsonNode now = docker.get("/services/" + service).json();
        docker.post(
                "/services/" + service + "/update?version="
                        + now.path("Version").path("Index").asLong(),
                spec(wanted));
    }

    private void awaitRunning(int count) throws IOException, InterruptedException {
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
