package io.mosaic.images.mirror;

import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.digest;
import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.ClusterFixture;
import io.mosaic.images.Images;
import io.mosaic.images.ImagesConfig;
import io.mosaic.images.KillableImages;
import io.mosaic.images.RegistryClient;
import io.mosaic.images.StoreConfig;
import io.mosaic.images.blob.s3.BucketServer;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.model.Bytes;
import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Mirrors in surroundings of another kind: a repository that is killed while it repairs, a registry with a CA of its own, a bucket. */
class MirrorFaultsIT {

    private static final int IMAGES = 8;
    private static final int LAYER = 300_000;
    private static final Duration LONG = Duration.ofSeconds(90);

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

    private ImagesConfig config(FakeUpstream upstream, String ca, StoreConfig store) throws IOException {
        ImagesConfig plain = cluster.config(null, Bytes.mebi(64));
        return new ImagesConfig(
                plain.api(),
                null,
                null,
                plain.database(),
                null,
                Bytes.ZERO,
                List.of(),
                null,
                // What nobody goes on with goes with the next collection.
                new ImagesConfig.Limits(plain.limits().blob(), null, Interval.ofSeconds(1)),
                null,
                store,
                List.of(new ImagesConfig.Mirror(
                        "docker.io", upstream.url(), null, ca, Interval.ofSeconds(0), List.of(), null, null, null)));
    }

    private static HttpResponse<byte[]> good(HttpResponse<byte[]> response) {
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        return response;
    }

    private static JsonNode post(RegistryClient client, String path) throws Exception {
        return Json.mapper().readTree(text(good(client.post(path))));
    }

    private static void pull(RegistryClient client, String name, long seed) throws Exception {
        good(client.get("/v2/docker.io/" + name + "/manifests/1"));
        for (byte[] each : List.of(content(LAYER, seed), content(200, seed + 1))) {
            assertThat(good(client.get("/v2/docker.io/" + name + "/blobs/" + digest(each)))
                            .body())
                    .isEqualTo(each);
        }
    }

    private Path file(String digest) {
        String hex = digest.substring(digest.indexOf(':') + 1);
        return home.resolve("lib/images/blobs/sha256")
                .resolve(hex.substring(0, 2))
                .resolve(hex);
    }

    private long files(String below) throws IOException {
        try (Stream<Path> all = Files.walk(home.resolve("lib/images").resolve(below))) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    private static String name(int image) {
        return "library/app" + image;
    }

    private static long seed(int image) {
        return 10L * image;
    }

    /** While it fetches the first, when it has some, and when it has most: what it repaired is whole, and the rest is repaired next time. */
    @Test
    void killedWhileItRepairs() throws Exception {
        try (FakeUpstream upstream = new FakeUpstream()) {
            ImagesConfig config = config(upstream, null, null);
            try (KillableImages running = new KillableImages(config, home, token)) {
                for (int i = 0; i < IMAGES; i++) {
                    upstream.image(name(i), "1", LAYER, seed(i));
                    pull(running.client(), name(i), seed(i));
                }
            }
            for (int i = 0; i < IMAGES; i++) {
                Files.write(file(digest(content(LAYER, seed(i)))), content(LAYER, 999));
            }
            for (int held : List.of(1, 3, 6)) {
                repairUntilHeld(config, upstream, held);
            }
            upstream.mode = FakeUpstream.Blobs.RIGHT;
            upstream.holdFrom(Integer.MAX_VALUE);
            try (KillableImages last = new KillableImages(config, home, token)) {
                RegistryClient client = last.client();
                JsonNode found = post(client, "/v1/image-check?repair=true");
                assertThat(found.path("broken").size()).as(found.toString()).isZero();
                assertThat(found.path("repaired").size()).as(found.toString()).isPositive();
                upstream.status = 503;
                for (int i = 0; i < IMAGES; i++) {
                    pull(client, name(i), seed(i));
                }
                collectUntilNothingIsUnderWay(client);
                found = post(client, "/v1/image-check");
                assertThat(found.path("broken").size()).isZero();
                assertThat(found.path("orphans").asInt()).isZero();
                assertThat(files("blobs")).as("space comes back").isEqualTo(2L * IMAGES);
            }
        }
    }

    private void collectUntilNothingIsUnderWay(RegistryClient client) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        do {
            assertThat(System.nanoTime())
                    .as("until what was on its way is gone")
                    .isLessThan(end);
            good(client.call(
                    "POST",
                    "/v1/image-garbage",
                    "{\"grace\":\"0s\"}".getBytes(StandardCharsets.UTF_8),
                    "Content-Type",
                    "application/json"));
        } while (files("uploads") > 0);
    }

