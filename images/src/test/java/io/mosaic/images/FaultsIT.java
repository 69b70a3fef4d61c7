package io.mosaic.images;

import static io.mosaic.images.RegistryClient.OCI;
import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.digest;
import static io.mosaic.images.RegistryClient.header;
import static io.mosaic.images.RegistryClient.manifest;
import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.Commands;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed, and a disk that is full. Needs root, for the small file system. */
class FaultsIT {

    private static final Duration COMMAND = Duration.ofSeconds(30);

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

    private KillableImages killable() throws IOException {
        return new KillableImages(cluster, home, token);
    }

    private long files(String directory) throws IOException {
        try (Stream<Path> all = Files.walk(home.resolve("lib/images").resolve(directory))) {
            return all.filter(Files::isRegularFile).count();
        }
    }

    @Test
    void anUploadGoesOnAfterAKill() throws Exception {
        byte[] content = content(20_000_000, 1);
        String at;
        KillableImages first = killable();
        try {
            at = first.client().begin("food/web");
            assertThat(first.client()
                            .call("PATCH", at, Arrays.copyOfRange(content, 0, 5_000_000))
                            .statusCode())
                    .isEqualTo(202);
            try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> cut = thread.submit(() -> first.client()
                        .send("PATCH", at, BodyPublishers.ofInputStream(() -> new SlowStream(content, 5_000_000))));
                Path file = home.resolve("lib/images/uploads").resolve(at.substring(at.lastIndexOf('/') + 1));
                while (Files.size(file) <= 5_000_000) {
                    Thread.sleep(5);
                }
                first.kill();
                assertThat(cut).failsWithin(Duration.ofSeconds(30));
            }
        } finally {
            first.kill();
        }
        try (KillableImages second = killable()) {
            String range = header(second.client().get(at), "Range");
            int come = Integer.parseInt(range.substring(2)) + 1;
            assertThat(come).isBetween(5_000_001, content.length);
            assertThat(second.client()
                            .get("/v2/food/web/blobs/" + digest(content))
                            .statusCode())
                    .isEqualTo(404);
            HttpResponse<byte[]> done = second.client()
                    .call(
                            "PUT",
                            at + "?digest=" + digest(content),
                            Arrays.copyOfRange(content, come, content.length),
                            "Content-Range",
                            come + "-" + (content.length - 1));
            assertThat(done.statusCode()).as(text(done)).isEqualTo(201);
            assertThat(second.client()
                            .get("/v2/food/web/blobs/" + digest(content))
                            .body())
                    .isEqualTo(content);
            assertThat(files("uploads")).isZero();
        }
    }

    /** Killed while the content of an image of the Glance API comes: the image waits for it again, and nothing of it is left. */
    @Test
    void anImageWaitsAgainAfterAKill() throws Exception {
        byte[] content = content(20_000_000, 2);
        String fields = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
        String image;
        KillableImages first = killable();
        try {
            HttpResponse<byte[]> made = first.client()
                    .call(
                            "POST",
                            "/v2/images",
                            fields.getBytes(StandardCharsets.UTF_8),
                            "Content-Type",
                            "application/json");
            image = header(made, "Location");
            try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<?> cut = thread.submit(() -> first.client()
                        .send(
                                "PUT",
                                image + "/file",
                                BodyPublishers.ofInputStream(() -> new SlowStream(content, 0)),
                                "Content-Type",
                                "application/octet-stream"));
                while (files("uploads") == 0 || !status(first.client(), image).equals("saving")) {
                    Thread.sleep(5);
                }
                assertThat(first.client().get(image + "/file").statusCode()).isEqualTo(204);
                first.kill();
                assertThat(cut).failsWithin(Duration.ofSeconds(30));
            }
        } finally {
            first.kill();
        }
        try (KillableImages second = killable()) {
            assertThat(status(second.client(), image)).isEqualTo("queued");
            assertThat(files("uploads")).isZero();
            HttpResponse<byte[]> put = second.client().put(image + "/file", content, "application/octet-stream");
            assertThat(put.statusCode()).as(text(put)).isEqualTo(204);
            assertThat(second.client().get(image + "/file").body()).isEqualTo(content);
        }
    }

    private static String status(RegistryClient client, String image) throws Exception {
        return Json.mapper().readTree(client.get(image).body()).path("status").asString();
    }

    /** Gives a little now and then, so that there is a middle to be killed in. */
    private static final class SlowStream extends ByteArrayInputStream {
        SlowStream(byte[] content, int from) {
            super(content, from, content.length - from);
        }

        @Override
        public synchronized int read(byte[] into, int offset, int length) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return super.read(into, offset, length);
        }
    }

    /** Killed again and again while it takes images: what it acknowledged is whole, and nothing else is to be seen. */
    @Test
    void imagesThatWereAcknowledgedAreWholeAfterKills() throws Exception {
        Map<String, byte[]> acknowledged = new ConcurrentHashMap<>();
        for (int life = 0; life < 3; life++) {
            KillableImages running = killable();
            int number = life;
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Integer>> pushers = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    int pusher = i;
                    pushers.add(threads.submit(() -> push(running.client(), number, pusher, acknowledged)));
                }
                int before = acknowledged.size();
                while (acknowledged.size() < before + 15) {
                    Thread.sleep(5);
                }
                running.kill();
                for (Future<Integer> each : pushers) {
                    assertThat(each.get()).isEqualTo(life);
                }
            }
        }
        try (KillableImages last = killable()) {
            HttpResponse<byte[]> check = last.client().post("/v1/image-check");
            assertThat(Json.mapper().readTree(text(check)).path("broken").size())
                    .isZero();
            for (Map.Entry<String, byte[]> each : acknowledged.entrySet()) {
                assertThat(last.client()
                                .get("/v2/food/web/manifests/" + each.getKey())
                                .body())
                        .isEqualTo(each.getValue());
            }
            var tags = Json.mapper()
                    .readTree(text(last.client().get("/v2/food/web/tags/list")))
                    .path("tags");
            assertThat(tags.size()).isGreaterThanOrEqualTo(acknowledged.size());
            for (var tag : tags) {
                requireWhole(last.client(), tag.asString());
            }
            HttpResponse<byte[]> swept = last.client()
                    .call(
                            "POST",
                            "/v1/image-garbage",
                            "{\"grace\":\"0s\"}".getBytes(StandardCharsets.UTF_8),
                            "Content-Type",
                            "application/json");
            assertThat(swept.statusCode()).isEqualTo(200);
            for (var tag : tags) {
                requireWhole(last.client(), tag.asString());
            }
            assertThat(Json.mapper()
                            .readTree(text(last.client().post("/v1/image-check")))
                            .path("orphans")
                            .asInt())
                    .isZero();
        }
    }

    private static int push(RegistryClient client, int life, int pusher, Map<String, byte[]> acknowledged)
            throws InterruptedException {
        try {
            for (int n = 0; ; n++) {
                String tag = "l" + life + "-" + pusher + "-" + n;
                long seed = life * 1_000_000L + pusher * 10_000L + n;
                byte[] layer = content(20_000, seed);
                byte[] config = content(100, seed + 1);
                client.push("food/web", layer);
                client.push("food/web", config);
                byte[] manifest = manifest("", config, layer);
                if (client.put("/v2/food/web/manifests/" + tag, manifest, OCI).statusCode() == 201) {
                    acknowledged.put(tag, manifest);
                }
            }
        } catch (IOException e) {
            // The kill.
            return life;
        }
    }

    private static void requireWhole(RegistryClient client, String tag) throws Exception {
        var manifest = Json.mapper()
                .readTree(client.get("/v2/food/web/manifests/" + tag).body());
        String layer = manifest.path("layers").path(0).path("digest").asString();
        for (String each :
                new String[] {layer, manifest.path("config").path("digest").asString()}) {
            assertThat(digest(client.get("/v2/food/web/blobs/" + each).body())).isEqualTo(each);
        }
    }

    @Test
    void withoutAConfigurationItTakesTheControllersOwnDatabase() throws Exception {
        cluster.close();
        cluster = ClusterFixture.withItsOwnServer();
        token = cluster.token(Role.ADMIN);
        Files.createDirectories(home.resolve("lib"));
        Files.createSymbolicLink(home.resolve("lib/postgres"), cluster.directory());
        ImagesConfig all = ImagesConfig.read(home.resolve("absent.json"), false);
        ImagesConfig config = new ImagesConfig(
                new ImagesConfig.Endpoint(null, 0),
                null,
                null,
                null,
                null,
                Bytes.ZERO,
                List.of(),
                all.garbage(),
                null,
                null,
                null,
                List.of());
        try (Images images = Images.start(config, MosaicHome.at(home.toString()))) {
            new RegistryClient(images.port(), token).image("food/web", "v1", 1000, 1);
        }
        assertThatThrownBy(() ->
                        Images.start(config, MosaicHome.at(home.resolve("empty").toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("start the controller first");
    }

    /** Where other machines connect it is encrypted, by a certificate of the cluster's CA. */
    @Test
    void overTls() throws Exception {
        ImagesConfig plain = cluster.config(null, Bytes.mebi(1));
        ImagesConfig config = new ImagesConfig(
                plain.api(),
                true,
                null,
                plain.database(),
                null,
                Bytes.ZERO,
                List.of(),
                null,
                plain.limits(),
                null,
                null,
                List.of());
        MosaicHome place = MosaicHome.at(home.toString());
        assertThatThrownBy(() -> Images.start(config, place)).hasMessageContaining("no CA in");
        ClusterAuthority authority = ClusterAuthority.loadOrCreate(
                Files.createDirectories(home.resolve("etc")).resolve("ca"));
        try (Images images = Images.start(config, place)) {
            ClientSettings settings = ClientSettings.of(
                    URI.create("https://localhost:" + images.port()), token, authority.certificatePem());
            try (MosaicClient client = new MosaicClient(settings)) {
                client.ready();
                assertThat(client.images().list(null, null)).isEmpty();
            }
            HttpResponse<String> challenge = HttpClient.newBuilder()
                    .sslContext(trusting(authority))
                    .build()
                    .send(
                            HttpRequest.newBuilder(URI.create("https://localhost:" + images.port() + "/v2/"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(challenge.statusCode()).isEqualTo(401);
            assertThat(challenge.headers().firstValue("WWW-Authenticate").orElse(""))
                    .startsWith("Bearer realm=\"https://localhost:" + images.port() + "/v2/token\"");
        }
    }

    private static SSLContext trusting(ClusterAuthority authority) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {ClusterTrust.in(authority.certificate())}, null);
        return context;
    }

    /** A store that another database knows of, and a database that knows of another store, are not mixed. */
    @Test
    void storeAndDatabaseBelongTogether() throws Exception {
        Images.start(cluster.config(home.resolve("one"), Bytes.mebi(1)), MosaicHome.at(home.toString()))
                .close();
        assertThatThrownBy(() -> Images.start(
                        cluster.config(home.resolve("two"), Bytes.mebi(1)), MosaicHome.at(home.toString())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not that which the database knows of");
    }

    @Test
    void wrongConfigurationsAreNamed() throws Exception {
        Path file = home.resolve("images.json");
        for (String[] each : new String[][] {
            {"{\"apii\":{}}", "apii"},
            {"{\"api\":{\"port\":70000}}", "/api/port"},
            {"{\"database\":{\"url\":\"x\"}}", "/database"},
            {"{\"api\":{\"bind\":\"0.0.0.0\"},\"tls\":false}", "/tls"},
            {"{\"address\":\"https://x/path\"}", "/address"},
            {"{\"garbage\":{\"every\":\"1s\"}}", "/garbage/every"},
            {"{\"mirrors\":[{\"prefix\":\"food\",\"upstream\":\"https://192.0.2.1\"}]}", "/mirrors/0/prefix"},
            {"{\"mirrors\":[{\"prefix\":\"a.b\",\"upstream\":\"http://192.0.2.1\"}]}", "/mirrors/0/upstream"},
            {"{\"mirrors\":[{\"prefix\":\"a.b\",\"upstream\":\"https://192.0.2.1/v2\"}]}", "/mirrors/0/upstream"},
            {"{\"mirrors\":[{\"prefix\":\"a.b\",\"user\":\"x\"}]}", "user"},
        }) {
            Files.writeString(file, each[0]);
            assertThatThrownBy(() -> ImagesConfig.read(file, true))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(each[1]);
        }
        assertThatThrownBy(() -> ImagesConfig.read(home.resolve("absent.json"), true))
                .isInstanceOf(IOException.class);
    }

    @Test
    void aFullDiskIsSaidAndItsSpaceComesBack() throws Exception {
        Path image = Files.createFile(home.resolve("disk"));
        Path mount = Files.createDirectory(home.resolve("mount"));
        run("truncate", "-s", "64M", image.toString());
        run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
        run("mount", "-o", "loop", image.toString(), mount.toString());
        try {
            fill(mount);
        } finally {
            run("umount", mount.toString());
        }
    }

    private static void run(String... command) throws CommandException {
        Commands.run(COMMAND, command);
    }

    private void fill(Path mount) throws Exception {
        try (Images images = Images.start(
                cluster.config(mount.resolve("images"), Bytes.mebi(512)), MosaicHome.at(home.toString()))) {
            RegistryClient client = new RegistryClient(images.port(), token);
            byte[] kept = client.image("food/web", "v1", 1_000_000, 1);
            long before = mount.toFile().getUsableSpace();
            byte[] large = content(80_000_000, 2);
            String announced = client.begin("food/web");
            full(client.call("PATCH", announced, large));
            // Its length is not known before: it breaks off in the middle.
            String unknown = client.begin("food/web");
            full(client.send("PATCH", unknown, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large))));
            assertThat(client.get(unknown).statusCode()).isEqualTo(404);
            assertThat(mount.toFile().getUsableSpace()).isGreaterThan(before - 1_000_000);
            assertThat(client.get("/v2/food/web/manifests/v1").body()).isEqualTo(kept);
            client.image("food/web", "v2", 20_000_000, 3);
            assertThat(digest(client.get("/v2/food/web/blobs/" + digest(content(20_000_000, 3)))
                            .body()))
                    .isEqualTo(digest(content(20_000_000, 3)));
        }
    }

    private static void full(HttpResponse<byte[]> response) {
        assertThat(response.statusCode()).as(text(response)).isEqualTo(507);
        assertThat(text(response)).contains("UNAVAILABLE").contains("the store");
    }
}
