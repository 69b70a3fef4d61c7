package io.mosaic.proof.bench;

import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.ControllerRig;
import io.mosaic.proof.rig.HeapUse;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Whole lists of all sets: one alone, as the Java client reads it and as bytes, and fifty at the same time. */
final class ListLoad {

    private static final int AT_ONCE = 50;
    private static final int ALONE = 5;
    /** Each look at the heap stops the controller for a moment. */
    private static final int LOOK_SECONDS = 3;

    private static final String PATH = "/v1/sets?all=true";

    private ListLoad() {}

    static String run(ControllerRig rig, MosaicClient client, int sets)
            throws IOException, InterruptedException, GeneralSecurityException {
        List<Long> read = new ArrayList<>();
        for (int i = 0; i < ALONE; i++) {
            long begin = System.nanoTime();
            int size = client.sets().listAll(SetQuery.ALL).items().size();
            read.add(System.nanoTime() - begin);
            if (size != sets) {
                throw new IllegalStateException("a list of " + size + " sets");
            }
        }
        KeepAlive.Opener opener = new KeepAlive.Opener(rig);
        List<Long> alone = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < ALONE; i++) {
            long begin = System.nanoTime();
            bytes = list(opener);
            alone.add(System.nanoTime() - begin);
        }
        long heapBefore = HeapUse.live(rig.controller().pid());
        long begin = System.nanoTime();
        long heapMost = heapBefore;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> lists = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                lists.add(threads.submit(() -> list(opener)));
            }
            while (!lists.stream().allMatch(Future::isDone)) {
                heapMost = Math.max(heapMost, HeapUse.live(rig.controller().pid()));
                TimeUnit.SECONDS.sleep(LOOK_SECONDS);
            }
            for (Future<Long> each : lists) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a list failed: " + e.getCause(), e);
        }
        return String.format(
                Locale.ROOT,
                "list_s=%.2f list_client_s=%.2f list_mib=%d lists_50_s=%.1f list_heap_mib=%d",
                Percentiles.of(alone).millis(50) / 1e3,
                Percentiles.of(read).millis(50) / 1e3,
                bytes >> 20,
                (System.nanoTime() - begin) / 1e9,
                (heapMost - heapBefore) >> 20);
    }

    private static long list(KeepAlive.Opener opener) throws IOException {
        try (KeepAlive connection = opener.open()) {
            int status = connection.get(PATH);
            if (status != 200) {
                throw new IOException("a list was answered with " + status);
            }
            return connection.skipChunks();
        }
    }
}
