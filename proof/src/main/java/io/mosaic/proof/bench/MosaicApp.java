package io.mosaic.proof.bench;

import io.mosaic.model.AppScale;
import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import io.mosaic.proof.rig.BusyBoxImage;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.DockerSocket;
import io.mosaic.proof.rig.HostProcesses;
import io.mosaic.proof.rig.Installation;
import io.mosaic.proof.rig.JavaProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** An app of ours: its sets are an infra container and one container each, so twice as many containers as a peer's. */
final class MosaicApp implements Scaled {

    private static final String NAME = "web";
    private static final Duration DEADLINE = Duration.ofMinutes(3);

    private final DockerRig rig;
    private final Installation mosaic;
    private final MosaicClient client;
    private final Watch<SetResource> watch;
    private final Set<String> there = new HashSet<>();
    private final Set<String> running = new HashSet<>();

    private MosaicApp(DockerRig rig, Installation mosaic, MosaicClient client) {
        this.rig = rig;
        this.mosaic = mosaic;
        this.client = client;
        this.watch = client.sets()
                .watch(
                        SetQuery.ALL.withApp(NAME),
                        client.sets().list(SetQuery.ALL).revision());
    }

    /** Starts everything that it needs, and the app with so many instances. */
    static MosaicApp start(BenchParts parts, int instances) throws IOException, InterruptedException {
        DockerRig rig = parts.add(DockerRig.start("bench-scale"));
        Installation mosaic = parts.add(Installation.start(rig, "bench-scale"));
        MosaicApp app = parts.add(new MosaicApp(rig, mosaic, parts.add(mosaic.client())));
        app.client.apps().create(spec(instances), false);
        app.await(instances);
        return app;
    }

    private static JsonNode spec(int instances) {
        // Ended by SIGKILL: how long a program takes to end is no part of this.
        return Json.mapper().readTree("""
                        {"name": "%s", "replicas": %d, "template": {"resources": {"cpu": 0.2, "memory": "32Mi"},
                         "containers": [{"index": 1, "image": "%s", "options": {"command": %s, "stopSignal": "SIGKILL"}}]}}
                        """.formatted(NAME, instances, BusyBoxImage.REFERENCE, Json.write(ECHO)));
    }

    @Override
    public String name() {
        return "mosaic";
    }

    @Override
    public void to(int instances) throws IOException, InterruptedException {
        Duration controller = spent(mosaic.controller());
        Duration agent = spent(mosaic.agent());
        client.apps().scale(NAME, new AppScale(instances, "bench"));
        await(instances);
        // On a small machine this is time that the Docker daemon does not get.
        System.out.printf(
                Locale.ROOT,
                "mosaic to %d: the controller took %.2f s and the agent %.2f s of processor time%n",
                instances,
                spent(mosaic.controller()).minus(controller).toMillis() / 1e3,
                spent(mosaic.agent()).minus(agent).toMillis() / 1e3);
    }

    private static Duration spent(JavaProcess process) throws IOException {
        return HostProcesses.processorTime(process.pid());
    }

    /** By watching, as a user would. */
    private void await(int instances) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (there.size() != instances || running.size() != instances) {
            WatchEvent<SetResource> event = watch.next(Duration.ofSeconds(1));
            if (event != null && event.item() != null) {
                hear(event.type(), event.item());
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        "the app does not come to " + instances + " instances: " + running.size() + " run");
            }
        }
    }

    private void hear(WatchEvent.Type type, SetResource set) {
        if (type == WatchEvent.Type.DELETE) {
            there.remove(set.name());
            running.remove(set.name());
            return;
        }
        SetState state = set.status().state();
        if (state == SetState.FAILED) {
            throw new IllegalStateException(
                    set.name() + " failed: " + set.status().reason());
        }
        there.add(set.name());
        if (state == SetState.RUNNING) {
            running.add(set.name());
        } else {
            running.remove(set.name());
        }
    }

    @Override
    public DockerSocket docker() {
        return rig.docker();
    }

    @Override
    public void close() {
        watch.close();
    }
}
