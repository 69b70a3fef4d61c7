package io.mosaic.proof.bench;

import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code mos bench NAME}: runs one benchmark and prints its figures as the last line. */
@Command(
        name = "mos bench",
        mixinStandardHelpOptions = true,
        description = "Measures Mosaic on this machine, beside the same work done by hand or by a peer.",
        footer = {
            "",
            "Benchmarks:",
            "  start      one set, 30 times: API call to RUNNING, beside Docker calls by hand",
            "  burst      50 sets at once, beside Docker calls from 4 threads and Docker Swarm",
            "  gray       one container of three replaced in place, 30 times, while a sibling serves 1,000 requests a second",
            "  resize     100 resizes: API call to the kernel's value; then everything that may lose a limit",
            "  footprint  memory of each part and CPU of the agent, at rest, with 50 and 100 sets; CLI start",
            "  schedule   placements a second on a loaded cluster of records; starts nothing",
            "  cluster    many sets on many simulated hosts: first create call until all RUNNING, memory, CPU at rest",
            "  watch      many watchers: commit to delivery; whole lists of many sets, fifty at once",
            "  scale      an app from 1 to 60 instances, beside Docker Swarm and Docker Compose; with --instances, apps before it",
            "  apps       one app on many simulated hosts: 0 to 10,000 instances, updated in batches, given a bad image, and back to 0",
            "  images     images of 100 MiB and 1 GiB pushed and pulled by skopeo and curl, beside docker-registry; then as glance",
            "  glance     a disk of 100 MiB up and down, and calls about images, by the Glance API, beside glance-api",
            "  fanout     a new blob to 8 and to 24 hosts with capped uplinks: all from the image repository, and from each other",
            "  realimage  real hosts run a set from a new image of which they have a base, beside docker pull and docker-registry",
            "  failover   real hosts: a host's death to its sets RUNNING elsewhere, the leader's death to the next write",
            "",
            "Each starts a dockerd, controller and agent of its own below /tmp and removes them in the end; your own",
            "daemon and sets are left alone. Needs root, docker.io, iproute2, busybox-static; failover also xfsprogs and nginx, scale docker-compose, images docker-registry, glance-api, skopeo and curl, realimage docker-registry, glance glance-api and curl.",
            "",
            "Example: mos bench start --runs 10"
        })
public final class Main implements Callable<Integer> {

    /** The benchmarks there are. */
    enum Name {
        START(30),
        BURST(3),
        GRAY(30),
        RESIZE(100),
        FOOTPRINT(10),
        SCHEDULE(5),
        CLUSTER(1),
        WATCH(100),
        SCALE(3),
        APPS(1),
        IMAGES(4),
        GLANCE(5),
        FANOUT(1),
        REALIMAGE(3),
        FAILOVER(5);

        private final int runs;

        Name(int runs) {
            this.runs = runs;
        }
    }

    @Parameters(
            paramLabel = "NAME",
            description =
                    "start, burst, gray, resize, footprint, schedule, cluster, watch, scale, apps, images, glance, fanout, realimage or failover")
    private Name name = Name.START;

    @Option(
            names = "--runs",
            paramLabel = "N",
            description =
                    "how often: starts (30), rounds of the burst (3), replacements (30), resizes (100), starts of the command"
                            + " line (10), plans (5), changes that are watched (100), rounds of scale (3), rounds of images (4; the large one every other), of glance (5), of realimage (3), deaths of a host and of a leader (5)")
    private @Nullable Integer runs;

    @Option(
            names = "--hosts",
            paramLabel = "N",
            description =
                    "hosts: schedule (5000), cluster (5000), watch (1000), apps (5000), fanout (8, then 24), realimage (3), failover (4)")
    private @Nullable Integer hosts;

    @Option(names = "--sets", paramLabel = "N", description = "sets of cluster and watch (100000)")
    private int sets = 100_000;

    @Option(names = "--warm-up", paramLabel = "N", description = "sets that cluster makes and deletes first (40000)")
    private int warmUp = 40_000;

    @Option(names = "--from", paramLabel = "N", description = "instances before each round of scale (1)")
    private int from = 1;

    @Option(names = "--to", paramLabel = "N", description = "instances after each round of scale (60)")
    private int to = 60;

    @Option(names = "--instances", paramLabel = "N", description = "instances of apps (10000)")
    private @Nullable Integer instances;

    @Option(names = "--batch", paramLabel = "N", description = "instances that apps updates at once, or percent (10%%)")
    private String batch = "10%";

