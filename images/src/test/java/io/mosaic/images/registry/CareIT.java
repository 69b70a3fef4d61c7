package io.mosaic.images.registry;

import static io.mosaic.images.RegistryClient.OCI;
import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.digest;
import static io.mosaic.images.RegistryClient.manifest;
import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.mosaic.images.ClusterFixture;
import io.mosaic.images.Images;
import io.mosaic.images.RegistryClient;
import io.mosaic.model.Bytes;
import io.mosaic.model.GarbageRequest;
import io.mosaic.model.ImageDetail;
import io.mosaic.model.ImageTag;
import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.ImageCalls;
import io.mosaic.model.client.MosaicClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
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

/** Garbage, checks and quotas, on a real server over a real database. */
class CareIT {

    @TempDir
    private Path home;

    private ClusterFixture cluster;
    private Images images;
    private RegistryClient operator;

    @BeforeEach
    void start() throws Exception {
        cluster = new ClusterFixture();
        images = Images.start(cluster.config(null, Bytes.mebi(64)), MosaicHome.at(home.toString()));
        operator = new RegistryClient(images.port(), cluster.token(Role.ADMIN));
    }

    @AfterEach
    void stop() throws Exception {
        images.close();
        cluster.close();
    }

    private JsonNode call(String method, String path, String body) throws Exception {
        HttpResponse<byte[]> response =
                operator.call(method, path, body.getBytes(StandardCharsets.UTF_8), "Content-Type", "application/json");
        assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
        return Json.mapper().readTree(text(response));
    }

    private JsonNode collect(String more) throws Exception {
        return call("POST", "/v1/image-garbage", "{\"grace\":\"0s\"" + more + "}");
    }

    private Path file(String digest) {
        String hex = digest.substring(digest.indexOf(':') + 1);
        return home.resolve("lib/images/blobs/sha256")
                .resolve(hex.substring(0, 2))
                .resolve(hex);
    }

    private long files() throws IOException {
        try (Stream<Path> all = Files.walk(home.resolve("lib/images/blobs"))) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void whatNobodyNeedsGoesAndWhatSomebodyDoesStays() throws Exception {
        byte[] kept = operator.image("food/web", "v1", 5000, 1);
        byte[] gone = operator.image("food/web", "v2", 6000, 2);
        byte[] untagged = operator.image("food/web", "v3", 7000, 3);
        byte[] unused = content(8000, 4);
        operator.push("food/web", unused);
        // Held by two: stays while one of them needs it.
        operator.push("shop/api", content(5000, 1));
        operator.delete("/v2/food/web/manifests/" + digest(gone));
        operator.delete("/v2/food/web/manifests/v3");
        JsonNode young = call("POST", "/v1/image-garbage", "{}");
        assertThat(young.path("blobs").asInt()).isZero();
        assertThat(collect(",\"dryRun\":true").path("blobs").asInt()).isEqualTo(3);
        assertThat(files()).isEqualTo(7);
        JsonNode report = collect("");
        assertThat(report.path("blobs").asInt()).isEqualTo(3);
        assertThat(report.path("links").asInt()).isEqualTo(4);
        assertThat(report.path("manifests").asInt()).isZero();
        assertThat(Bytes.parse(report.path("bytes").asString()).value()).isEqualTo(6000 + 200 + 8000);
        assertThat(file(digest(unused))).doesNotExist();
        assertThat(operator.get("/v2/food/web/blobs/" + digest(content(5000, 1)))
                        .body())
                .isEqualTo(content(5000, 1));
        assertThat(operator.get("/v2/food/web/manifests/v1").body()).isEqualTo(kept);
        assertThat(operator.get("/v2/food/web/manifests/" + digest(untagged)).statusCode())
                .isEqualTo(200);
        assertThat(collect(",\"untagged\":true").path("manifests").asInt()).isEqualTo(1);
        assertThat(operator.get("/v2/food/web/manifests/" + digest(untagged)).statusCode())
                .isEqualTo(404);
        assertThat(files()).isEqualTo(2);
        assertThat(operator.head("/v2/food/web/blobs/" + digest(unused)).statusCode())
                .isEqualTo(404);
        operator.push("food/web", unused);
        assertThat(operator.get("/v2/food/web/blobs/" + digest(unused)).body()).isEqualTo(unused);
    }

    @Test
    void whatAnIndexListsAndWhatIsAboutAnImageStayWithIt() throws Exception {
        byte[] child = operator.image("food/web", "child", 100, 1);
        byte[] index = ("{\"schemaVersion\":2,\"manifests\":[" + RegistryClient.descriptor(OCI, child) + "]}")
                .getBytes(StandardCharsets.UTF_8);
        operator.put("/v2/food/web/manifests/multi", index, RegistryClient.INDEX);
        byte[] signature = manifest(",\"subject\":" + RegistryClient.descriptor(OCI, child), content(200, 2));
        assertThat(operator.put("/v2/food/web/manifests/" + digest(signature), signature, OCI)
                        .statusCode())
                .isEqualTo(201);
        operator.delete("/v2/food/web/manifests/child");
        assertThat(collect(",\"untagged\":true").path("manifests").asInt()).isZero();
        operator.delete("/v2/food/web/manifests/multi");
        assertThat(collect(",\"untagged\":true").path("manifests").asInt()).isEqualTo(3);
        assertThat(files()).isZero();
    }

    @Test
    void filesThatNothingKnowsGo() throws Exception {
        byte[] content = content(100, 1);
        Files.write(file(digest(content)), content);
        assertThat(call("POST", "/v1/image-check", "").path("orphans").asInt()).isEqualTo(1);
        assertThat(call("POST", "/v1/image-garbage", "{}").path("orphans").asInt())
                .as("it may be of an upload that is about to be known")
                .isZero();
        assertThat(collect("").path("orphans").asInt()).isEqualTo(1);
        assertThat(files()).isZero();
    }

    /** Pushes, deletes and collections without any grace, all at once: what was acknowledged and not deleted is whole. */
    @Test
    void collectionsBesidePushes() throws Exception {
        Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
        AtomicBoolean over = new AtomicBoolean();
        List<Callable<Integer>> work = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int pusher = i;
            work.add(() -> pushAndDelete(pusher, acknowledged, over));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> running = new ArrayList<>();
            work.forEach(each -> running.add(threads.submit(each)));
            int freed = 0;
            for (int i = 0; i < 40; i++) {
                freed += collect(",\"untagged\":true").path("blobs").asInt();
            }
            over.set(true);
            int pushed = 0;
            for (Future<Integer> each : running) {
                pushed += each.get();
            }
            assertThat(pushed).isPositive();
            assertThat(freed).isPositive();
        }
        assertThat(call("POST", "/v1/image-check", "").path("broken").size()).isZero();
        for (Map.Entry<String, byte[]> each : acknowledged.entrySet()) {
            String name = each.getKey();
            assertThat(operator.get("/v2/" + name).body()).as(name).isEqualTo(each.getValue());
            requireWhole("/v2/" + name.substring(0, name.indexOf("/manifests/")), each.getValue());
        }
        JsonNode quota = call("GET", "/v1/image-quotas/food", "");
        assertThat(quota.path("used").asString()).isNotEmpty();
    }

