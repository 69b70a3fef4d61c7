package io.mosaic.images;

import static io.mosaic.images.RegistryClient.OCI;
import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.digest;
import static io.mosaic.images.RegistryClient.manifest;
import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Kills of the repository while it looks after itself, and of its database while images are pushed; pushes that meet each other or
 * outlive their token. What was acknowledged is whole after each.
 */
class CrashesIT {

    private static final int GARBAGE = 120;

    @TempDir
    private Path home;

    private ClusterFixture cluster;
    private String token;

    @BeforeEach
    void start() throws Exception {
        cluster = new ClusterFixture();
        token = cluster.token(Role.ADMIN);
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
    }

    private long files() throws IOException {
        try (Stream<Path> all = Files.walk(home.resolve("lib/images/blobs"))) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    private static JsonNode call(RegistryClient client, String path, String body) throws Exception {
        HttpResponse<byte[]> answer =
                client.call("POST", path, body.getBytes(StandardCharsets.UTF_8), "Content-Type", "application/json");
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
        return Json.mapper().readTree(text(answer));
    }

    private static JsonNode collect(RegistryClient client) throws Exception {
        return call(client, "/v1/image-garbage", "{\"grace\":\"0s\",\"untagged\":true}");
    }

    private static JsonNode check(RegistryClient client) throws Exception {
        HttpResponse<byte[]> answer = client.post("/v1/image-check");
        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
        return Json.mapper().readTree(text(answer));
    }

    private static void requireWhole(RegistryClient client, String name, byte[] manifest) throws Exception {
        assertThat(client.get("/v2/" + name).body()).as(name).isEqualTo(manifest);
        JsonNode read = Json.mapper().readTree(manifest);
        String blobs = "/v2/" + name.substring(0, name.indexOf("/manifests/")) + "/blobs/";
        for (JsonNode part : List.of(read.path("config"), read.path("layers").path(0))) {
            String digest = part.path("digest").asString();
            assertThat(digest(client.get(blobs + digest).body())).as(name).isEqualTo(digest);
        }
    }

    /** Killed in the middle of a collection, at another place each time, with pushes beside it. */
    @Test
    void killedWhileItCollects() throws Exception {
        Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
        Random random = new Random(1);
        for (int round = 0; round < 3; round++) {
            KillableImages running = new KillableImages(cluster, home, token);
            try {
                RegistryClient client = running.client();
                for (int i = 0; i < GARBAGE; i++) {
                    client.push("food/garbage", content(500, round * 1000L + i));
                }
                long before = files();
                int number = round;
                try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    Future<?> pusher = threads.submit(() -> push(client, "r" + number, acknowledged));
                    Future<?> collection = threads.submit(() -> collect(client));
                    int gone = 1 + random.nextInt(GARBAGE / 2);
                    while (files() > before - gone && !collection.isDone()) {
                        Thread.sleep(1);
                    }
                    assertThat(collection.isDone())
                            .as("it is killed in the middle")
                            .isFalse();
                    running.kill();
                    assertThat(pusher).failsWithin(Duration.ofSeconds(30));
                    assertThat(collection).failsWithin(Duration.ofSeconds(30));
                }
            } finally {
                running.kill();
            }
        }
        requireGood(acknowledged);
    }

