package io.mosaic.proof.bench;

import io.mosaic.model.SetResource;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.Watch;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.Installation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * One set of infra and one container, image cached: from the API call until a watcher sees RUNNING, beside the same
 * Docker calls made by hand. The two take turns, first one then the other ahead, so that drift of the machine hits both.
 */
final class StartBench {

    /** Before anything counts: both sides' code is compiled and Docker's caches are warm. */
    private static final int WARM_UP = 5;

    private StartBench() {}

    static String run(BenchParts parts, int runs) throws IOException, InterruptedException {
        DockerRig rig = parts.add(DockerRig.start("bench-start"));
        Installation mosaic = parts.add(Installation.start(rig, "bench-start"));
        MosaicClient client = parts.add(mosaic.client());
        List<Long> ours = new ArrayList<>();
        List<Long> raw = new ArrayList<>();
        try (Watch<SetResource> watch = BenchSets.watch(client)) {
            for (int i = 0; i < WARM_UP + runs; i++) {
                long byHand;
                long byMosaic;
                if (i % 2 == 0) {
                    byHand = byHand(rig, i);
                    byMosaic = byMosaic(client, watch, i);
                } else {
                    byMosaic = byMosaic(client, watch, i);
                    byHand = byHand(rig, i);
                }
                if (i >= WARM_UP) {
                    raw.add(byHand);
                    ours.add(byMosaic);
                }
                System.out.printf(
                        Locale.ROOT,
                        "%s %d: set RUNNING after %.0f ms, by hand %.0f ms%n",
                        i < WARM_UP ? "warm-up" : "run",
                        i < WARM_UP ? i + 1 : i - WARM_UP + 1,
                        byMosaic / 1e6,
                        byHand / 1e6);
            }
        }
        Percentiles mosaicTimes = Percentiles.of(ours);
        Percentiles rawTimes = Percentiles.of(raw);
        return String.format(
                Locale.ROOT,
                "p50_ms=%.0f p99_ms=%.0f raw_p50_ms=%.0f raw_p99_ms=%.0f ratio=%.2f runs=%d",
                mosaicTimes.millis(50),
                mosaicTimes.millis(99),
                rawTimes.millis(50),
                rawTimes.millis(99),
                mosaicTimes.millis(50) / rawTimes.millis(50),
                runs);
    }

    private static long byHand(DockerRig rig, int run) throws IOException {
        long begin = System.nanoTime();
        HandMadeSet set = HandMadeSet.start(rig.docker(), "raw-" + run);
        long nanos = System.nanoTime() - begin;
        set.remove(rig.docker());
        return nanos;
    }

    private static long byMosaic(MosaicClient client, Watch<SetResource> watch, int run) throws InterruptedException {
        Set<String> name = Set.of("start-" + run);
        long begin = System.nanoTime();
        client.sets().create(BenchSets.spec("start-" + run));
        BenchSets.awaitRunning(watch, name);
        long nanos = System.nanoTime() - begin;
        BenchSets.deleteAll(client, watch, name);
        return nanos;
    }
}