    /** Begins a repair, whose fetch of that number does not end, and kills it there. */
    private void repairUntilHeld(ImagesConfig config, FakeUpstream upstream, int held) throws Exception {
        upstream.mode = FakeUpstream.Blobs.RIGHT;
        upstream.calls.clear();
        KillableImages running = new KillableImages(config, home, token);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            upstream.holdFrom(held);
            Future<?> repair = threads.submit(() -> post(running.client(), "/v1/image-check?repair=true"));
            long end = System.nanoTime() + LONG.toNanos();
            while (upstream.count("GET", "/blobs/") < held && !repair.isDone() && System.nanoTime() < end) {
                Thread.sleep(2);
            }
            assertThat(repair.isDone()).as("it is killed in the middle").isFalse();
            running.kill();
            assertThat(repair).failsWithin(Duration.ofSeconds(30));
        } finally {
            running.kill();
        }
    }

    @Test
    void aRegistryWithACaOfItsOwn() throws Exception {
        ClusterAuthority authority = ClusterAuthority.loadOrCreate(home.resolve("their-ca"));
        try (FakeUpstream upstream = new FakeUpstream(authority.issueServer(List.of("127.0.0.1")))) {
            upstream.image(name(1), "1", LAYER, seed(1));
            String known = home.resolve("their-ca/ca.pem").toString();
            try (Images images = Images.start(config(upstream, known, null), MosaicHome.at(home.toString()))) {
                pull(new RegistryClient(images.port(), token), name(1), seed(1));
            }
            upstream.image(name(2), "1", LAYER, seed(2));
            upstream.calls.clear();
            try (Images images = Images.start(config(upstream, null, null), MosaicHome.at(home.toString()))) {
                RegistryClient client = new RegistryClient(images.port(), token);
                HttpResponse<byte[]> refused = client.get("/v2/docker.io/" + name(2) + "/manifests/1");
                assertThat(refused.statusCode()).as(text(refused)).isEqualTo(503);
                assertThat(upstream.calls).as("nothing is sent to a stranger").isEmpty();
                pull(client, name(1), seed(1));
            }
        }
    }

    @Test
    void whatIsMirroredIsKeptInABucket() throws Exception {
        try (BucketServer bucket = new BucketServer(home.resolve("endpoint"));
                FakeUpstream upstream = new FakeUpstream()) {
            StoreConfig store = new StoreConfig(new StoreConfig.S3(
                    bucket.endpoint().toString(),
                    null,
                    BucketServer.BUCKET,
                    "mirror/",
                    bucket.credentials(home.resolve("credentials")).toString(),
                    null));
            ImagesConfig config = config(upstream, null, store);
            upstream.image(name(1), "1", LAYER, seed(1));
            Path object = bucket.file(
                    "mirror/blobs/" + digest(content(LAYER, seed(1))).replace(':', '/'));
            try (Images images = Images.start(config, MosaicHome.at(home.toString()))) {
                pull(new RegistryClient(images.port(), token), name(1), seed(1));
                assertThat(object).hasBinaryContent(content(LAYER, seed(1)));
            }
            upstream.status = 503;
            upstream.calls.clear();
            try (Images images = Images.start(config, MosaicHome.at(home.toString()))) {
                RegistryClient client = new RegistryClient(images.port(), token);
                pull(client, name(1), seed(1));
                assertThat(upstream.count("GET", "/blobs/")).isZero();
                Files.write(object, content(LAYER, 999));
                upstream.status = 0;
                JsonNode found = post(client, "/v1/image-check?repair=true");
                assertThat(found.path("repaired").size()).as(found.toString()).isEqualTo(1);
                assertThat(object).hasBinaryContent(content(LAYER, seed(1)));
                pull(client, name(1), seed(1));
            }
        }
    }
}
