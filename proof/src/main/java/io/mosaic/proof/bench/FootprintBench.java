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
 * What the platform itself takes: memory of controller, agent and PostgreSQL and processor time of the agent, at rest, with
 * fifty and with a hundred sets, and how long the command line takes. The parts run with the options that {@code mos up}
 * gives them, the sets are those of the start benchmark: without health checks, which cost what their users ask for.
 *
 * <p>PostgreSQL is many processes over one shared memory, so its memory is the sum of their proportional shares (PSS);
 * the others' is their resident size (RSS).
 */
final class FootprintBench {

    private static final List<Integer> SETS = List.of(0, 50, 100);

    /** As long as the agent's sweep over the limits, so that each window holds one. */
    private static final Duration WINDOW = Duration.ofSeconds(30);

    /** After work, code is compiled and threads end for a while; then the figure is said to have stayed unsettled. */
    private static final int WINDOWS_MAX = 8;

    /** Two windows agree when they differ by less than this, in percent of a core. */
    private static final double AGREE_PERCENT = 0.1;

    private FootprintBench() {}

    static String run(BenchParts parts, int cliStarts) throws IOException, InterruptedException {
        DockerRig rig = parts.add(DockerRig.start("bench-footprint"));
        Installation mosaic = parts.add(Installation.start(rig, "bench-footprint"));
        MosaicClient client = parts.add(mosaic.client());
        StringBuilder figures = new StringBuilder();
        Set<String> names = new TreeSet<>();
        try (Watch<SetResource> watch = BenchSets.watch(client)) {
            for (int sets : SETS) {
                Set<String> added = new TreeSet<>();
                for (int i = names.size(); i < sets; i++) {
                    added.add("footprint-" + i);
                }
                added.forEach(name -> client.sets().create(BenchSets.spec(name)));
                BenchSets.awaitRunning(watch, added);
                names.addAll(added);
                String found = atRest(mosaic, sets == 0 ? "" : "_" + sets + "_sets");
                System.out.println(sets + " sets: " + found);
                figures.append(found).append(' ');
            }
            String version = cli(mosaic, "--version", cliStarts);
            String list = cli(mosaic, "set list", cliStarts);
            figures.append("cli_start_ms=")
                    .append(version)
                    .append(" cli_list_ms=")
                    .append(list);
            BenchSets.deleteAll(client, watch, names);
        }
        return figures.toString();
    }

    private static String atRest(Installation mosaic, String suffix) throws IOException, InterruptedException {
        double cpu = settledCpuPercent(mosaic);
        long postgres = 0;
        for (long pid : mosaic.postgres()) {
            postgres += HostProcesses.proportionalBytes(pid);
        }
        return String.format(
                Locale.ROOT,
                "controller_rss_mib%1$s=%2$d agent_rss_mib%1$s=%3$d postgres_pss_mib%1$s=%4$d agent_cpu_percent%1$s=%5$.2f",
                suffix,
                HostProcesses.residentBytes(mosaic.controller().pid()) >> 20,
                HostProcesses.residentBytes(mosaic.agent().pid()) >> 20,
                postgres >> 20,
                cpu);
    }

    /** Percent of one core that the agent takes while nothing is asked of it, over the first two windows that agree. */
    private static double settledCpuPercent(Installation mosaic) throws IOException, InterruptedException {
        double before = cpuPercent(mosaic);
        double now = before;
        for (int i = 1; i < WINDOWS_MAX; i++) {
            now = cpuPercent(mosaic);
            if (Math.abs(now - before) < AGREE_PERCENT) {
                return (now + before) / 2;
            }
            before = now;
        }
        System.out.println("the agent's processor time did not settle within " + WINDOWS_MAX + " windows of "
                + WINDOW.toSeconds() + " s");
        return now;
    }

    private static double cpuPercent(Installation mosaic) throws IOException, InterruptedException {
        Duration before = HostProcesses.processorTime(mosaic.agent().pid());
        long begin = System.nanoTime();
        Thread.sleep(WINDOW.toMillis());
        Duration spent = HostProcesses.processorTime(mosaic.agent().pid()).minus(before);
        return 100.0 * spent.toNanos() / (System.nanoTime() - begin);
    }

    /** Median milliseconds from starting it to its end: by the launcher, when {@code mosaic.dist} names its folder. */
    private static String cli(Installation mosaic, String arguments, int starts)
            throws IOException, InterruptedException {
        String dist = System.getProperty("mosaic.dist");
        List<String> command = new ArrayList<>(List.of("env", "MOS_HOME=" + mosaic.home()));
        command.addAll(
                dist != null
                        ? List.of(dist + "/mos")
                        : List.of(
                                JavaProcess.java(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                "io.mosaic.cli.Main"));
        if (dist == null) {
            System.out.println("command line: java on the class path, no launcher");
        }
        command.addAll(List.of(arguments.split(" ", -1)));
        String[] argv = command.toArray(String[]::new);
        HostCommand.run(argv);
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < starts; i++) {
            long begin = System.nanoTime();
            HostCommand.run(argv);
            nanos.add(System.nanoTime() - begin);
        }
        return String.format(Locale.ROOT, "%.0f", Percentiles.of(nanos).millis(50));
    }
}
