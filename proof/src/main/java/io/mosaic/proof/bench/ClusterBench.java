package io.mosaic.proof.bench;

import io.mosaic.model.SetState;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.proof.rig.ControllerRig;
import io.mosaic.proof.rig.JavaProcess;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

/**
 * Many sets over many simulated hosts: from the first create call until every set is committed, placed, delivered to its
 * agent and acknowledged RUNNING; the memory that this takes at most, and what the control plane uses at rest afterwards.
 * Controller, PostgreSQL (fsync on), agents and load generator are processes of their own on one machine.
 */
final class ClusterBench {

    private static final Duration SETTLE = Duration.ofSeconds(15);
    private static final Duration REST = Duration.ofSeconds(20);

    private ClusterBench() {}

    static String run(BenchParts parts, BenchCluster.Size size)
            throws IOException, InterruptedException, GeneralSecurityException {
        int sets = size.sets();
        BenchCluster cluster = BenchCluster.start(parts, "bench-cluster", size);
        MosaicClient client = cluster.client();
        try (PeakMemory memory = new PeakMemory(cluster.rig(), cluster.fleet())) {
            warmUp(cluster, size.warmUp());
            ManySets many = new ManySets(cluster.rig(), client, "s-", sets);
            Spent before = Spent.now(cluster.rig(), cluster.fleet());
            long begin = System.nanoTime();
            many.create();
            double created = (System.nanoTime() - begin) / 1e9;
            System.out.printf(Locale.ROOT, "%d create calls answered after %.1f s%n", sets, created);
            many.awaitRunning();
            double seconds = (System.nanoTime() - begin) / 1e9;
            Spent spent = Spent.now(cluster.rig(), cluster.fleet()).minus(before);
            System.out.println(spent.words());
            Map<SetState, Integer> states = many.states();
            System.out.printf(Locale.ROOT, "after %.1f s: %s%n", seconds, states);
            if (states.getOrDefault(SetState.RUNNING, 0) != sets) {
                throw new IllegalStateException("not all sets run: " + states);
            }
            Thread.sleep(SETTLE.toMillis());
            System.out.println(memory.words());
            return String.format(
                    Locale.ROOT,
                    "hosts=%d sets=%d seconds=%.1f sets_per_s=%.0f created_s=%.1f cpu_s=%.0f peak_gib=%.2f %s",
                    size.hosts(),
                    sets,
                    seconds,
                    sets / seconds,
                    created,
                    spent.total(),
                    memory.peakGib(),
                    idle(cluster.rig(), cluster.fleet()));
        }
    }

    /** As on a control plane that has run for a while: its code is compiled. What is made for it is gone afterwards. */
    private static void warmUp(BenchCluster cluster, int sets)
            throws IOException, InterruptedException, GeneralSecurityException {
        if (sets == 0) {
            return;
        }
        long begin = System.nanoTime();
        ManySets some = new ManySets(cluster.rig(), cluster.client(), "w-", sets);
        some.create();
        some.awaitRunning();
        some.delete();
        Thread.sleep(SETTLE.toMillis());
        System.out.printf(
                Locale.ROOT,
                "warmed up by %d sets, made and deleted in %.1f s%n",
                sets,
                (System.nanoTime() - begin) / 1e9 - SETTLE.toSeconds());
    }

    /** Cores that are used while nothing is asked: by the control plane, and by all the simulated agents together. */
    private static String idle(ControllerRig rig, JavaProcess fleet) throws IOException, InterruptedException {
        Spent before = Spent.now(rig, fleet);
        long begin = System.nanoTime();
        Thread.sleep(REST.toMillis());
        double elapsed = (System.nanoTime() - begin) / 1e9;
        Spent spent = Spent.now(rig, fleet).minus(before);
        System.out.println("at rest for " + REST.toSeconds() + " s, " + spent.words());
        return String.format(
                Locale.ROOT,
                "idle_cores=%.2f agents_idle_cores=%.2f",
                (spent.controller() + spent.postgres()) / elapsed,
                spent.agents() / elapsed);
    }
}
