package io.mosaic.proof.soak;

import io.mosaic.proof.rig.RealCluster;
import java.time.Duration;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mos soak}: real hosts and controllers under load and faults. */
@Command(
        name = "mos soak",
        mixinStandardHelpOptions = true,
        description = {
            "Runs three controllers, a PostgreSQL primary with its replica, nginx and hosts of their own, each with its dockerd and"
                    + " agent, under steady load, while parts are killed, frozen and cut off at random.",
            "In the end what callers and watchers were told is compared with the database and with Docker's own word."
        },
        footer = {
            "",
            "The seed decides calls and faults; what real processes make of them differs from run to run.",
            "Needs root, docker.io, iproute2, busybox-static, xfsprogs, nginx-light. Everything is below /tmp and goes in the end.",
            "",
            "Examples:",
            "  mos soak --minutes 5",
            "  mos soak --minutes 1 --seed 42 --hosts 4"
        })
public final class Main implements Callable<Integer> {

    private static final int HOSTS_MAX = 50;

    @Option(names = "--minutes", paramLabel = "N", description = "how long faults happen (${DEFAULT-VALUE})")
    private double minutes = 5;

    @Option(names = "--seed", paramLabel = "S", description = "what calls and faults come from; else a random one")
    private @Nullable Long seed;

    @Option(names = "--hosts", paramLabel = "N", description = "hosts, 3 to " + HOSTS_MAX + " (${DEFAULT-VALUE})")
    private int hosts = 3;

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        if (!(minutes > 0 && minutes <= 60 * 24) || hosts < 3 || hosts > HOSTS_MAX) {
            System.err.println("--minutes must be above 0 and at most 1440, --hosts 3 to " + HOSTS_MAX);
            return CommandLine.ExitCode.USAGE;
        }
        long chosen = seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed;
        say("seed " + chosen + "; starting controllers, databases and " + hosts + " hosts");
        Soak.Result result;
        try (RealCluster real = RealCluster.start("soak", hosts)) {
            Thread cleanup = new Thread(() -> close(real), "soak-cleanup");
            Runtime.getRuntime().addShutdownHook(cleanup);
            result = Soak.run(real, Duration.ofMillis(Math.round(minutes * 60_000)), chosen, Main::say);
            if (!result.violations().isEmpty()) {
                System.out.println(real.quoteLogs());
            }
            Runtime.getRuntime().removeShutdownHook(cleanup);
        }
        result.counts().forEach(System.out::println);
        if (!result.violations().isEmpty()) {
            System.out.println("violated:");
            result.violations().forEach(violation -> System.out.println("  " + violation));
            System.out.println("again: mos soak --minutes " + minutes + " --seed " + chosen + " --hosts " + hosts);
        }
        System.out.println(result.figures());
        return result.violations().isEmpty() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private static void say(String line) {
        System.out.println(LocalTime.now(ZoneOffset.UTC).truncatedTo(ChronoUnit.MILLIS) + " " + line);
    }

    private static void close(RealCluster real) {
        try {
            real.close();
        } catch (Exception e) {
            System.err.println("not removed cleanly: " + e);
        }
    }
}