    /** Killed while it reads all content; one blob is broken, and only that is ever said to be. */
    @Test
    void killedWhileItChecks() throws Exception {
        Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
        byte[] lost = content(3000, 77);
        Random random = new Random(2);
        for (int round = 0; round < 3; round++) {
            KillableImages running = new KillableImages(cluster, home, token);
            try {
                RegistryClient client = running.client();
                if (round == 0) {
                    for (int i = 0; i < 20; i++) {
                        acknowledged.put("food/kept/manifests/v" + i, client.image("food/kept", "v" + i, 400_000, i));
                    }
                    client.push("food/lost", lost);
                    String hex = digest(lost).substring("sha256:".length());
                    Files.write(
                            home.resolve("lib/images/blobs/sha256")
                                    .resolve(hex.substring(0, 2))
                                    .resolve(hex),
                            content(3000, 78));
                }
                try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                    Future<?> checks = threads.submit(() -> {
                        while (true) {
                            assertThat(check(client).path("broken").size()).isEqualTo(1);
                        }
                    });
                    Thread.sleep(200 + random.nextInt(300));
                    running.kill();
                    assertThat(checks)
                            .failsWithin(Duration.ofSeconds(30))
                            .withThrowableOfType(ExecutionException.class)
                            .withCauseInstanceOf(IOException.class);
                }
            } finally {
                running.kill();
            }
        }
        try (KillableImages last = new KillableImages(cluster, home, token)) {
            JsonNode found = check(last.client());
            assertThat(found.path("broken").size()).isEqualTo(1);
            assertThat(found.path("broken").path(0).path("digest").asString()).isEqualTo(digest(lost));
            last.client().push("food/lost", lost);
        }
        requireGood(acknowledged);
    }

    /** All that was acknowledged is whole, before and after what nobody needs is gone, and then nothing else is there. */
    private void requireGood(Map<String, byte[]> acknowledged) throws Exception {
        try (KillableImages last = new KillableImages(cluster, home, token)) {
            RegistryClient client = last.client();
            requireGood(client, acknowledged);
        }
    }

    private void requireGood(RegistryClient client, Map<String, byte[]> acknowledged) throws Exception {
        assertThat(acknowledged).isNotEmpty();
        assertThat(check(client).path("broken").size()).isZero();
        for (Map.Entry<String, byte[]> each : acknowledged.entrySet()) {
            requireWhole(client, each.getKey(), each.getValue());
        }
        collect(client);
        for (Map.Entry<String, byte[]> each : acknowledged.entrySet()) {
            requireWhole(client, each.getKey(), each.getValue());
        }
        JsonNode found = check(client);
        assertThat(found.path("broken").size()).isZero();
        assertThat(found.path("orphans").asInt()).isZero();
        assertThat(files()).as("space comes back").isEqualTo(found.path("blobs").asLong());
        assertThat(collect(client).path("blobs").asInt()).isZero();
    }

    /** Pushes until the server goes. */
    private static int push(RegistryClient client, String life, Map<String, byte[]> acknowledged) throws Exception {
        for (int n = 0; ; n++) {
            pushed(client, "food/web/manifests/" + life + "-" + n, life.hashCode() * 1000L + n, acknowledged);
        }
    }

    /** Pushes one image, and remembers it if that was acknowledged. */
    private static void pushed(RegistryClient client, String name, long seed, Map<String, byte[]> acknowledged)
            throws Exception {
        byte[] layer = content(20_000, seed);
        byte[] config = content(100, seed + 500_000);
        client.push("food/web", layer);
        client.push("food/web", config);
        byte[] manifest = manifest("", config, layer);
        HttpResponse<byte[]> put = client.put("/v2/" + name, manifest, OCI);
        if (put.statusCode() == 201) {
            acknowledged.put(name, manifest);
        } else {
            // A collection without any grace was between, or the database was away: the client would push again.
            assertThat(put.statusCode()).as(text(put)).isIn(404, 503);
        }
    }

    /** A push while the database is killed fails or succeeds; what was acknowledged was kept. */
    @Test
    void theDatabaseIsKilledWhileImagesArePushed() throws Exception {
        cluster.close();
        cluster = ClusterFixture.withItsOwnServer();
        token = cluster.token(Role.ADMIN);
        Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
        AtomicBoolean over = new AtomicBoolean();
        try (Images images = Images.start(cluster.config(null, Bytes.mebi(64)), MosaicHome.at(home.toString()));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RegistryClient client = new RegistryClient(images.port(), token);
            List<Future<Integer>> pushers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int pusher = i;
                pushers.add(threads.submit(() -> pushOn(client, pusher, acknowledged, over)));
            }
            for (int kill = 0; kill < 3; kill++) {
                awaitMore(acknowledged, 10);
                cluster.killDatabase();
            }
            awaitMore(acknowledged, 10);
            over.set(true);
            int failed = 0;
            for (Future<Integer> each : pushers) {
                failed += each.get();
            }
            assertThat(failed).as("the kills were felt").isPositive();
            requireGood(client, acknowledged);
        }
    }

    private static void awaitMore(Map<String, byte[]> acknowledged, int more) throws InterruptedException {
        int before = acknowledged.size();
        while (acknowledged.size() < before + more) {
            Thread.sleep(5);
        }
    }

    private static int pushOn(RegistryClient client, int pusher, Map<String, byte[]> acknowledged, AtomicBoolean over)
            throws Exception {
        int failed = 0;
        for (int n = 0; !over.get(); n++) {
            try {
                String name = "food/web/manifests/p" + pusher + "-" + n;
                pushed(client, name, pusher * 10_000L + n, acknowledged);
                failed += acknowledged.containsKey(name) ? 0 : 1;
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("503");
                failed++;
                Thread.sleep(20);
            }
        }
        return failed;
    }

    /** The token ends between two pieces: the next is refused, and with another token the push goes on where it was. */
    @Test
    void aTokenThatExpiresInTheMiddleOfAPush() throws Exception {
        try (Images images = Images.start(cluster.config(null, Bytes.mebi(64)), MosaicHome.at(home.toString()))) {
            Instant end = Instant.now().plusSeconds(3);
            String brief = cluster.token(Role.DEVELOPER, end, "food");
            RegistryClient direct = new RegistryClient(images.port(), brief);
            String basic =
                    "Basic " + Base64.getEncoder().encodeToString(("any:" + brief).getBytes(StandardCharsets.UTF_8));
            HttpResponse<byte[]> traded = new RegistryClient(images.port(), null)
                    .get("/v2/token?scope=repository:food/web:pull,push", "Authorization", basic);
            RegistryClient scoped = new RegistryClient(
                    images.port(),
                    Json.mapper().readTree(text(traded)).path("token").asString());
            byte[] layer = content(2_000_000, 1);
            String at = scoped.begin("food/web");
            assertThat(scoped.call("PATCH", at, Arrays.copyOf(layer, 1_000_000)).statusCode())
                    .isEqualTo(202);
            while (!Instant.now().isAfter(end)) {
                Thread.sleep(20);
            }
            byte[] rest = Arrays.copyOfRange(layer, 1_000_000, layer.length);
            String last = at + "?digest=" + digest(layer);
            for (RegistryClient each : List.of(direct, scoped)) {
                HttpResponse<byte[]> refused = each.call("PUT", last, rest);
                assertThat(refused.statusCode()).as(text(refused)).isEqualTo(401);
                assertThat(RegistryClient.header(refused, "WWW-Authenticate")).contains("repository:food/web:push");
            }
            RegistryClient fresh = new RegistryClient(images.port(), cluster.token(Role.DEVELOPER, "food"));
            assertThat(RegistryClient.header(fresh.get(at), "Range")).isEqualTo("0-999999");
            assertThat(fresh.call("PUT", last, rest).statusCode()).isEqualTo(201);
            assertThat(fresh.get("/v2/food/web/blobs/" + digest(layer)).body()).isEqualTo(layer);
        }
    }

    /** Pushes of one tag at the same time: the tag means one of them, and all are there. */
    @Test
    void pushesOfOneTagAtOnce() throws Exception {
        int pushers = 6;
        try (Images images = Images.start(cluster.config(null, Bytes.mebi(64)), MosaicHome.at(home.toString()));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RegistryClient client = new RegistryClient(images.port(), token);
            for (int round = 0; round < 8; round++) {
                CyclicBarrier together = new CyclicBarrier(pushers);
                List<Future<byte[]>> pushed = new ArrayList<>();
                for (int i = 0; i < pushers; i++) {
                    long seed = round * 100L + i;
                    pushed.add(threads.submit(() -> {
                        together.await();
                        // Half of what each has is what all have.
                        return client.image("food/web", "latest", 10_000, seed / 2 * 2);
                    }));
                }
                List<String> digests = new ArrayList<>();
                for (Future<byte[]> each : pushed) {
                    digests.add(digest(each.get()));
                    requireWhole(client, "food/web/manifests/" + digest(each.get()), each.get());
                }
                HttpResponse<byte[]> latest = client.get("/v2/food/web/manifests/latest");
                assertThat(digests).contains(digest(latest.body()));
            }
            assertThat(text(client.get("/v2/food/web/tags/list"))).contains("[\"latest\"]");
            assertThat(check(client).path("broken").size()).isZero();
        }
    }
}
