package io.mosaic.proof.bench;

import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.Watch;
import io.mosaic.proof.rig.DistributionRig;
import io.mosaic.proof.rig.HostCommand;
import io.mosaic.proof.rig.HostRig;
import io.mosaic.proof.rig.ImageCluster;
import io.mosaic.proof.rig.LayeredImage;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How long until real hosts run something of an image that is new to them all and whose base they have: sets of Mosaic, by their agents;
 * and containers by {@code docker pull} and {@code docker run} on the same hosts, from Mosaic's repository and from Debian's
 * docker-registry. All registries speak TLS, on the same network. Each round has an image of its own for each way.
 */
final class RealImageBench implements AutoCloseable {

    private static final long MEBI = 1 << 20;
    private static final int BASE_MEBI = 99;
    private static final String NAME = "bench";

    /** What is new. */
    private enum Shape {
        /** A layer of 100 MiB over the base. */
        LAYER(100),
        /** An image of 100 MiB, of which the base is all but one. */
        BASE(1);

        private final int mebi;

        Shape(int mebi) {
            this.mebi = mebi;
        }

        private String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Who brings it to run. */
    private enum Way {
        MOSAIC,
        PULL,
        REGISTRY
    }

    private final ImageCluster real;
    private final MosaicClient client;
    private final DistributionRig registry;
    private final Path directory;
    private final LayeredImage base;
    private int images;

    private RealImageBench(
            ImageCluster real, MosaicClient client, DistributionRig registry, Path directory, LayeredImage base) {
        this.real = real;
        this.client = client;
        this.registry = registry;
        this.directory = directory;
        this.base = base;
    }

    /**
     * Runs it.
     *
     * @param rounds of each shape
     * @return the figures in one line; a ratio above 1: Mosaic is faster
     */
    static String run(BenchParts parts, int hosts, int rounds)
            throws IOException, InterruptedException, GeneralSecurityException, ExecutionException {
        System.out.println("starting a controller, the image repository, docker-registry and " + hosts + " hosts");
        ImageCluster real = parts.add(ImageCluster.startUncounted("bench-realimage", hosts));
        MosaicClient client = parts.add(real.client());
        DistributionRig registry = parts.add(DistributionRig.start(
                "bench-distribution", real.address(), real.cluster().authority().issueServer(List.of(real.address()))));
        Path directory = Files.createTempDirectory(
                "mosaic-bench-realimage",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        LayeredImage base = LayeredImage.busyBox(directory).withRandom(directory, BASE_MEBI * MEBI, System.nanoTime());
        return parts.add(new RealImageBench(real, client, registry, directory, base))
                .run(rounds);
    }

    private URI registryOf(Way way) {
        return way == Way.REGISTRY ? URI.create("https://" + real.address() + ":" + registry.port()) : real.registry();
    }

    private String reference(Way way, String tag) {
        return registryOf(way).getAuthority() + "/default/" + NAME + ":" + tag;
    }

    private void push(Way way, LayeredImage image, String tag) throws IOException, InterruptedException {
        String token = way == Way.REGISTRY ? null : real.cluster().adminToken();
        real.push(image, registryOf(way), token, "default/" + NAME, tag);
    }

    private String run(int rounds) throws IOException, InterruptedException, ExecutionException {
        logIn();
        for (Way way : List.of(Way.PULL, Way.REGISTRY)) {
            push(way, base, "base");
            for (HostRig host : real.hosts()) {
                host.trust(registryOf(way).getAuthority(), real.cluster().authorityFile());
                docker(host, "pull", "-q", reference(way, "base"));
            }
        }
        for (Way way : Way.values()) {
            once(way, Shape.BASE);
        }
        System.out.println("warmed up");
        StringBuilder figures = new StringBuilder();
        for (Shape shape : Shape.values()) {
            Map<Way, List<Long>> took = new EnumMap<>(Way.class);
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < Way.values().length; i++) {
                    Way way = Way.values()[(i + round) % Way.values().length];
                    long nanos = once(way, shape);
                    took.computeIfAbsent(way, any -> new ArrayList<>()).add(nanos);
                    System.out.printf(
                            Locale.ROOT,
                            "%s, %s: %.2f s%n",
                            shape.key(),
                            way.name().toLowerCase(Locale.ROOT),
                            nanos / 1e9);
                }
            }
            figures.append(figures(shape, took));
        }
        return figures.toString().strip();
    }

