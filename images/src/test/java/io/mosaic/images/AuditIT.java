package io.mosaic.images;

import static io.mosaic.images.RegistryClient.OCI;
import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.digest;
import static io.mosaic.images.RegistryClient.manifest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.model.AuditEntry;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who changed what and what came of it, as the controllers' audit log has it; no controller runs. And repositories that end. */
class AuditIT {

    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    private Path home;

    private ClusterFixture cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = new ClusterFixture();
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
    }

    private Images images() throws Exception {
        return Images.start(cluster.config(null, Bytes.mebi(64)), MosaicHome.at(home.toString()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private List<AuditEntry> entries(int count) {
        await().atMost(LONG).untilAsserted(() -> assertThat(cluster.audit()).hasSizeGreaterThanOrEqualTo(count));
        try {
            return cluster.audit();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static String told(AuditEntry entry) {
        return entry.actor() + " " + entry.tenant() + " " + entry.action() + " " + entry.status() + " "
                + entry.detail();
    }

    @Test
    void eachChangeIsToldWithWhoAndWhatCameOfIt() throws Exception {
        try (Images images = images()) {
            RegistryClient admin = new RegistryClient(images.port(), cluster.token(Role.ADMIN));
            RegistryClient viewer = new RegistryClient(images.port(), cluster.token(Role.VIEWER, "food"));
            String one = digest(admin.image("food/web", "v1", 1000, 1));
            byte[] config = content(200, 3);
            byte[] other = manifest("", config, content(1000, 1));
            admin.push("food/web", config);
            String two = digest(other);
            admin.put("/v2/food/web/manifests/v1", other, OCI);
            admin.put("/v2/food/web/manifests/bad", bytes("{}"), OCI);
            viewer.put("/v2/food/web/manifests/v9", other, OCI);
            admin.call(
                    "POST",
                    "/v1/images/food%2Fweb/tags",
                    bytes("{\"tag\":\"v1\",\"reference\":\"" + one + "\"}"),
                    "Content-Type",
                    "application/json");
            viewer.delete("/v1/images/food%2Fweb/v1");
            // Told of a moment after its answer.
            entries(6);
            admin.delete("/v1/images/food%2Fweb/v1");
            admin.delete("/v2/food/web/manifests/" + two);
            admin.call(
                    "PATCH", "/v1/image-quotas/food", bytes("{\"limit\":\"1Gi\"}"), "Content-Type", "application/json");
            admin.call("POST", "/v1/image-garbage", bytes("{\"grace\":\"0s\"}"), "Content-Type", "application/json");
            admin.get("/v2/food/web/manifests/v1");

            assertThat(entries(10))
                    .extracting(AuditIT::told)
                    .satisfiesExactly(
                            each -> assertThat(each).isEqualTo("t1 food PUT /v2/food/web/manifests/v1 201 " + one),
                            each -> assertThat(each)
                                    .isEqualTo("t1 food PUT /v2/food/web/manifests/v1 201 " + two + ", was " + one),
                            each -> assertThat(each).startsWith("t1 food PUT /v2/food/web/manifests/bad 400 "),
                            each -> assertThat(each)
                                    .startsWith("t2 food PUT /v2/food/web/manifests/v9 403 to push needs"),
                            each -> assertThat(each)
                                    .isEqualTo("t1 food POST /v1/images/food/web/tags 204 tag v1: " + one + ", was "
                                            + two),
                            each -> assertThat(each).startsWith("t2 null DELETE /v1/images/food/web/v1 403 "),
                            each -> assertThat(each)
                                    .isEqualTo("t1 food DELETE /v1/images/food/web/v1 204 it was " + one),
                            each -> assertThat(each)
                                    .startsWith("t1 food DELETE /v2/food/web/manifests/" + two + " 202 "),
                            each -> assertThat(each).isEqualTo("t1 food PATCH /v1/image-quotas/food 200 limit 1Gi"),
                            each -> assertThat(each).startsWith("t1 null POST /v1/image-garbage 200 "));
            assertThat(cluster.audit()).extracting(AuditEntry::id).isSorted();

            // The same by the other API.
            String token = cluster.token(Role.DEVELOPER, "food");
            RegistryClient nobody = new RegistryClient(images.port(), null);
            String json = "application/json";
            nobody.call(
                    "POST", "/v2/images", bytes("{\"name\":\"disk\"}"), "X-Auth-Token", token, "Content-Type", json);
            nobody.call(
                    "POST",
                    "/v2/images",
                    bytes("{\"visibility\":\"nope\"}"),
                    "X-Auth-Token",
                    token,
                    "Content-Type",
                    json);
            nobody.get("/v2/images", "X-Auth-Token", token);
            assertThat(entries(12).subList(10, 12))
                    .extracting(AuditIT::told)
                    .satisfiesExactly(
                            each -> assertThat(each).startsWith("t3 food POST /v2/images 201 "),
                            each -> assertThat(each).startsWith("t3 food POST /v2/images 400 "));
        }
    }

    /** The repository as a process of its own. */
    private Process process() throws IOException {
        Path config = home.resolve("images.json");
        Files.write(config, Json.bytes(cluster.config(null, Bytes.mebi(64))));
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.mosaic.images.Main",
                "--config",
                config.toString());
        builder.environment().put("MOS_HOME", home.toString());
        return builder.redirectErrorStream(true).start();
    }

    private static int port(Process process) throws IOException {
        BufferedReader output = process.inputReader();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            if (line.contains("images served at")) {
                return Integer.parseInt(
                        line.substring(line.lastIndexOf(':') + 1).strip());
            }
        }
        throw new AssertionError("it does not start");
    }

    /** Killed while it takes tags: whatever was acknowledged has an entry, and what has none was not done. */
    @Test
    void noChangeGoesWithoutAnEntryWhenItIsKilled() throws Exception {
        String token = cluster.token(Role.ADMIN);
        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        for (int life = 0; life < 2; life++) {
            int number = life;
            Process running = process();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                try {
                    RegistryClient client = new RegistryClient(port(running), token);
                    byte[] manifest = client.image("food/web", "first" + life, 1000, life);
                    acknowledged.add("first" + life);
                    for (int i = 0; i < 4; i++) {
                        int pusher = i;
                        Future<?> _ = threads.submit(() -> tag(client, manifest, number + "-" + pusher, acknowledged));
                    }
                    int before = acknowledged.size();
                    await().atMost(LONG).until(() -> acknowledged.size() > before + 100);
                } finally {
                    running.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
                }
            }
        }
        try (Images images = images()) {
            RegistryClient client = new RegistryClient(images.port(), token);
            var tags = Json.mapper()
                    .readTree(RegistryClient.text(client.get("/v2/food/web/tags/list")))
                    .path("tags");
            assertThat(tags.size()).isGreaterThanOrEqualTo(acknowledged.size());
            await().atMost(LONG).untilAsserted(() -> {
                Map<String, Integer> told = cluster.audit().stream()
                        .collect(Collectors.toMap(
                                entry -> entry.action().substring(entry.action().lastIndexOf('/') + 1),
                                AuditEntry::status));
                assertThat(told.keySet()).containsAll(acknowledged);
                tags.forEach(tag -> assertThat(told).containsKey(tag.asString()));
                // Of some, nobody can say what came of them.
                assertThat(told.values()).isSubsetOf(201, 0);
            });
        }
    }

    private static Void tag(RegistryClient client, byte[] manifest, String name, Set<String> acknowledged)
            throws InterruptedException {
        try {
            for (int n = 0; ; n++) {
                String tag = "t" + name + "-" + n;
                if (client.put("/v2/food/web/manifests/" + tag, manifest, OCI).statusCode() == 201) {
                    acknowledged.add(tag);
                }
            }
        } catch (IOException e) {
            // The repository is gone.
            return null;
        }
    }

    @Test
    void aRepositoryThatHoldsNothingGoesAfterTheGrace() throws Exception {
        try (Images images = images()) {
            RegistryClient admin = new RegistryClient(images.port(), cluster.token(Role.ADMIN));
            byte[] gone = admin.image("food/gone", "v1", 1000, 1);
            admin.image("food/kept", "v1", 1000, 2);
            String open = admin.begin("food/open");
            admin.delete("/v2/food/gone/manifests/" + digest(gone));
            collect(admin, "1h");
            assertThat(List.of(known(admin, "gone"), known(admin, "kept"), known(admin, "open")))
                    .containsOnly(true);
            collect(admin, "0s");
            assertThat(known(admin, "gone")).isFalse();
            assertThat(known(admin, "kept")).isTrue();
            assertThat(known(admin, "open")).isTrue();
            admin.delete(open);
            collect(admin, "0s");
            assertThat(known(admin, "open")).isFalse();
            assertThat(known(admin, "kept")).isTrue();
            // And it is there again as soon as somebody pushes to it.
            admin.image("food/gone", "v1", 1000, 1);
            assertThat(admin.get("/v2/food/gone/manifests/v1").body()).isEqualTo(gone);
        }
    }

    /** Pushed to by some, emptied and collected by another: no push meets a repository that is not there. */
    @Test
    void pushesAndTheEndOfEmptyRepositoriesDoNotMeet() throws Exception {
        try (Images images = images();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            RegistryClient admin = new RegistryClient(images.port(), cluster.token(Role.ADMIN));
            Future<?> pusher = threads.submit(() -> {
                for (int n = 0; n < 60; n++) {
                    byte[] blob = content(100, n);
                    // Whether it goes through with no grace is luck; that it is refused as a fault is not.
                    int status = admin.call("POST", "/v2/food/brief/blobs/uploads/?digest=" + digest(blob), blob)
                            .statusCode();
                    assertThat(status).isEqualTo(201);
                }
                return null;
            });
            while (!pusher.isDone()) {
                collect(admin, "0s");
            }
            pusher.get();
        }
    }

    private static void collect(RegistryClient admin, String grace) throws Exception {
        assertThat(admin.call(
                                "POST",
                                "/v1/image-garbage",
                                bytes("{\"grace\":\"" + grace + "\"}"),
                                "Content-Type",
                                "application/json")
                        .statusCode())
                .isEqualTo(200);
    }

    private static boolean known(RegistryClient admin, String name) throws Exception {
        return admin.get("/v2/food/" + name + "/tags/list").statusCode() == 200;
    }
}