    @Option(names = "--watchers", paramLabel = "N", description = "watchers of watch (5000)")
    private int watchers = 5000;

    @Option(
            names = "--controller-options",
            split = ",",
            paramLabel = "OPTION",
            description =
                    "further JVM options of the controller of cluster, watch and apps, such as a flight recording")
    private List<String> controllerOptions = List.of();

    @Option(
            names = "--fleet-options",
            split = ",",
            paramLabel = "OPTION",
            description = "further JVM options of the simulated hosts of cluster, watch and apps")
    private List<String> fleetOptions = List.of();

    @Option(
            names = "--images-options",
            split = ",",
            paramLabel = "OPTION",
            description = "further JVM options of the repository of images and glance")
    private List<String> imagesOptions = List.of();

    @Option(names = "--keep", description = "leave everything running in the end, for a look")
    private boolean keep;

    @Option(names = "--loaded", paramLabel = "N", description = "schedule: sets that are there already (100000)")
    private int loaded = 100_000;

    @Option(names = "--megabytes", paramLabel = "N", description = "fanout: size of the blob (100)")
    private int megabytes = 100;

    private Main() {}

    public static void main(String[] arguments) {
        int code = new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments);
        System.exit(code);
    }

    @Override
    public Integer call() throws Exception {
        int times = runs == null ? name.runs : runs;
        if (times < 1) {
            System.err.println("--runs must be at least 1");
            return CommandLine.ExitCode.USAGE;
        }
        if ((hosts != null && hosts < 1) || loaded < 0 || warmUp < 0 || sets < 1) {
            System.err.println("--hosts must be at least 1, --sets likewise, and --loaded and --warm-up not negative");
            return CommandLine.ExitCode.USAGE;
        }
        if (from < 1 || to <= from || to > 200) {
            System.err.println("--from must be at least 1, --to larger, and at most 200");
            return CommandLine.ExitCode.USAGE;
        }
        if (instances != null && (instances < 100 || instances > AppsBench.INSTANCES_MAX)) {
            System.err.println("--instances must be 100 to " + AppsBench.INSTANCES_MAX);
            return CommandLine.ExitCode.USAGE;
        }
        if (name == Name.FAILOVER && hosts != null && hosts < 3) {
            System.err.println("failover needs at least 3 hosts");
            return CommandLine.ExitCode.USAGE;
        }
        if (megabytes < 10 || megabytes > 10_000) {
            System.err.println("--megabytes must be 10 to 10000");
            return CommandLine.ExitCode.USAGE;
        }
        String figures;
        try (BenchParts parts = new BenchParts(keep)) {
            figures = switch (name) {
                case START -> StartBench.run(parts, times);
                case BURST -> BurstBench.run(parts, times);
                case GRAY -> GrayBench.run(parts, times);
                case RESIZE -> ResizeBench.run(parts, times);
                case FOOTPRINT -> FootprintBench.run(parts, times);
                case SCHEDULE -> ScheduleBench.run(hosts == null ? 5_000 : hosts, loaded, times);
                case CLUSTER -> ClusterBench.run(parts, size(5000, 32));
                case WATCH -> WatchBench.run(parts, size(1000, 64), watchers, times);
                case APPS -> apps(parts);
                case SCALE -> {
                    if (instances != null) {
                        try (BenchParts simulated = new BenchParts(keep)) {
                            System.out.println(apps(simulated));
                        }
                    }
                    yield ScaleBench.run(parts, from, to, times);
                }
                case GLANCE -> GlanceBench.run(parts, times, imagesOptions);
                case IMAGES -> ImagesBench.run(parts, times, imagesOptions);
                case FANOUT -> FanoutBench.run(parts, hosts, megabytes * 1_000_000L);
                case REALIMAGE -> RealImageBench.run(parts, hosts == null ? 3 : hosts, times);
                case FAILOVER -> FailoverBench.run(parts, hosts == null ? 4 : hosts, times);
            };
        }
        System.out.println(figures);
        return CommandLine.ExitCode.OK;
    }

    private String apps(BenchParts parts) throws Exception {
        int many = instances == null ? 10_000 : instances;
        int onHosts = hosts == null ? 5_000 : hosts;
        return AppsBench.run(parts, onHosts, many, batch, controllerOptions, fleetOptions);
    }

    private BenchCluster.Size size(int hostsDefault, int cores) {
        return new BenchCluster.Size(
                hosts == null ? hostsDefault : hosts, cores, sets, warmUp, controllerOptions, fleetOptions);
    }
}