    /** All pushers push the same few contents, so that they and the collector meet. */
    private int pushAndDelete(int pusher, Map<String, byte[]> acknowledged, AtomicBoolean over) throws Exception {
        Random random = new Random(pusher);
        int pushed = 0;
        while (!over.get()) {
            String repository = "food/r" + random.nextInt(3);
            // A tag of its own, so that what it was told last is what holds.
            String name = repository + "/manifests/p" + pusher;
            byte[] layer = content(3000, random.nextInt(4));
            byte[] config = content(50, 100 + random.nextInt(2));
            operator.push(repository, layer);
            operator.push(repository, config);
            byte[] manifest = manifest("", config, layer);
            HttpResponse<byte[]> put = operator.put("/v2/" + name, manifest, OCI);
            if (put.statusCode() == 201) {
                acknowledged.put(name, manifest);
                pushed++;
            } else {
                // Without a grace the collector may have been between; the client would push again.
                assertThat(put.statusCode()).as(text(put)).isEqualTo(404);
            }
            if (random.nextInt(3) == 0 && acknowledged.remove(name) != null) {
                assertThat(operator.delete("/v2/" + name).statusCode()).isEqualTo(202);
            }
        }
        return pushed;
    }

    private void requireWhole(String base, byte[] manifest) throws Exception {
        JsonNode read = Json.mapper().readTree(manifest);
        List<JsonNode> parts = new ArrayList<>();
        parts.add(read.path("config"));
        read.path("layers").forEach(parts::add);
        for (JsonNode part : parts) {
            HttpResponse<byte[]> got =
                    operator.get(base + "/blobs/" + part.path("digest").asString());
            assertThat(got.statusCode()).isEqualTo(200);
            assertThat(digest(got.body())).isEqualTo(part.path("digest").asString());
        }
    }

    @Test
    void whatIsBrokenIsFoundNotServedAndMendedByAPush() throws Exception {
        operator.image("food/web", "v1", 5000, 1);
        byte[] layer = content(5000, 1);
        String blob = "/v2/food/web/blobs/" + digest(layer);
        Files.write(file(digest(layer)), content(5000, 9));
        JsonNode found = call("POST", "/v1/image-check", "");
        assertThat(found.path("broken").size()).isEqualTo(1);
        assertThat(found.path("broken").path(0).path("digest").asString()).isEqualTo(digest(layer));
        assertThat(found.path("broken").path(0).path("images").path(0).asString())
                .startsWith("food/web@sha256:");
        assertThat(operator.head(blob).statusCode()).isEqualTo(404);
        operator.push("food/web", layer);
        assertThat(operator.get(blob).body()).isEqualTo(layer);
        assertThat(call("POST", "/v1/image-check", "").path("broken").size()).isZero();
        Files.delete(file(digest(layer)));
        assertThat(operator.get(blob).statusCode()).isEqualTo(404);
        assertThat(call("POST", "/v1/image-check", "").path("broken").size()).isEqualTo(1);
        Files.write(file(digest(layer)), layer);
        assertThat(call("POST", "/v1/image-check", "").path("mended").asInt()).isEqualTo(1);
        assertThat(operator.get(blob).body()).isEqualTo(layer);
    }

