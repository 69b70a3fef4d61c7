package io.mosaic.proof.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mos simulate}: runs seeds, and tells how to have a failed one again. */
@Command(
        name = "mos simulate",
        mixinStandardHelpOptions = true,
        description = "Runs controllers, agents and clients in simulated time under faults, and checks every step.",
        footer = {"", "Example: mos simulate --seeds 100"})
public final class Main implements Callable<Integer> {
    @Option(names = "--seeds", paramLabel = "N", description = "how many runs (${DEFAULT-VALUE})", defaultValue = "20")
    private int seeds;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "seed of the first run (${DEFAULT-VALUE})",
            defaultValue = "1")
    private long seed;

    @Option(names = "--steps", paramLabel = "M", description = "steps under faults (${DEFAULT-VALUE})")
    private int steps = Simulation.STEPS_DEFAULT;

    @Option(names = "--keep-going", description = "go on after a failure")
    private boolean keepGoing;

    private Main() {}

    public static void main(String[] arguments) {
        // What processes log in a simulation is of no day and no host.
        System.setProperty("mosaic.log", System.getProperty("mosaic.log", "OFF"));
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        if (seeds < 1 || steps < 1) {
            System.err.println("--seeds and --steps must be at least 1");
            return CommandLine.ExitCode.USAGE;
        }
        Path directory = Files.createTempDirectory("mosaic-sim");
        int failed = 0;
        long began = System.nanoTime();
        long revisions = 0;
        long acknowledged = 0;
        long terms = 0;
        try {
            for (long each = seed; each < seed + seeds; each++) {
                Simulation.Result result = Simulation.run(each, steps, directory);
                revisions += result.revisions();
                acknowledged += result.acknowledged();
                terms += result.terms();
                System.out.printf(
                        "seed %d: %s, %d revisions, %d acknowledged writes, %d s simulated, trace %s%n",
                        each,
                        result.violation() == null ? "ok" : "FAILED",
                        result.revisions(),
                        result.acknowledged(),
                        result.simulated().toSeconds(),
                        result.digest().substring(0, 12));
                if (result.violation() != null) {
                    failed++;
                    explain(result);
                    if (!keepGoing) {
                        break;
                    }
                }
            }
        } finally {
            delete(directory);
        }
        System.out.printf(
                "failed=%d revisions=%d acknowledged=%d terms=%d seconds=%.1f%n",
                failed, revisions, acknowledged, terms, (System.nanoTime() - began) / 1e9);
        return failed == 0 ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private static void explain(Simulation.Result result) {
        System.out.println();
        result.trace().forEach(System.out::println);
        System.out.println();
        System.out.println("violated: " + result.violation());
        System.out.println("again:    ./mos simulate --seeds 1 --seed " + result.seed() + " --steps " + result.steps());
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