    private static String figures(Shape shape, Map<Way, List<Long>> took) {
        Map<Way, Double> seconds = new EnumMap<>(Way.class);
        took.forEach((way, nanos) -> seconds.put(way, Percentiles.of(nanos).millis(50) / 1000));
        double mosaic = seconds.getOrDefault(Way.MOSAIC, Double.NaN);
        double pull = seconds.getOrDefault(Way.PULL, Double.NaN);
        double peer = seconds.getOrDefault(Way.REGISTRY, Double.NaN);
        return String.format(
                Locale.ROOT,
                "%1$s_s=%2$.2f %1$s_pull_s=%3$.2f %1$s_registry_s=%4$.2f %1$s_pull_ratio=%5$.2f %1$s_registry_ratio=%6$.2f ",
                shape.key(),
                mosaic,
                pull,
                peer,
                pull / mosaic,
                peer / mosaic);
    }

    /** Pushes a new image, lets all hosts run it, and takes it away again. */
    private long once(Way way, Shape shape) throws IOException, InterruptedException, ExecutionException {
        String tag = "r" + ++images;
        Path files = Files.createDirectory(directory.resolve(tag));
        LayeredImage image = base.withRandom(files, shape.mebi * MEBI, System.nanoTime());
        push(way, image, tag);
        ImageClients.delete(files);
        long nanos = way == Way.MOSAIC ? sets(tag) : containers(way, tag);
        for (HostRig host : real.hosts()) {
            docker(host, "rmi", "-f", image.id());
        }
        return nanos;
    }

    private long sets(String tag) throws InterruptedException {
        Set<String> names = new HashSet<>();
        try (Watch<SetResource> watch = BenchSets.watch(client)) {
            long begin = System.nanoTime();
            for (HostRig host : real.hosts()) {
                String name = tag + "-" + host.name();
                names.add(name);
                client.sets().create(Json.read("""
                        {"name": "%s", "resources": {"cpu": 0.2, "memory": "32Mi"}, "placement": {"hostLabels": {"host": "%s"}},
                         "containers": [{"index": 1, "image": "%s:%s", "options": {"command": ["sleep", "1000000"]}}]}
                        """.formatted(name, host.name(), NAME, tag), SetSpec.class));
            }
            BenchSets.awaitRunning(watch, names);
            long nanos = System.nanoTime() - begin;
            BenchSets.deleteAll(client, watch, names);
            return nanos;
        }
    }

    private long containers(Way way, String tag) throws IOException, InterruptedException, ExecutionException {
        String reference = reference(way, tag);
        List<Callable<String>> starts = new ArrayList<>();
        for (HostRig host : real.hosts()) {
            starts.add(() -> {
                docker(host, "pull", "-q", reference);
                return docker(host, "run", "-d", reference, "sleep", "1000000");
            });
        }
        List<String> ids = new ArrayList<>();
        long nanos;
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            long begin = System.nanoTime();
            for (Future<String> each : executor.invokeAll(starts)) {
                ids.add(each.get());
            }
            nanos = System.nanoTime() - begin;
        }
        for (int i = 0; i < ids.size(); i++) {
            docker(real.hosts().get(i), "rm", "-f", ids.get(i));
        }
        return nanos;
    }

    /** As {@code docker login} leaves it, for Mosaic's repository. */
    private void logIn() throws IOException {
        String proof = Base64.getEncoder()
                .encodeToString(("any:" + real.cluster().adminToken()).getBytes(StandardCharsets.UTF_8));
        Files.writeString(
                directory.resolve("config.json"),
                Json.pretty(Map.of("auths", Map.of(registryOf(Way.PULL).getAuthority(), Map.of("auth", proof)))));
    }

    private String docker(HostRig host, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("docker", "--config", directory.toString(), "-H", "unix://" + host.dockerSocket()));
        command.addAll(List.of(arguments));
        return HostCommand.run(command.toArray(String[]::new)).strip();
    }

    @Override
    public void close() throws IOException {
        ImageClients.delete(directory);
    }
}