    @Test
    void aQuotaHoldsAndIsCountedOncePerTenant() throws Exception {
        operator.push("food/a", content(4000, 1));
        operator.push("food/b", content(4000, 1));
        operator.push("shop/a", content(4000, 1));
        assertThat(used("food")).isEqualTo(4000);
        call("PATCH", "/v1/image-quotas/food", "{\"limit\":\"5000\"}");
        HttpResponse<byte[]> more =
                operator.call("POST", "/v2/food/a/blobs/uploads/?digest=" + digest(content(2000, 2)), content(2000, 2));
        assertThat(more.statusCode()).as(text(more)).isEqualTo(403);
        assertThat(text(more)).contains("DENIED").contains("quota");
        operator.push("food/c", content(4000, 1));
        operator.push("shop/b", content(2000, 2));
        assertThat(operator.post("/v2/food/a/blobs/uploads/?from=shop/b&mount=" + digest(content(2000, 2)))
                        .statusCode())
                .isEqualTo(403);
        assertThat(used("food")).isEqualTo(4000);
        call("PATCH", "/v1/image-quotas/food", "{\"limit\":null}");
        byte[] manifest = operator.image("food/a", "v1", 3000, 3);
        assertThat(used("food")).isEqualTo(4000 + 3000 + 200 + manifest.length);
        operator.delete("/v2/food/a/manifests/" + digest(manifest));
        collect("");
        assertThat(used("food")).isZero();
        assertThat(used("shop")).isZero();
    }

    /** The calls that the command line makes. */
    @Test
    void theClientsCalls() throws Exception {
        byte[] manifest = operator.image("food/web", "v1", 5000, 1);
        ClientSettings settings =
                ClientSettings.of(URI.create("http://127.0.0.1:" + images.port()), cluster.token(Role.ADMIN), null);
        try (MosaicClient client = new MosaicClient(settings)) {
            ImageCalls calls = client.images();
            calls.tag("food/web", "v1", "stable");
            assertThat(calls.list(null, null))
                    .extracting(ImageTag::tag, ImageTag::digest)
                    .containsExactly(tuple("stable", digest(manifest)), tuple("v1", digest(manifest)));
            assertThat(calls.list("shop", null)).isEmpty();
            assertThat(calls.list("food", "food/api")).isEmpty();
            ImageDetail detail = calls.get("food/web", digest(manifest));
            assertThat(detail.parts()).hasSize(2);
            assertThat(detail.size().value()).isEqualTo(5000 + 200 + manifest.length);
            calls.delete("food/web", "v1");
            assertThatThrownBy(() -> calls.get("food/web", "v1")).isInstanceOf(ProblemException.class);
            assertThatThrownBy(() -> calls.tag("food/web", "v1", "x")).isInstanceOf(ProblemException.class);
            assertThatThrownBy(() -> calls.tag("food/web", "stable", "../x")).hasMessageContaining("/tag");
            assertThatThrownBy(() -> calls.get("../etc", "x")).isInstanceOf(ProblemException.class);
            assertThat(calls.limit("food", Bytes.mebi(1)).limit()).isEqualTo(Bytes.mebi(1));
            assertThat(calls.limit("food", null).limit()).isNull();
            assertThat(calls.quota("food").used()).isEqualTo(detail.size());
            calls.delete("food/web", digest(manifest));
            assertThat(calls.collect(new GarbageRequest(Interval.ofSeconds(0), null, null))
                            .blobs())
                    .isEqualTo(2);
            assertThat(calls.check(false).blobs()).isZero();
        }
        settings = ClientSettings.of(
                URI.create("http://127.0.0.1:" + images.port()), cluster.token(Role.OPERATOR, "shop"), null);
        try (MosaicClient client = new MosaicClient(settings)) {
            assertThat(client.images().list(null, null)).isEmpty();
            assertThatThrownBy(() -> client.images().list("food", null)).isInstanceOf(ProblemException.class);
            assertThatThrownBy(() -> client.images().delete("food/web", "stable"))
                    .isInstanceOf(ProblemException.class);
            assertThatThrownBy(() -> client.images().check(false)).isInstanceOf(ProblemException.class);
            assertThatThrownBy(() -> client.images().quota("food")).isInstanceOf(ProblemException.class);
        }
    }

    private long used(String tenant) throws Exception {
        return Bytes.parse(call("GET", "/v1/image-quotas/" + tenant, "")
                        .path("used")
                        .asString())
                .value();
    }
}
