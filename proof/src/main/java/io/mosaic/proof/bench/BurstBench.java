package io.mosaic.proof.bench;

import io.mosaic.model.SetResource;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.Watch;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.DockerSocket;
import io.mosaic.proof.rig.Installation;
import io.mosaic.proof.rig.JavaProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Fifty sets at once: how many a second come to RUNNING, beside the same Docker calls made by hand from four threads and
 * beside {@code docker service scale} of Docker Swarm, which starts one container where a set has two.
 */
final class BurstBench {

    private static final int SETS = 50;
    private static final int RAW_THREADS = 4;
    private static final int CALLERS = 8;

    private BurstBench() {}

    static String run(BenchParts parts, int rounds) throws IOException, InterruptedException, ExecutionException {
        List<Long> ours = new ArrayList<>();
        List<Long> raw = new ArrayList<>();
        DockerRig rig = parts.add(DockerRig.start("bench-burst"));
        Installation mosaic = parts.add(Installation.start(rig, "bench-burst"));
        MosaicClient client = parts.add(mosaic.client());
        try (Watch<SetResource> watch = BenchSets.watch(client)) {
            // Not counted: one small burst on each side, so that neither is measured with cold code.
            byMosaic(mosaic, client, watch, "warm", 8);
            byHand(rig.docker(), "warm", 8);
            for (int round = 1; round <= rounds; round++) {
                if (round % 2 == 1) {
                    raw.add(byHand(rig.docker(), "raw" + round, SETS));
                    ours.add(byMosaic(mosaic, client, watch, "burst" + round, SETS));
                } else {
                    ours.add(byMosaic(mosaic, client, watch, "burst" + round, SETS));
                    raw.add(byHand(rig.docker(), "raw" + round, SETS));
                }
                System.out.printf(
                        Locale.ROOT,
                        "round %d: %d sets in %.1f s, by hand in %.1f s%n",
                        round,
                        SETS,
                        ours.getLast() / 1e9,
                        raw.getLast() / 1e9);
            }
        }
        client.close();
        mosaic.close();
        rig.close();
        long swarm = SwarmPeer.scale(parts, SETS);
        System.out.printf(Locale.ROOT, "swarm: %d more replicas in %.1f s%n", SETS, swarm / 1e9);
        double oursPerSecond = perSecond(ours);
        double rawPerSecond = perSecond(raw);
        return String.format(
                Locale.ROOT,
                "sets_per_s=%.2f raw_sets_per_s=%.2f ratio=%.2f swarm_per_s=%.2f containers_per_s=%.2f rounds=%d",
                oursPerSecond,
                rawPerSecond,
                oursPerSecond / rawPerSecond,
                SETS / (swarm / 1e9),
                2 * oursPerSecond,
                rounds);
    }

    private static double perSecond(List<Long> nanos) {
        return nanos.size() * SETS / (nanos.stream().mapToLong(Long::longValue).sum() / 1e9);
    }

    private static long byMosaic(
            Installation mosaic, MosaicClient client, Watch<SetResource> watch, String prefix, int count)
            throws InterruptedException, ExecutionException {
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            names.add(prefix + "-" + i);
        }
        Duration controller = cpu(mosaic.controller());
        Duration agent = cpu(mosaic.agent());
        long begin = System.nanoTime();
        try (ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
            List<Future<?>> calls = new ArrayList<>();
            names.forEach(name -> calls.add(callers.submit(() -> client.sets().create(BenchSets.spec(name)))));
            BenchSets.awaitRunning(watch, names);
            for (Future<?> call : calls) {
                call.get();
            }
        }
        long nanos = System.nanoTime() - begin;
        // On a small machine this is time that the Docker daemon does not get.
        System.out.printf(
                Locale.ROOT,
                "%s: %d sets cost the controller %.2f s and the agent %.2f s of CPU time%n",
                prefix,
                count,
                cpu(mosaic.controller()).minus(controller).toMillis() / 1e3,
                cpu(mosaic.agent()).minus(agent).toMillis() / 1e3);
        BenchSets.deleteAll(client, watch, names);
        return nanos;
    }

    /** What the process has used so far; to the hundredth of a second. */
    private static Duration cpu(JavaProcess process) {
        return ProcessHandle.of(process.pid())
                .flatMap(handle -> handle.info().totalCpuDuration())
                .orElse(Duration.ZERO);
    }

    private static long byHand(DockerSocket docker, String prefix, int count)
            throws IOException, InterruptedException, ExecutionException {
        List<Future<HandMadeSet>> sets = new ArrayList<>();
        long begin = System.nanoTime();
        try (ExecutorService threads = Executors.newFixedThreadPool(RAW_THREADS)) {
            for (int i = 0; i < count; i++) {
                String name = prefix + "-" + i;
                sets.add(threads.submit(() -> HandMadeSet.start(docker, name)));
            }
        }
        long nanos = System.nanoTime() - begin;
        for (Future<HandMadeSet> set : sets) {
            set.get().remove(docker);
        }
        return nanos;
    }
}
