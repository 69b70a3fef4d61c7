package io.mosaic.proof.bench;

import io.mosaic.model.SetResource;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.Watch;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.HostCommand;
import io.mosaic.proof.rig.HostProcesses;
import io.mosaic.proof.rig.Installation;
import io.mosaic.proof.rig.JavaProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the platform itself takes: memory of controller, agent and PostgreSQL at rest and with fifty sets, processor
 * time of the agent at rest, and how long the command line takes to start.
 *
 * <p>PostgreSQL is many processes over one shared memory, so its memory is the sum of their proportional shares (PSS);
 * the others' is their resident size (RSS).
 */
final class FootprintBench {

    private static final int SETS = 50;
    private static final Duration REST = Duration.ofSeconds(20);

    private FootprintBench() {}

    static String run(BenchParts parts, int cliStarts) throws IOException, InterruptedException {
        DockerRig rig = parts.add(DockerRig.start("bench-footprint"));
        Installation mosaic = parts.add(Installation.start(rig, "bench-footprint"));
        MosaicClient client = parts.add(mosaic.client());
        String cli = String.format(
                Locale.ROOT, "cli_start_ms=%.0f", cliStart(cliStarts).millis(50));
        Thread.sleep(REST.toMillis());
        String atRest = memory(mosaic, "");
        double cpuAtRest = agentCpuPercent(mosaic);
        System.out.println("at rest: " + atRest);
        Set<String> names = new TreeSet<>();
        double cpuWithSets;
        String withSets;
        try (Watch<SetResource> watch = BenchSets.watch(client)) {
            for (int i = 0; i < SETS; i++) {
                names.add("footprint-" + i);
            }
            names.forEach(name -> client.sets().create(BenchSets.spec(name)));
            BenchSets.awaitRunning(watch, names);
            Thread.sleep(REST.toMillis());
            withSets = memory(mosaic, "_" + SETS + "_sets");
            cpuWithSets = agentCpuPercent(mosaic);
            System.out.println("with sets: " + withSets);
            BenchSets.deleteAll(client, watch, names);
        }
        return atRest + " " + withSets
                + String.format(
                        Locale.ROOT,
                        " agent_cpu_percent=%.2f agent_cpu_percent_%d_sets=%.2f %s",
                        cpuAtRest,
                        SETS,
                        cpuWithSets,
                        cli);
    }

    private static String memory(Installation mosaic, String suffix) throws IOException {
        long postgres = 0;
        for (long pid : mosaic.postgres()) {
            postgres += HostProcesses.proportionalBytes(pid);
        }
        return String.format(
                Locale.ROOT,
                "controller_rss_mib%1$s=%2$d agent_rss_mib%1$s=%3$d postgres_pss_mib%1$s=%4$d",
                suffix,
                HostProcesses.residentBytes(mosaic.controller().pid()) >> 20,
                HostProcesses.residentBytes(mosaic.agent().pid()) >> 20,
                postgres >> 20);
    }

    /** Percent of one core, over a while in which nothing is asked of it. */
    private static double agentCpuPercent(Installation mosaic) throws IOException, InterruptedException {
        Duration before = HostProcesses.processorTime(mosaic.agent().pid());
        long begin = System.nanoTime();
        Thread.sleep(REST.toMillis());
        Duration spent = HostProcesses.processorTime(mosaic.agent().pid()).minus(before);
        return 100.0 * spent.toNanos() / (System.nanoTime() - begin);
    }

    /** From starting {@code mos --version} to its end: by the launcher, when {@code mosaic.dist} names its folder. */
    private static Percentiles cliStart(int starts) throws IOException, InterruptedException {
        String dist = System.getProperty("mosaic.dist");
        String launcher = dist == null ? null : dist + "/mos";
        String[] command = launcher != null
                ? new String[] {launcher, "--version"}
                : new String[] {
                    JavaProcess.java(), "-cp", System.getProperty("java.class.path"), "io.mosaic.cli.Main", "--version"
                };
        System.out.println("command line: " + (launcher != null ? launcher : "java on the class path, no launcher"));
        HostCommand.run(command);
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < starts; i++) {
            long begin = System.nanoTime();
            HostCommand.run(command);
            nanos.add(System.nanoTime() - begin);
        }
        return Percentiles.of(nanos);
    }
}
