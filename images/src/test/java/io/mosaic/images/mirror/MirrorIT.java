package io.mosaic.images.mirror;

import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.digest;
import static io.mosaic.images.RegistryClient.header;
import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.ClusterFixture;
import io.mosaic.images.Images;
import io.mosaic.images.ImagesConfig;
import io.mosaic.images.RegistryClient;
import io.mosaic.model.Bytes;
import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Mirrors on a real server over a real database; the registry behind is a fake that can be broken in any way. */
class MirrorIT {

    private static final int LAYER = 3_000_000;
    private static final String PASSWORD = "so-secret";

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static Images images;
    private static FakeUpstream docker;
    private static FakeUpstream quay;
    private static RegistryClient admin;
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final int number = NUMBERS.incrementAndGet();
    private final long seed = number * 100L;
    private final String name = "library/app" + number;
    private final String base = "/v2/docker.io/" + name;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        docker = new FakeUpstream();
        quay = new FakeUpstream();
        Path credentials = Files.writeString(home.resolve("login"), "puller:" + PASSWORD + "\n");
        ImagesConfig plain = cluster.config(null, Bytes.mebi(8));
        images = Images.start(
                new ImagesConfig(
                        plain.api(),
                        null,
                        null,
                        plain.database(),
                        null,
                        Bytes.ZERO,
                        List.of(),
                        null,
                        plain.limits(),
                        null,
                        null,
                        List.of(
                                mirror("docker.io", docker, null, List.of(), true),
                                mirror("quay.io", quay, credentials.toString(), List.of("food"), false))),
                MosaicHome.at(home.toString()));
        admin = new RegistryClient(images.port(), cluster.token(Role.ADMIN));
    }

    private static ImagesConfig.Mirror mirror(
            String prefix, FakeUpstream upstream, String credentials, List<String> tenants, boolean open) {
        return new ImagesConfig.Mirror(
                prefix, upstream.url(), credentials, null, Interval.ofSeconds(0), tenants, open, open, null);
    }

    @AfterAll
    static void stop() throws Exception {
        images.close();
        docker.close();
        quay.close();
        cluster.close();
    }

    @BeforeEach
    @AfterEach
    void mend() {
        for (FakeUpstream each : List.of(docker, quay)) {
            each.mode = FakeUpstream.Blobs.RIGHT;
            each.status = 0;
            each.saidDigest = "";
            each.storage = "";
            each.basic = "";
        }
    }

    private static HttpResponse<byte[]> good(HttpResponse<byte[]> response) {
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        return response;
    }

    private static Path file(String digest) {
        String hex = digest.substring(digest.indexOf(':') + 1);
        return home.resolve("lib/images/blobs/sha256")
                .resolve(hex.substring(0, 2))
                .resolve(hex);
    }

    private static long uploads() throws IOException {
        try (Stream<Path> all = Files.list(home.resolve("lib/images/uploads"))) {
            return all.count();
        }
    }

    @Test
    void whatIsPulledIsKeptAndServedWhenTheRegistryIsDown() throws Exception {
        byte[] manifest = docker.image(name, "1", LAYER, seed);
        byte[] layer = content(LAYER, seed);
        assertThat(good(admin.get(base + "/manifests/1")).body()).isEqualTo(manifest);
        assertThat(header(admin.head(base + "/blobs/" + digest(layer)), "Content-Length"))
                .isEqualTo(Integer.toString(LAYER));
        assertThat(docker.count("GET", digest(layer)))
                .as("its size needs no fetch")
                .isZero();
        assertThat(good(admin.get(base + "/blobs/" + digest(layer))).body()).isEqualTo(layer);
        docker.status = 503;
        HttpResponse<byte[]> again = good(admin.get(base + "/manifests/1"));
        assertThat(again.body()).isEqualTo(manifest);
        assertThat(header(again, "Docker-Content-Digest")).isEqualTo(digest(manifest));
        good(admin.head(base + "/manifests/" + digest(manifest)));
        assertThat(admin.get(base + "/blobs/" + digest(layer), "Range", "bytes=0-9")
                        .body())
                .isEqualTo(Arrays.copyOf(layer, 10));
        assertThat(admin.get(base + "/manifests/never").statusCode()).isEqualTo(503);
        assertThat(text(good(admin.get(base + "/tags/list")))).contains("\"1\"");
        JsonNode listed = Json.mapper()
                .readTree(text(admin.get("/v1/images?repository=docker.io%2F" + name.replace("/", "%2F"))));
        assertThat(listed.path("items").path(0).path("tag").asString()).isEqualTo("1");
        assertThat(text(good(admin.get("/v1/images?tenant=docker.io")))).contains("docker.io/" + name);
        JsonNode quota = Json.mapper().readTree(text(good(admin.get("/v1/image-quotas/docker.io"))));
        assertThat(Bytes.parse(quota.path("used").asString()).value()).isGreaterThanOrEqualTo(LAYER);
        HttpResponse<byte[]> limit = admin.call(
                "PATCH",
                "/v1/image-quotas/docker.io",
                "{\"limit\":\"1Gi\"}".getBytes(StandardCharsets.UTF_8),
                "Content-Type",
                "application/json");
        assertThat(limit.statusCode()).isEqualTo(422);
        assertThat(text(limit)).contains("maxBytes");
        assertThat(admin.get("/v1/image-quotas/docker..io").statusCode()).isEqualTo(422);
        assertThat(text(admin.get("/metrics"))).contains("mosaic_images_mirror_stale_total{mirror=\"docker.io\"}");
        assertThat(docker.count("GET", digest(layer))).isEqualTo(1);
        assertThat(uploads()).isZero();
    }

    @Test
    void aTagThatMovedIsFollowedAndOneThatIsGoneIsGone() throws Exception {
        byte[] old = docker.image(name, "1", 1000, seed);
        assertThat(good(admin.get(base + "/manifests/1")).body()).isEqualTo(old);
        byte[] moved = docker.image(name, "1", 2000, seed + 50);
        assertThat(good(admin.get(base + "/manifests/1")).body()).isEqualTo(moved);
        long before = docker.count("GET", name + "/manifests/");
        assertThat(good(admin.get(base + "/manifests/1")).body()).isEqualTo(moved);
        assertThat(docker.count("GET", name + "/manifests/"))
                .as("asked by HEAD only")
                .isEqualTo(before);
        docker.forget(name, "1");
        assertThat(admin.get(base + "/manifests/1").statusCode()).isEqualTo(404);
        docker.status = 500;
        assertThat(admin.get(base + "/manifests/1").statusCode()).isEqualTo(503);
        assertThat(good(admin.get(base + "/manifests/" + digest(old))).body()).isEqualTo(old);
    }

    @Test
    void manyFirstPullsFetchOnceAndReadItAsItComes() throws Exception {
        docker.image(name, "1", LAYER, seed);
        byte[] layer = content(LAYER, seed);
        docker.mode = FakeUpstream.Blobs.HELD;
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + images.port() + base + "/blobs/" + digest(layer)))
                .header("Authorization", "Bearer " + cluster.token(Role.VIEWER))
                .build();
        List<Callable<byte[]>> readers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
                InputStream first = http.send(request, HttpResponse.BodyHandlers.ofInputStream())
                        .body()) {
            byte[] begun = first.readNBytes(LAYER / 4);
            for (int i = 0; i < 8; i++) {
                readers.add(() -> admin.get(base + "/blobs/" + digest(layer)).body());
            }
            List<Future<byte[]>> others = readers.stream().map(threads::submit).toList();
            docker.release.countDown();
            assertThat(begun).isEqualTo(Arrays.copyOf(layer, LAYER / 4));
            assertThat(first.readAllBytes()).hasSize(LAYER - LAYER / 4);
            for (Future<byte[]> each : others) {
                assertThat(each.get()).isEqualTo(layer);
            }
        }
        assertThat(docker.count("GET", digest(layer))).isEqualTo(1);
    }

    /** Whoever asks gets a fault or a part of it, never the whole, and nothing of it is kept. */
    @ParameterizedTest
    @EnumSource(
            value = FakeUpstream.Blobs.class,
            names = {"WRONG", "TRUNCATED", "ENDLESS"})
    void whatIsNotWhatItsDigestSaysIsNeverWhole(FakeUpstream.Blobs mode) throws Exception {
        docker.image(name, "1", LAYER, seed);
        byte[] layer = content(LAYER, seed);
        byte[] config = content(200, seed + 1);
        good(admin.get(base + "/manifests/1"));
        docker.mode = mode;
        for (byte[] each : List.of(layer, config)) {
            String path = base + "/blobs/" + digest(each);
            try {
                HttpResponse<byte[]> got = admin.get(path);
                assertThat(got.statusCode()).as(text(got)).isGreaterThanOrEqualTo(500);
            } catch (IOException e) {
                assertThat(e).hasMessageNotContaining("refused");
            }
            HttpResponse<byte[]> part = null;
            try {
                part = admin.get(path, "Range", "bytes=0-9");
            } catch (IOException e) {
                assertThat(e).hasMessageNotContaining("refused");
            }
            assertThat(part == null || part.statusCode() >= 500).isTrue();
            assertThat(file(digest(each))).doesNotExist();
        }
        assertThat(uploads()).isZero();
        docker.mode = FakeUpstream.Blobs.RIGHT;
        assertThat(good(admin.get(base + "/blobs/" + digest(layer))).body()).isEqualTo(layer);
    }

    @Test
    void whatBrokeOffGoesOnWhereItDid() throws Exception {
        docker.image(name, "1", LAYER, seed);
        byte[] layer = content(LAYER, seed);
        docker.mode = FakeUpstream.Blobs.BROKEN_OFF;
        assertThat(good(admin.get(base + "/blobs/" + digest(layer))).body()).isEqualTo(layer);
        assertThat(docker.count("GET", digest(layer))).isEqualTo(2);
    }

    @Test
    void manifestsThatLieAreNotTaken() throws Exception {
        byte[] manifest = docker.image(name, "1", 1000, seed);
        docker.saidDigest = "sha256:" + "1".repeat(64);
        assertThat(admin.get(base + "/manifests/1").statusCode()).isEqualTo(502);
        docker.saidDigest = "";
        docker.manifest(name, "page", "<html>".getBytes(StandardCharsets.UTF_8));
        assertThat(admin.get(base + "/manifests/page").statusCode()).isEqualTo(502);
        docker.manifest(name, "large", new byte[5 * 1024 * 1024]);
        assertThat(admin.get(base + "/manifests/large").statusCode()).isGreaterThanOrEqualTo(500);
        assertThat(good(admin.get(base + "/manifests/1")).body()).isEqualTo(manifest);
    }

    @Test
    void credentialsGoToTheTokenServiceAndNowhereElse() throws Exception {
        quay.image("team/app", "1", 1000, 1);
        quay.basic =
                "Basic " + Base64.getEncoder().encodeToString(("puller:" + PASSWORD).getBytes(StandardCharsets.UTF_8));
        quay.storage = docker.url();
        byte[] layer = content(1000, 1);
        docker.blob(layer);
        docker.calls.clear();
        quay.calls.clear();
        good(admin.get("/v2/quay.io/team/app/manifests/1"));
        assertThat(good(admin.get("/v2/quay.io/team/app/blobs/" + digest(layer)))
                        .body())
                .isEqualTo(layer);
        assertThat(docker.calls).hasSize(1).allSatisfy(call -> {
            assertThat(call.path()).startsWith("/storage/");
            assertThat(call.authorization()).isEmpty();
        });
        assertThat(quay.calls)
                .filteredOn(call -> !call.path().startsWith("/token"))
                .allSatisfy(call -> assertThat(call.authorization()).doesNotStartWith("Basic"));
        assertThat(quay.count("GET", "/token"))
                .as("one token for all calls of a repository")
                .isEqualTo(1);
        assertThat(quay.calls.stream()
                        .filter(call -> call.path().startsWith("/token"))
                        .findFirst())
                .get()
                .satisfies(call ->
                        assertThat(call.path()).contains("service=fake").contains("repository%3Ateam%2Fapp%3Apull"));
        // The other server wants a password, and names itself as the one to ask for a token.
        byte[] second = content(1000, 2);
        quay.blob(second);
        docker.basic = quay.basic;
        quay.storage = docker.url() + "/v2";
        docker.calls.clear();
        assertThat(admin.get("/v2/quay.io/team/app/blobs/" + digest(second)).statusCode())
                .isEqualTo(403);
        assertThat(docker.calls)
                .hasSize(1)
                .allSatisfy(call -> assertThat(call.authorization()).isEmpty());
        quay.basic = "Basic other";
        assertThat(admin.get("/v2/quay.io/team/other/manifests/1").statusCode()).isEqualTo(403);
    }

    @Test
    void whoMayPullWhat() throws Exception {
        docker.image(name, "1", 1000, seed);
        quay.image("team/open", "1", 1000, 2);
        RegistryClient food = new RegistryClient(images.port(), cluster.token(Role.VIEWER, "food"));
        RegistryClient shop = new RegistryClient(images.port(), cluster.token(Role.OPERATOR, "shop"));
        RegistryClient nobody = new RegistryClient(images.port(), null);
        good(food.get("/v2/quay.io/team/open/manifests/1"));
        assertThat(shop.get("/v2/quay.io/team/open/manifests/1").statusCode()).isEqualTo(403);
        good(shop.get(base + "/manifests/1"));
        // By the name that it has there, which is how a daemon calls a mirror, and with the registry named beside.
        good(shop.get("/v2/" + name + "/manifests/1"));
        good(food.get("/v2/team/open/manifests/1?ns=quay.io"));
        assertThat(food.get("/v2/team/open/manifests/1?ns=example.org").statusCode())
                .isEqualTo(404);
        // A tenant's name is the tenant's, whatever the mirror has.
        docker.image("shop/app", "1", 1000, 3);
        assertThat(food.get("/v2/shop/app/manifests/1").statusCode()).isEqualTo(403);
        assertThat(admin.get("/v2/shop/app/manifests/1").statusCode()).isEqualTo(404);
        // Without a token: what is open to anybody, by a token that anybody gets.
        assertThat(nobody.get("/v2/" + name + "/manifests/1").statusCode()).isEqualTo(401);
        HttpResponse<byte[]> given =
                good(nobody.get("/v2/token?scope=repository:" + name + ":pull&scope=repository:food/web:pull"));
        RegistryClient anybody = new RegistryClient(
                images.port(), Json.mapper().readTree(text(given)).path("token").asString());
        good(anybody.get("/v2/" + name + "/manifests/1"));
        assertThat(anybody.get("/v2/food/web/manifests/1").statusCode()).isEqualTo(401);
        assertThat(anybody.get("/v2/quay.io/team/open/manifests/1").statusCode())
                .isEqualTo(401);
        assertThat(nobody.get("/v2/token?scope=repository:food/web:pull").statusCode())
                .isEqualTo(401);
        assertThat(nobody.get("/v1/images").statusCode()).isEqualTo(401);
        assertThat(anybody.get("/v1/images").statusCode()).isEqualTo(401);
        // Nobody pushes to a mirror; what is there of one may be taken away by who looks after all.
        assertThat(admin.post("/v2/docker.io/" + name + "/blobs/uploads/").statusCode())
                .isEqualTo(403);
        assertThat(shop.delete(base + "/manifests/1").statusCode()).isEqualTo(403);
        assertThat(admin.delete(base + "/manifests/1").statusCode()).isEqualTo(202);
        assertThat(text(food.get("/v1/images"))).contains("quay.io/team/open");
        assertThat(text(shop.get("/v1/images"))).doesNotContain("quay.io/team/open");
    }

    @Test
    void aCheckRepairsFromTheRegistry() throws Exception {
        docker.image(name, "1", LAYER, seed);
        byte[] layer = content(LAYER, seed);
        byte[] config = content(200, seed + 1);
        good(admin.get(base + "/manifests/1"));
        good(admin.get(base + "/blobs/" + digest(layer)));
        good(admin.get(base + "/blobs/" + digest(config)));
        // Of a tenant that builds on it, and one that nobody else has.
        byte[] own = content(500, seed + 7);
        admin.push("food/web", layer);
        admin.push("food/web", own);
        Files.write(file(digest(layer)), content(LAYER, 999));
        Files.delete(file(digest(config)));
        Files.delete(file(digest(own)));
        JsonNode found = Json.mapper().readTree(text(good(admin.post("/v1/image-check"))));
        assertThat(found.path("broken").size()).isEqualTo(3);
        assertThat(admin.get("/v2/food/web/blobs/" + digest(layer)).statusCode())
                .isEqualTo(404);
        docker.status = 500;
        found = Json.mapper().readTree(text(good(admin.post("/v1/image-check?repair=true"))));
        assertThat(found.path("repaired").size()).isZero();
        assertThat(found.path("broken").toString()).contains("docker.io answered with status 500");
        docker.status = 0;
        found = Json.mapper().readTree(text(good(admin.post("/v1/image-check?repair=true"))));
        assertThat(found.path("repaired").size()).isEqualTo(2);
        assertThat(found.path("repaired").path(0).path("from").asString()).isEqualTo("docker.io/" + name);
        assertThat(found.path("broken").size()).isEqualTo(1);
        assertThat(found.path("broken").path(0).path("digest").asString()).isEqualTo(digest(own));
        assertThat(found.path("broken").path(0).path("unrepaired").asString()).isEqualTo("no mirror knows of it");
        assertThat(good(admin.get("/v2/food/web/blobs/" + digest(layer))).body())
                .isEqualTo(layer);
        admin.push("food/web", own);
        assertThat(Json.mapper()
                        .readTree(text(good(admin.post("/v1/image-check"))))
                        .path("broken")
                        .size())
                .isZero();
        assertThat(text(good(admin.get("/v1/image-work")))).isEqualTo("{}");
    }

    @Test
    void mountedIntoATenantsRepositoryItIsTheTenants() throws Exception {
        docker.image(name, "1", 1000, seed);
        byte[] layer = content(1000, seed);
        good(admin.get(base + "/blobs/" + digest(layer)));
        assertThat(admin.post("/v2/food/web/blobs/uploads/?from=docker.io/" + name + "&mount=" + digest(layer))
                        .statusCode())
                .isEqualTo(201);
        assertThat(good(admin.get("/v2/food/web/blobs/" + digest(layer))).body())
                .isEqualTo(layer);
    }
}
