package io.mosaic.proof.bench;

import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.ControllerRig;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/**
 * Many watchers over a cluster of many sets, and whole lists of them: how long after the call that changes a set every
 * watcher has it, and how long a list of all sets takes, alone and fifty at once, and what heap that costs the controller.
 */
final class WatchBench {

    /** Between two changes, so that every watcher has read one before the next comes. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private static final int WARM_UP = 20;

    private WatchBench() {}

    static String run(BenchParts parts, BenchCluster.Size size, int watchers, int changes)
            throws IOException, InterruptedException, GeneralSecurityException {
        BenchCluster cluster = BenchCluster.start(parts, "bench-watch", size);
        MosaicClient client = cluster.client();
        ManySets many = new ManySets(cluster.rig(), client, "s-", size.sets());
        many.create();
        many.awaitRunning();
        System.out.printf(Locale.ROOT, "%d sets run%n", size.sets());
        String lists = ListLoad.run(cluster.rig(), client, size.sets());
        System.out.println(lists);
        Percentiles delays = delays(cluster.rig(), client, many, watchers, changes);
        return String.format(
                Locale.ROOT,
                "watchers=%d changes=%d p50_ms=%.0f p99_ms=%.0f %s",
                watchers,
                changes,
                delays.millis(50),
                delays.millis(99),
                lists);
    }

    private static Percentiles delays(ControllerRig rig, MosaicClient client, ManySets many, int watchers, int changes)
            throws IOException, InterruptedException, GeneralSecurityException {
        long from = client.sets()
                .list(new SetQuery(java.util.List.of(), null, null, 1, null, null))
                .revision();
        try (Watchers all = Watchers.open(rig, watchers, WARM_UP + changes, from)) {
            System.out.printf(Locale.ROOT, "%d watchers are open%n", watchers);
            for (int i = 0; i < WARM_UP + changes; i++) {
                JsonNode patch = Json.mapper().readTree("{\"labels\":{\"watched\":\"n-" + i + "\"}}");
                all.sent(i, System.nanoTime());
                SetResource changed = client.sets().patch(many.name(i), patch, null);
                all.answered(i, changed.revision(), System.nanoTime());
                TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
            }
            return all.delays(WARM_UP, rig.commitTimes(from));
        }
    }
}
