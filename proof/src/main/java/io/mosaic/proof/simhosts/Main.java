package io.mosaic.proof.simhosts;

import io.mosaic.agent.link.Address;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.Interval;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.TokenCalls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code mos simhosts}: runs simulated hosts against controllers until it is ended. */
@Command(
        name = "mos simhosts",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Runs many simulated hosts in one process: real agents and links, Docker in memory.",
        footer = {
            "",
            "Hosts join by tokens made with the administrator's token, or by --join-token when there is one host.",
            "",
            "Example: mos simhosts --hosts 100 --server https://127.0.0.1:8443 --controllers 127.0.0.1:8444 \\",
            "           --admin-token /etc/mosaic/admin.token --ca /etc/mosaic/ca.pem --latency 200ms --failures 0.01"
        })
public final class Main implements Callable<Integer> {

    @Option(names = "--hosts", paramLabel = "N", description = "how many (5000)")
    private int hosts = 5000;

    @Option(
            names = "--controllers",
            split = ",",
            paramLabel = "HOST:PORT",
            description = "the controllers' agent ports (127.0.0.1:8444)")
    private List<String> controllers = List.of("127.0.0.1:8444");

    @Option(names = "--server", paramLabel = "URL", description = "the API, for join tokens (https://127.0.0.1:8443)")
    private URI server = URI.create("https://127.0.0.1:8443");

    @Option(
            names = "--admin-token",
            paramLabel = "FILE",
            description = "may make join tokens (/etc/mosaic/admin.token)")
    private Path adminToken = Path.of("/etc/mosaic/admin.token");

    @Option(names = "--ca", paramLabel = "FILE", description = "the cluster's CA (/etc/mosaic/ca.pem)")
    private Path authority = Path.of("/etc/mosaic/ca.pem");

    @Option(names = "--join-token", paramLabel = "FILE", description = "file with one join token, for one host")
    private @Nullable Path joinToken;

    @Option(names = "--prefix", paramLabel = "NAME", description = "names begin with it (sim)")
    private String prefix = "sim";

    @Option(
            names = "--directory",
            paramLabel = "DIR",
            description = "keeps identities and desired states, for the next run; in memory is quickest "
                    + "(/dev/shm/mosaic-simhosts)")
    private Path directory = Path.of("/dev/shm/mosaic-simhosts");

    @Option(names = "--latency", paramLabel = "TIME", description = "longest time of a Docker call (0ms)")
    private String latency = "0ms";

    @Option(names = "--failures", paramLabel = "SHARE", description = "share of Docker calls that fail, 0 to 1 (0)")
    private double failures;

    @Option(
            names = "--zones",
            split = ",",
            paramLabel = "NAME",
            description = "zones that hosts are spread over (default)")
    private List<String> zones = List.of("default");

    @Option(names = "--cores", paramLabel = "N", description = "that each host offers (32)")
    private int cores = 32;

    @Option(names = "--memory", paramLabel = "SIZE", description = "that each host offers (64Gi)")
    private String memory = "64Gi";

    @Option(
            names = "--bad-images",
            split = ",",
            paramLabel = "IMAGE",
            description = "images whose containers end, with code 1, as soon as they are started (none)")
    private List<String> badImages = List.of();

    @Option(names = "--seed", paramLabel = "N", description = "of the fakes' random choices (1)")
    private long seed = 1;

    private Main() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        FleetSettings settings = new FleetSettings(
                hosts,
                prefix,
                controllers.stream().map(Address::parse).toList(),
                directory,
                Interval.parse(latency).duration(),
                failures,
                zones,
                Cpu.ofCores(cores),
                Bytes.parse(memory),
                badImages,
                seed);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(ended::countDown, "simhosts-end"));
        long began = System.nanoTime();
        try (MosaicClient client = client();
                Fleet fleet = Fleet.start(settings, tokens(client))) {
            fleet.awaitConnected();
            System.out.printf(
                    Locale.ROOT,
                    "%d hosts are connected after %.1f s; Ctrl-C ends them%n",
                    fleet.size(),
                    (System.nanoTime() - began) / 1e9);
            ended.await();
        }
        return CommandLine.ExitCode.OK;
    }

    private MosaicClient client() throws IOException {
        return new MosaicClient(ClientSettings.of(
                server, joinToken == null ? Files.readString(adminToken).strip() : null, Files.readString(authority)));
    }

    private IntFunction<String> tokens(MosaicClient client) throws IOException {
        if (joinToken == null) {
            return number -> joinToken(client, prefix + "-" + number);
        }
        if (hosts != 1) {
            throw new CommandLine.ParameterException(
                    new CommandLine(this), "a join token lets one host in: --join-token goes with --hosts 1");
        }
        String only = Files.readString(joinToken).strip();
        return number -> only;
    }

    /** A fresh token that lets the host of that name in. */
    static String joinToken(MosaicClient client, String host) {
        String name = "join-" + host + "-" + Long.toString(System.nanoTime(), 36);
        return client.tokens().create(TokenCalls.NewToken.join(name, "1h")).token();
    }
}
