package io.mosaic.proof.bench;

import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import io.mosaic.proof.rig.BusyBoxImage;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** The sets that benchmarks make, and waiting for them as a user would: by watching. */
final class BenchSets {

    private static final Duration DEADLINE = Duration.ofMinutes(3);

    private BenchSets() {}

    /** Infra and one container, of the same size as {@link HandMadeSet}. */
    static SetSpec spec(String name) {
        return Json.read("""
                {"name": "%s", "resources": {"cpu": 0.2, "memory": "32Mi"},
                 "containers": [{"index": 1, "image": "%s", "options": {"command": ["sleep", "1000000"]}}]}
                """.formatted(name, BusyBoxImage.REFERENCE), SetSpec.class);
    }

    /** A watch from now on. */
    static Watch<SetResource> watch(MosaicClient client) {
        return client.sets()
                .watch(SetQuery.ALL, client.sets().list(SetQuery.ALL).revision());
    }

    /** Returns when the watch has shown every one of them RUNNING. */
    static void awaitRunning(Watch<SetResource> watch, Set<String> names) throws InterruptedException {
        Set<String> waiting = new HashSet<>(names);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!waiting.isEmpty()) {
            WatchEvent<SetResource> event = next(watch, end, waiting);
            SetResource set = event.item();
            if (set == null || !waiting.contains(set.name())) {
                continue;
            }
            if (set.status().state() == SetState.FAILED) {
                throw new IllegalStateException(
                        set.name() + " failed: " + set.status().reason());
            }
            if (event.type() == WatchEvent.Type.PUT && set.status().state() == SetState.RUNNING) {
                waiting.remove(set.name());
            }
        }
    }

    /** Deletes them and returns when the watch has shown that they are gone. */
    static void deleteAll(MosaicClient client, Watch<SetResource> watch, Set<String> names)
            throws InterruptedException {
        names.forEach(client.sets()::delete);
        Set<String> waiting = new HashSet<>(names);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (!waiting.isEmpty()) {
            WatchEvent<SetResource> event = next(watch, end, waiting);
            if (event.type() == WatchEvent.Type.DELETE && event.item() != null) {
                waiting.remove(event.item().name());
            }
        }
    }

    private static WatchEvent<SetResource> next(Watch<SetResource> watch, long end, Set<String> waiting)
            throws InterruptedException {
        while (System.nanoTime() < end) {
            WatchEvent<SetResource> event = watch.next(Duration.ofSeconds(1));
            if (event != null) {
                return event;
            }
        }
        throw new IllegalStateException("still waiting for " + waiting);
    }
}
