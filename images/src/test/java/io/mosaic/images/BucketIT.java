package io.mosaic.images;

import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.digest;
import static io.mosaic.images.RegistryClient.header;
import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.images.blob.s3.BucketServer;
import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import io.mosaic.model.Bytes;
import io.mosaic.model.GarbageRequest;
import io.mosaic.model.ImageTag;
import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The whole repository over a bucket of a real S3 endpoint. Needs root and dockerd. */
class BucketIT {

    private static final Duration COMMAND = Duration.ofMinutes(2);
    private static final String PREFIX = "cluster/one/";
    private static final int SEGMENT = 16 << 20;

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static BucketServer bucket;
    private static Path config;
    private static String token;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        token = cluster.token(Role.ADMIN);
        bucket = new BucketServer(home.resolve("endpoint"));
        ObjectNode settings =
                (ObjectNode) Json.mapper().readTree(Json.bytes(cluster.config(home.resolve("local"), Bytes.mebi(512))));
        settings.putObject("store")
                .putObject("s3")
                .put("endpoint", bucket.endpoint().toString())
                .put("bucket", BucketServer.BUCKET)
                .put("prefix", PREFIX)
                .put(
                        "credentialsFile",
                        bucket.credentials(home.resolve("credentials")).toString());
        config = Files.write(home.resolve("images.json"), Json.bytes(settings));
    }

    @AfterAll
    static void stop() throws Exception {
        bucket.close();
        cluster.close();
    }

    /** Whatever a test did: when nobody needs anything any more, nothing is left. */
    @AfterEach
    void allGoes() throws Exception {
        try (Images images = images()) {
            ClientSettings settings = ClientSettings.of(URI.create("http://127.0.0.1:" + images.port()), token, null);
            try (MosaicClient client = new MosaicClient(settings)) {
                for (ImageTag tag : client.images().list(null, null)) {
                    client.images().delete(tag.repository(), tag.digest());
                }
                client.images().collect(new GarbageRequest(Interval.ofSeconds(0), true, null));
            }
        }
        assertThat(objects("blobs")).isZero();
        assertThat(objects("uploads")).isZero();
    }

    private static Images images() throws Exception {
        return Images.start(ImagesConfig.read(config, true), MosaicHome.at(home.toString()));
    }

    private static long objects(String below) throws IOException {
        Path directory = bucket.file(PREFIX + below);
        if (!Files.exists(directory)) {
            return 0;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    private static Path object(String digest) {
        return bucket.file(PREFIX + "blobs/" + digest.replace(':', '/'));
    }

    private static JsonNode care(RegistryClient client, String path, String body) throws Exception {
        HttpResponse<byte[]> done =
                client.call("POST", path, body.getBytes(StandardCharsets.UTF_8), "Content-Type", "application/json");
        assertThat(done.statusCode()).as(text(done)).isEqualTo(200);
        return Json.mapper().readTree(text(done));
    }

    private static JsonNode check(RegistryClient client) throws Exception {
        return care(client, "/v1/image-check", "");
    }

    @Test
    void dockerPushesAndPulls() throws Exception {
        // A socket's path may have 107 characters only.
        Path directory = Files.createTempDirectory(Path.of("/tmp"), "mosb");
        Process dockerd = dockerd(directory);
        try (Images images = images()) {
            String registry = "127.0.0.1:" + images.port();
            String name = registry + "/food/web:1";
            docker(directory, "login", "-u", "any", "-p", token, registry);
            build(directory, name);
            String id = docker(directory, "image", "inspect", "-f", "{{.Id}}", name);
            assertThat(docker(directory, "push", name)).contains("digest: sha256:");
            assertThat(objects("blobs")).isEqualTo(4);
            assertThat(objects("uploads")).isZero();
            docker(directory, "rmi", name);
            docker(directory, "pull", name);
            assertThat(docker(directory, "image", "inspect", "-f", "{{.Id}}", name))
                    .isEqualTo(id);
            RegistryClient client = new RegistryClient(images.port(), token);
            assertThat(check(client).path("blobs").asInt()).isEqualTo(4);
        } finally {
            dockerd.destroy();
            assertThat(dockerd.waitFor(30, TimeUnit.SECONDS)).isTrue();
            Commands.run(COMMAND, "rm", "-rf", "--one-file-system", directory.toString());
        }
    }

    private static Process dockerd(Path directory) throws Exception {
        Process process = new ProcessBuilder(
                        "dockerd",
                        "--data-root=" + directory.resolve("data"),
                        "--exec-root=" + directory.resolve("exec"),
                        "--pidfile=" + directory.resolve("docker.pid"),
                        "--host=unix://" + directory.resolve("docker.sock"),
                        "--bridge=none",
                        "--iptables=false",
                        "--ip-forward=false",
                        "--log-level=warn")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        for (int i = 0; i < 600 && !tryDocker(directory, "version").ok(); i++) {
            assertThat(process.isAlive())
                    .as(Files.readString(directory.resolve("log")))
                    .isTrue();
            Thread.sleep(100);
        }
        return process;
    }

    private static CommandResult tryDocker(Path directory, String... arguments) throws CommandException {
        List<String> line = new ArrayList<>(List.of(
                "docker", "-H", "unix://" + directory.resolve("docker.sock"), "--config", directory + "/config"));
        line.addAll(List.of(arguments));
        return Commands.tryRun(COMMAND, line.toArray(String[]::new));
    }

    private static String docker(Path directory, String... arguments) throws CommandException {
        CommandResult result = tryDocker(directory, arguments);
        assertThat(result.ok())
                .as("%s: %s %s", List.of(arguments), result.out(), result.err())
                .isTrue();
        return result.out();
    }

    /** Two small layers and one of several segments. */
    private static void build(Path directory, String name) throws IOException, CommandException {
        Path context = Files.createDirectory(directory.resolve("context"));
        StringBuilder file = new StringBuilder("FROM scratch\n");
        for (int i = 0; i < 3; i++) {
            byte[] content = new byte[i == 0 ? 2 * SEGMENT + 1000 : 200_000];
            new Random(i).nextBytes(content);
            Files.write(context.resolve("f" + i), content);
            file.append("COPY f").append(i).append(" /f").append(i).append('\n');
        }
        Files.writeString(context.resolve("Dockerfile"), file);
        docker(directory, "build", "-q", "-t", name, context.toString());
    }

    @Test
    void garbageGoesAndWhatIsBrokenIsFoundAndMended() throws Exception {
        try (Images images = images()) {
            RegistryClient client = new RegistryClient(images.port(), token);
            byte[] kept = client.image("food/web", "v1", 5000, 1);
            byte[] gone = client.image("food/web", "v2", SEGMENT + 7, 2);
            client.delete("/v2/food/web/manifests/" + digest(gone));
            assertThat(objects("blobs")).isEqualTo(4);
            JsonNode collected = care(client, "/v1/image-garbage", "{\"grace\":\"0s\"}");
            assertThat(collected.path("blobs").asInt()).isEqualTo(2);
            assertThat(objects("blobs")).isEqualTo(2);
            byte[] layer = content(5000, 1);
            String blob = "/v2/food/web/blobs/" + digest(layer);
            byte[] damaged = layer.clone();
            damaged[2500] ^= 1;
            Files.write(object(digest(layer)), damaged);
            // Read whole, and not yet known to be broken: it is cut off before its end.
            assertThatThrownBy(() -> client.get(blob)).isInstanceOf(IOException.class);
            JsonNode found = check(client).path("broken");
            assertThat(found.size()).isEqualTo(1);
            assertThat(found.path(0).path("digest").asString()).isEqualTo(digest(layer));
            assertThat(client.head(blob).statusCode()).isEqualTo(404);
            client.push("food/web", layer);
            assertThat(client.get(blob).body()).isEqualTo(layer);
            assertThat(client.get(blob, "Range", "bytes=100-199").body())
                    .isEqualTo(Arrays.copyOfRange(layer, 100, 200));
            assertThat(check(client).path("broken").size()).isZero();
            assertThat(client.get("/v2/food/web/manifests/v1").body()).isEqualTo(kept);
        }
    }

    @Test
    void anOutageIsAnsweredAsOneAndBreaksNothing() throws Exception {
        try (Images images = images()) {
            RegistryClient client = new RegistryClient(images.port(), token);
            byte[] manifest = client.image("food/web", "v1", 5000, 1);
            String blob = "/v2/food/web/blobs/" + digest(content(5000, 1));
            bucket.stop();
            HttpResponse<byte[]> refused = client.get(blob);
            assertThat(refused.statusCode()).as(text(refused)).isEqualTo(503);
            assertThat(header(refused, "Retry-After")).isNotNull();
            assertThat(text(refused)).contains("UNAVAILABLE").doesNotContain("127.0.0.1");
            assertThat(client.post("/v2/food/web/blobs/uploads/").statusCode()).isEqualTo(503);
            HttpResponse<byte[]> check = client.post("/v1/image-check");
            assertThat(check.statusCode()).as(text(check)).isEqualTo(503);
            assertThat(client.get("/v2/food/web/manifests/v1").body()).isEqualTo(manifest);
            bucket.start();
            assertThat(client.get(blob).body()).isEqualTo(content(5000, 1));
            assertThat(check(client).path("broken").size()).isZero();
        }
    }

    /** A process of its own, which is killed in the middle of an upload. */
    @Test
    void anUploadGoesOnAfterAKillAndLeavesNothing() throws Exception {
        byte[] content = content(2 * SEGMENT, 1);
        String at;
        String left;
        Served first = new Served();
        try {
            at = first.client.begin("food/web");
            left = first.client.begin("food/web");
            first.client.call("PATCH", left, content(1000, 2));
            try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> cut = thread.submit(() ->
                        first.client.send("PATCH", at, BodyPublishers.ofInputStream(() -> new SlowStream(content))));
                String upload = "uploads/" + at.substring(at.lastIndexOf('/') + 1);
                // The first segment is there, and the rest on its way.
                while (objects(upload) < 2) {
                    Thread.sleep(5);
                }
                first.kill();
                assertThat(cut).failsWithin(Duration.ofSeconds(30));
            }
        } finally {
            first.kill();
        }
        Served second = new Served();
        try {
            RegistryClient client = second.client;
            int come = Integer.parseInt(header(client.get(at), "Range").substring(2)) + 1;
            assertThat(come).isGreaterThanOrEqualTo(SEGMENT).isLessThan(content.length);
            assertThat(client.head("/v2/food/web/blobs/" + digest(content)).statusCode())
                    .isEqualTo(404);
            HttpResponse<byte[]> done = client.call(
                    "PUT",
                    at + "?digest=" + digest(content),
                    Arrays.copyOfRange(content, come, content.length),
                    "Content-Range",
                    come + "-" + (content.length - 1));
            assertThat(done.statusCode()).as(text(done)).isEqualTo(201);
            assertThat(client.get("/v2/food/web/blobs/" + digest(content)).body())
                    .isEqualTo(content);
            assertThat(header(client.get(left), "Range")).isEqualTo("0-999");
            assertThat(client.delete(left).statusCode()).isEqualTo(204);
            assertThat(objects("uploads")).isZero();
            assertThat(objects("blobs")).isEqualTo(1);
        } finally {
            second.kill();
        }
    }

    private static final class Served {
        private static final Pattern LINE = Pattern.compile("images served at http://127\\.0\\.0\\.1:(\\d+)");

        private final Process process;
        private final RegistryClient client;

        Served() throws IOException {
            ProcessBuilder builder = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                    "-Xmx256m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "io.mosaic.images.Main",
                    "--config",
                    config.toString());
            builder.environment().put("MOS_HOME", home.toString());
            process = builder.redirectErrorStream(true).start();
            client = new RegistryClient(port(process.inputReader()), token);
        }

        private static int port(BufferedReader output) throws IOException {
            StringBuilder all = new StringBuilder();
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                Matcher served = LINE.matcher(line);
                if (served.find()) {
                    return Integer.parseInt(served.group(1));
                }
                all.append(line).append('\n');
            }
            throw new AssertionError("it does not start:\n" + all);
        }

        void kill() throws InterruptedException {
            process.destroyForcibly();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Gives a little now and then, so that there is a middle to be killed in. */
    private static final class SlowStream extends ByteArrayInputStream {
        SlowStream(byte[] content) {
            super(content);
        }

        @Override
        public synchronized int read(byte[] into, int offset, int length) {
            if (pos > SEGMENT) {
                try {
                    Thread.sleep(20);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            return super.read(into, offset, length);
        }
    }
}
