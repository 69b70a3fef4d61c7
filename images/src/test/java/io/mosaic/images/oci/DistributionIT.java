package io.mosaic.images.oci;

import static io.mosaic.images.RegistryClient.INDEX;
import static io.mosaic.images.RegistryClient.OCI;
import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.descriptor;
import static io.mosaic.images.RegistryClient.digest;
import static io.mosaic.images.RegistryClient.header;
import static io.mosaic.images.RegistryClient.manifest;
import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.ClusterFixture;
import io.mosaic.images.Images;
import io.mosaic.images.RegistryClient;
import io.mosaic.images.blob.Digest;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests of the distribution specification's tables, on a real server over a real database. */
class DistributionIT {

    private static final AtomicInteger NAMES = new AtomicInteger();
    private static final String ABSENT = "sha256:" + "0".repeat(64);

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static Images images;
    private static RegistryClient operator;

    private final String repository = "food/web" + NAMES.incrementAndGet();
    private final String base = "/v2/" + repository;

    @BeforeAll
    static void start() throws Exception {
        cluster = new ClusterFixture();
        images = Images.start(cluster.config(null, Bytes.mebi(8)), MosaicHome.at(home.toString()));
        operator = client(Role.OPERATOR);
    }

    @AfterAll
    static void stop() throws Exception {
        images.close();
        cluster.close();
    }

    private static RegistryClient client(Role role, String... tenants) throws Exception {
        return new RegistryClient(images.port(), cluster.token(role, tenants));
    }

    private static void refused(HttpResponse<byte[]> response, int status, String code) {
        assertThat(response.statusCode()).as(text(response)).isEqualTo(status);
        var errors = Json.mapper().readTree(text(response)).path("errors");
        assertThat(errors.path(0).path("code").asString("")).isEqualTo(code);
        assertThat(errors.path(0).path("message").asString("")).isNotEmpty();
    }

    // Pull

    @Test
    void end1TheBaseAnswersTheVersion() throws Exception {
        for (String path : new String[] {"/v2/", "/v2"}) {
            HttpResponse<byte[]> response = operator.get(path);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(header(response, "Docker-Distribution-Api-Version")).isEqualTo("registry/2.0");
        }
    }

    @Test
    void end2BlobsByDigestWholeAndInParts() throws Exception {
        byte[] content = content(500_000, 1);
        String blob = base + "/blobs/" + operator.push(repository, content);
        HttpResponse<byte[]> head = operator.head(blob);
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(header(head, "Content-Length")).isEqualTo("500000");
        assertThat(header(head, "Docker-Content-Digest")).isEqualTo(digest(content));
        assertThat(header(head, "Accept-Ranges")).isEqualTo("bytes");
        HttpResponse<byte[]> get = operator.get(blob);
        assertThat(get.body()).isEqualTo(content);
        assertThat(header(get, "Content-Length")).isEqualTo("500000");
        assertThat(operator.get(blob.replace(":", "%3A")).body()).isEqualTo(content);
        part(blob, "bytes=100-199", 206, Arrays.copyOfRange(content, 100, 200), "bytes 100-199/500000");
        part(blob, "bytes=499999-", 206, Arrays.copyOfRange(content, 499_999, 500_000), "bytes 499999-499999/500000");
        part(blob, "bytes=-3", 206, Arrays.copyOfRange(content, 499_997, 500_000), "bytes 499997-499999/500000");
        part(blob, "bytes=499990-999999999", 206, Arrays.copyOfRange(content, 499_990, 500_000), null);
        part(blob, "bytes=5-1", 200, content, null);
        part(blob, "lines=1-2", 200, content, null);
        HttpResponse<byte[]> behind = operator.get(blob, "Range", "bytes=500000-");
        refused(behind, 416, "SIZE_INVALID");
        assertThat(header(behind, "Content-Range")).isEqualTo("bytes */500000");
        refused(operator.get(base + "/blobs/" + ABSENT), 404, "BLOB_UNKNOWN");
        assertThat(operator.head(base + "/blobs/" + ABSENT).statusCode()).isEqualTo(404);
    }

    private static void part(String blob, String range, int status, byte[] expected, String contentRange)
            throws Exception {
        HttpResponse<byte[]> response = operator.get(blob, "Range", range);
        assertThat(response.statusCode()).as(range).isEqualTo(status);
        assertThat(response.body()).as(range).isEqualTo(expected);
        if (contentRange != null) {
            assertThat(header(response, "Content-Range")).isEqualTo(contentRange);
        }
    }

    @Test
    void anEmptyBlobIsOne() throws Exception {
        String blob = base + "/blobs/" + operator.push(repository, new byte[0]);
        assertThat(operator.get(blob).body()).isEmpty();
        assertThat(operator.get(blob).statusCode()).isEqualTo(200);
        assertThat(operator.get(blob, "Range", "bytes=0-").statusCode()).isEqualTo(416);
    }

    @Test
    void end3ManifestsByTagAndDigest() throws Exception {
        byte[] manifest = operator.image(repository, "v1", 1000, 1);
        for (String reference : new String[] {"v1", digest(manifest)}) {
            HttpResponse<byte[]> get = operator.get(base + "/manifests/" + reference);
            assertThat(get.statusCode()).isEqualTo(200);
            assertThat(get.body()).isEqualTo(manifest);
            assertThat(header(get, "Content-Type")).isEqualTo(OCI);
            assertThat(header(get, "Docker-Content-Digest")).isEqualTo(digest(manifest));
            HttpResponse<byte[]> head = operator.head(base + "/manifests/" + reference);
            assertThat(head.statusCode()).isEqualTo(200);
            assertThat(header(head, "Content-Length")).isEqualTo(Integer.toString(manifest.length));
            assertThat(header(head, "Content-Type")).isEqualTo(OCI);
        }
        refused(operator.get(base + "/manifests/absent"), 404, "MANIFEST_UNKNOWN");
        refused(operator.get(base + "/manifests/" + ABSENT), 404, "MANIFEST_UNKNOWN");
        refused(operator.get("/v2/food/never/manifests/v1"), 404, "NAME_UNKNOWN");
    }

    // Push

    @Test
    void end4bAWholeBlobInOneCall() throws Exception {
        byte[] content = content(300_000, 2);
        HttpResponse<byte[]> posted =
                operator.call("POST", base + "/blobs/uploads/?digest=" + digest(content), content);
        assertThat(posted.statusCode()).isEqualTo(201);
        assertThat(header(posted, "Location")).isEqualTo(base + "/blobs/" + digest(content));
        assertThat(operator.get(header(posted, "Location")).body()).isEqualTo(content);
        refused(operator.call("POST", base + "/blobs/uploads/?digest=" + ABSENT, content), 400, "DIGEST_INVALID");
        refused(operator.call("POST", base + "/blobs/uploads/?digest=md5:1", content), 400, "DIGEST_INVALID");
    }

    @Test
    void end5and6PiecesInOrder() throws Exception {
        byte[] content = content(300_000, 3);
        String at = operator.begin(repository);
        HttpResponse<byte[]> first =
                operator.call("PATCH", at, Arrays.copyOfRange(content, 0, 100_000), "Content-Range", "0-99999");
        assertThat(first.statusCode()).as(text(first)).isEqualTo(202);
        assertThat(header(first, "Range")).isEqualTo("0-99999");
        assertThat(header(first, "Docker-Upload-UUID")).isNotNull();
        HttpResponse<byte[]> again =
                operator.call("PATCH", at, Arrays.copyOfRange(content, 0, 100_000), "Content-Range", "0-99999");
        refused(again, 416, "BLOB_UPLOAD_INVALID");
        assertThat(header(again, "Range")).isEqualTo("0-99999");
        refused(operator.call("PATCH", at, new byte[10], "Content-Range", "200000-200009"), 416, "BLOB_UPLOAD_INVALID");
        refused(operator.call("PATCH", at, new byte[10], "Content-Range", "x"), 400, "BLOB_UPLOAD_INVALID");
        refused(operator.call("PATCH", at, new byte[10], "Content-Range", "100000-100020"), 400, "SIZE_INVALID");
        HttpResponse<byte[]> status = operator.get(at);
        assertThat(status.statusCode()).isEqualTo(204);
        assertThat(header(status, "Range")).isEqualTo("0-99999");
        HttpResponse<byte[]> second =
                operator.call("PATCH", header(first, "Location"), Arrays.copyOfRange(content, 100_000, 200_000));
        assertThat(header(second, "Range")).isEqualTo("0-199999");
        HttpResponse<byte[]> last = operator.call(
                "PUT",
                at + "?digest=" + digest(content),
                Arrays.copyOfRange(content, 200_000, 300_000),
                "Content-Range",
                "200000-299999");
        assertThat(last.statusCode()).as(text(last)).isEqualTo(201);
        assertThat(operator.get(base + "/blobs/" + digest(content)).body()).isEqualTo(content);
        refused(operator.get(at), 404, "BLOB_UPLOAD_UNKNOWN");
    }

    @Test
    void piecesOfNoAnnouncedLength() throws Exception {
        byte[] content = content(2_500_000, 4);
        String at = operator.begin(repository);
        HttpResponse<byte[]> sent =
                operator.send("PATCH", at, BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(content)));
        assertThat(header(sent, "Range")).isEqualTo("0-2499999");
        assertThat(operator.call("PUT", at + "?digest=" + digest(content), new byte[0])
                        .statusCode())
                .isEqualTo(201);
        HttpResponse<byte[]> tooLong = operator.send(
                "PATCH",
                operator.begin(repository),
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[20])),
                "Content-Range",
                "0-9");
        refused(tooLong, 400, "SIZE_INVALID");
    }

    @Test
    void anotherDigestIsRefused() throws Exception {
        String at = operator.begin(repository);
        refused(operator.call("PUT", at + "?digest=" + ABSENT, content(100, 5)), 400, "DIGEST_INVALID");
        refused(operator.get(base + "/blobs/" + ABSENT), 404, "BLOB_UNKNOWN");
        String other = operator.begin(repository);
        refused(operator.call("PUT", other, content(100, 5)), 400, "DIGEST_INVALID");
        refused(operator.call("PUT", other + "?digest=sha256:zz", content(100, 5)), 400, "DIGEST_INVALID");
    }

    @Test
    void sha512IsADigestToo() throws Exception {
        byte[] content = content(1_500_000, 6);
        String digest = Digest.of(Digest.Algorithm.SHA512, content).toString();
        assertThat(operator.call("PUT", operator.begin(repository) + "?digest=" + digest, content)
                        .statusCode())
                .isEqualTo(201);
        assertThat(operator.get(base + "/blobs/" + digest).body()).isEqualTo(content);
        byte[] manifest = operator.image(repository, "v1", 100, 6);
        String name = Digest.of(Digest.Algorithm.SHA512, manifest).toString();
        assertThat(operator.put(base + "/manifests/" + name, manifest, OCI).statusCode())
                .isEqualTo(201);
        assertThat(operator.get(base + "/manifests/" + name).body()).isEqualTo(manifest);
    }

    @Test
    void anUploadIsGivenUp() throws Exception {
        String at = operator.begin(repository);
        assertThat(operator.delete(at).statusCode()).isEqualTo(204);
        refused(operator.delete(at), 404, "BLOB_UPLOAD_UNKNOWN");
        refused(operator.call("PATCH", at, new byte[1]), 404, "BLOB_UPLOAD_UNKNOWN");
    }

    @Test
    void anUploadIsOfItsRepositoryAlone() throws Exception {
        String at = operator.begin(repository);
        String elsewhere = at.replace(repository, "shop/other");
        refused(operator.call("PATCH", elsewhere, new byte[1]), 404, "BLOB_UPLOAD_UNKNOWN");
        refused(operator.get(elsewhere), 404, "BLOB_UPLOAD_UNKNOWN");
        refused(operator.delete(elsewhere), 404, "BLOB_UPLOAD_UNKNOWN");
        assertThat(operator.get(at).statusCode()).isEqualTo(204);
    }

    @Test
    void aBlobLargerThanAllowedIsRefused() throws Exception {
        byte[] large = new byte[8 * 1024 * 1024 + 1];
        refused(operator.call("PATCH", operator.begin(repository), large), 400, "SIZE_INVALID");
        refused(
                operator.send(
                        "PATCH",
                        operator.begin(repository),
                        BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large))),
                400,
                "SIZE_INVALID");
    }

    /** The connection ends in the middle of a body: what came is kept and the upload goes on from there. */
    @Test
    void aTruncatedUploadGoesOn() throws Exception {
        byte[] content = content(1_000_000, 7);
        String at = operator.begin(repository);
        String token = cluster.token(Role.DEVELOPER);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), images.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(("PATCH " + at + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token
                            + "\r\nContent-Length: 1000000\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(content, 0, 600_000);
            out.flush();
            socket.shutdownOutput();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 400");
        }
        int come = Integer.parseInt(header(operator.get(at), "Range").substring(2)) + 1;
        assertThat(come).isBetween(500_000, 600_000);
        HttpResponse<byte[]> rest = operator.call(
                "PATCH", at, Arrays.copyOfRange(content, come, 1_000_000), "Content-Range", come + "-999999");
        assertThat(rest.statusCode()).as(text(rest)).isEqualTo(202);
        assertThat(operator.call("PUT", at + "?digest=" + digest(content), new byte[0])
                        .statusCode())
                .isEqualTo(201);
    }

    @Test
    void end11MountFromWhereTheCallerMayRead() throws Exception {
        byte[] content = content(1000, 8);
        operator.push(repository, content);
        String to = "shop/mounted" + NAMES.incrementAndGet();
        String mount = "/v2/" + to + "/blobs/uploads/?mount=" + digest(content) + "&from=";
        HttpResponse<byte[]> mounted = operator.post(mount + repository);
        assertThat(mounted.statusCode()).isEqualTo(201);
        assertThat(header(mounted, "Location")).isEqualTo("/v2/" + to + "/blobs/" + digest(content));
        assertThat(operator.get(header(mounted, "Location")).body()).isEqualTo(content);
        for (String from : new String[] {"food/never", "..%2Fx", ""}) {
            HttpResponse<byte[]> other =
                    operator.post("/v2/shop/x/blobs/uploads/?mount=" + digest(content) + "&from=" + from);
            assertThat(other.statusCode()).isEqualTo(202);
            assertThat(header(other, "Location")).startsWith("/v2/shop/x/blobs/uploads/");
        }
    }

    /** To know a digest is no right to its content. */
    @Test
    void anotherTenantsBlobIsNotHadByItsDigest() throws Exception {
        byte[] secret = content(1000, 9);
        operator.push(repository, secret);
        RegistryClient stranger = client(Role.OPERATOR, "shop");
        String own = "/v2/shop/own" + NAMES.incrementAndGet();
        refused(stranger.get(base + "/blobs/" + digest(secret)), 403, "DENIED");
        refused(stranger.get(base + "/manifests/v1"), 403, "DENIED");
        refused(stranger.get(base + "/tags/list"), 403, "DENIED");
        assertThat(stranger.post(own + "/blobs/uploads/?mount=" + digest(secret) + "&from=" + repository)
                        .statusCode())
                .isEqualTo(202);
        assertThat(stranger.post(own + "/blobs/uploads/?mount=" + digest(secret))
                        .statusCode())
                .isEqualTo(202);
        refused(stranger.get(own + "/blobs/" + digest(secret)), 404, "BLOB_UNKNOWN");
        byte[] config = content(10, 10);
        stranger.push(own.substring(4), config);
        refused(stranger.put(own + "/manifests/v1", manifest("", config, secret), OCI), 404, "MANIFEST_BLOB_UNKNOWN");
        assertThat(stranger.head(own + "/blobs/" + digest(secret)).statusCode()).isEqualTo(404);
    }

    @Test
    void end7ManifestsAreHeldAgainstWhatTheyNeed() throws Exception {
        byte[] config = content(10, 11);
        byte[] layer = content(2000, 11);
        operator.push(repository, config);
        String path = base + "/manifests/v1";
        refused(operator.put(path, manifest("", config, layer), OCI), 404, "MANIFEST_BLOB_UNKNOWN");
        operator.push(repository, layer);
        byte[] wrongSize = text(operator.get("/v2/")).getBytes(StandardCharsets.UTF_8);
        refused(operator.put(path, wrongSize, OCI), 400, "MANIFEST_INVALID");
        byte[] manifest = manifest("", config, layer);
        byte[] lied = new String(manifest, StandardCharsets.UTF_8)
                .replace("\"size\":2000", "\"size\":2001")
                .getBytes(StandardCharsets.UTF_8);
        refused(operator.put(path, lied, OCI), 400, "SIZE_INVALID");
        refused(operator.put(path, manifest, "application/json"), 400, "MANIFEST_INVALID");
        refused(operator.put(path, manifest, INDEX), 400, "MANIFEST_INVALID");
        refused(operator.put(base + "/manifests/" + ABSENT, manifest, OCI), 400, "DIGEST_INVALID");
        refused(operator.put(path, new byte[4 * 1024 * 1024 + 1], OCI), 413, "MANIFEST_INVALID");
        refused(operator.put(path, new byte[0], OCI), 400, "MANIFEST_INVALID");
        refused(operator.get(path), 404, "MANIFEST_UNKNOWN");
        HttpResponse<byte[]> put = operator.put(path, manifest, OCI);
        assertThat(put.statusCode()).isEqualTo(201);
        assertThat(header(put, "Location")).isEqualTo(base + "/manifests/" + digest(manifest));
        assertThat(header(put, "Docker-Content-Digest")).isEqualTo(digest(manifest));
    }

    @Test
    void anIndexNeedsItsManifests() throws Exception {
        byte[] one = operator.image(repository, "amd64", 100, 12);
        byte[] two = manifest("", content(200, 13), content(101, 12));
        String both = "{\"schemaVersion\":2,\"mediaType\":\"" + INDEX + "\",\"manifests\":[" + descriptor(OCI, one)
                + "," + descriptor(OCI, two) + "]}";
        byte[] index = both.getBytes(StandardCharsets.UTF_8);
        refused(operator.put(base + "/manifests/multi", index, INDEX), 404, "MANIFEST_BLOB_UNKNOWN");
        byte[] fine =
                ("{\"schemaVersion\":2,\"manifests\":[" + descriptor(OCI, one) + "]}").getBytes(StandardCharsets.UTF_8);
        assertThat(operator.put(base + "/manifests/multi", fine, INDEX).statusCode())
                .isEqualTo(201);
        assertThat(header(operator.get(base + "/manifests/multi"), "Content-Type"))
                .isEqualTo(INDEX);
    }

    /** Whoever is last wins, and no mixture of the two. */
    @Test
    void twoPushesOfOneTagAtOnce() throws Exception {
        List<byte[]> manifests = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            manifests.add(operator.image(repository, "m" + i, 100, 100 + i));
        }
        List<Callable<Integer>> puts = new ArrayList<>();
        for (byte[] each : manifests) {
            puts.add(() -> operator.put(base + "/manifests/latest", each, OCI).statusCode());
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Integer> each : threads.invokeAll(puts)) {
                assertThat(each.get()).isEqualTo(201);
            }
        }
        byte[] latest = operator.get(base + "/manifests/latest").body();
        assertThat(manifests).anyMatch(each -> Arrays.equals(each, latest));
        for (byte[] each : manifests) {
            assertThat(operator.get(base + "/manifests/" + digest(each)).body()).isEqualTo(each);
        }
    }

    // Content discovery

    @Test
    void end8TagsInOrderAndByPages() throws Exception {
        byte[] manifest = operator.image(repository, "b", 100, 14);
        for (String tag : List.of("a", "c", "B", "10", "9")) {
            operator.put(base + "/manifests/" + tag, manifest, OCI);
        }
        assertThat(text(operator.get(base + "/tags/list")))
                .isEqualTo("{\"name\":\"" + repository + "\",\"tags\":[\"10\",\"9\",\"B\",\"a\",\"b\",\"c\"]}");
        HttpResponse<byte[]> page = operator.get(base + "/tags/list?n=2");
        assertThat(text(page)).contains("[\"10\",\"9\"]");
        String next = header(page, "Link");
        assertThat(next).isEqualTo("<" + base + "/tags/list?n=2&last=9>; rel=\"next\"");
        List<String> seen = new ArrayList<>(List.of("10", "9"));
        while (next != null) {
            HttpResponse<byte[]> more = operator.get(next.substring(1, next.indexOf('>')));
            Json.mapper().readTree(text(more)).path("tags").forEach(tag -> seen.add(tag.asString()));
            next = header(more, "Link");
        }
        assertThat(seen).containsExactly("10", "9", "B", "a", "b", "c");
        assertThat(text(operator.get(base + "/tags/list?n=0"))).contains("\"tags\":[]");
        assertThat(text(operator.get(base + "/tags/list?last=b"))).contains("\"tags\":[\"c\"]");
        refused(operator.get(base + "/tags/list?n=-1"), 400, "PAGINATION_NUMBER_INVALID");
        refused(operator.get(base + "/tags/list?n=x"), 400, "PAGINATION_NUMBER_INVALID");
        refused(operator.get("/v2/food/never/tags/list"), 404, "NAME_UNKNOWN");
    }

    @Test
    void end12ReferrersOfASubject() throws Exception {
        byte[] subject = operator.image(repository, "v1", 100, 15);
        String path = base + "/referrers/" + digest(subject);
        HttpResponse<byte[]> none = operator.get(path);
        assertThat(none.statusCode()).isEqualTo(200);
        assertThat(header(none, "Content-Type")).isEqualTo(INDEX);
        assertThat(text(none)).isEqualTo("{\"schemaVersion\":2,\"mediaType\":\"" + INDEX + "\",\"manifests\":[]}");
        byte[] empty = "{}".getBytes(StandardCharsets.UTF_8);
        operator.push(repository, empty);
        for (String type : List.of("application/sbom", "application/sig")) {
            byte[] about = manifest(
                    ",\"artifactType\":\"" + type + "\",\"annotations\":{\"by\":\"ci\"},\"subject\":"
                            + descriptor(OCI, subject),
                    empty);
            HttpResponse<byte[]> put = operator.put(base + "/manifests/" + digest(about), about, OCI);
            assertThat(put.statusCode()).as(text(put)).isEqualTo(201);
            assertThat(header(put, "OCI-Subject")).isEqualTo(digest(subject));
        }
        assertThat(Json.mapper()
                        .readTree(text(operator.get(path)))
                        .path("manifests")
                        .size())
                .isEqualTo(2);
        HttpResponse<byte[]> some = operator.get(path + "?artifactType=application/sig");
        assertThat(header(some, "OCI-Filters-Applied")).isEqualTo("artifactType");
        var listed = Json.mapper().readTree(text(some)).path("manifests");
        assertThat(listed.size()).isEqualTo(1);
        assertThat(listed.path(0).path("artifactType").asString()).isEqualTo("application/sig");
        assertThat(listed.path(0).path("annotations").path("by").asString()).isEqualTo("ci");
        refused(operator.get(base + "/referrers/latest"), 400, "DIGEST_INVALID");
        byte[] early = manifest(
                ",\"subject\":{\"mediaType\":\"" + OCI + "\",\"digest\":\"" + ABSENT + "\",\"size\":1}", empty);
        assertThat(operator.put(base + "/manifests/early", early, OCI).statusCode())
                .isEqualTo(201);
    }

    // Content management

    @Test
    void end9and10DeletesOfTagsManifestsAndBlobs() throws Exception {
        byte[] manifest = operator.image(repository, "v1", 100, 16);
        operator.put(base + "/manifests/v2", manifest, OCI);
        String layer = base + "/blobs/" + digest(content(100, 16));
        refused(operator.delete(layer), 405, "UNSUPPORTED");
        assertThat(operator.delete(base + "/manifests/v1").statusCode()).isEqualTo(202);
        refused(operator.delete(base + "/manifests/v1"), 404, "MANIFEST_UNKNOWN");
        assertThat(operator.get(base + "/manifests/v2").statusCode()).isEqualTo(200);
        assertThat(operator.delete(base + "/manifests/" + digest(manifest)).statusCode())
                .isEqualTo(202);
        refused(operator.get(base + "/manifests/v2"), 404, "MANIFEST_UNKNOWN");
        assertThat(operator.delete(layer).statusCode()).isEqualTo(202);
        refused(operator.delete(layer), 404, "BLOB_UNKNOWN");
        refused(operator.get(layer), 404, "BLOB_UNKNOWN");
    }

    // Names, methods, paths

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v2/web/tags/list",
                "/v2/Food/web/tags/list",
                "/v2/food/..%2F..%2Fetc/tags/list",
                "/v2/food/%2e%2e/tags/list",
                "/v2/food//tags/list",
                "/v2/food/web%00/tags/list",
                "/v2/food/-x/manifests/v1",
                "/v2/food/x_/blobs/" + "sha256:0000000000000000000000000000000000000000000000000000000000000000"
            })
    void namesThatBreakTheGrammar(String path) throws Exception {
        refused(operator.get(path), 400, "NAME_INVALID");
    }

    @Test
    void whatIsNoSuchPathOrMethod() throws Exception {
        refused(operator.get("/v2/food/web/nothing"), 404, "UNSUPPORTED");
        refused(operator.get(base + "/blobs/sha256:..%2F..%2Fetc%2Fpasswd"), 400, "DIGEST_INVALID");
        refused(operator.get(base + "/blobs/uploads/not-a-uuid"), 404, "BLOB_UPLOAD_UNKNOWN");
        refused(operator.call("PUT", base + "/tags/list", new byte[1]), 405, "UNSUPPORTED");
        refused(operator.call("PATCH", base + "/manifests/v1", new byte[1]), 405, "UNSUPPORTED");
        assertThat(header(operator.post(base + "/tags/list"), "Allow")).isEqualTo("GET, HEAD");
    }

    // Rights

    @Test
    void strangersAreToldWhereToGetAToken() throws Exception {
        RegistryClient nobody = new RegistryClient(images.port(), null);
        HttpResponse<byte[]> response = nobody.get("/v2/");
        refused(response, 401, "UNAUTHORIZED");
        assertThat(header(response, "WWW-Authenticate"))
                .isEqualTo("Bearer realm=\"http://127.0.0.1:" + images.port() + "/v2/token\",service=\"mosaic\"");
        HttpResponse<byte[]> push = nobody.post(base + "/blobs/uploads/");
        refused(push, 401, "UNAUTHORIZED");
        assertThat(header(push, "WWW-Authenticate")).endsWith(",scope=\"repository:" + repository + ":push\"");
        refused(nobody.get("/v2/Wrong/x"), 401, "UNAUTHORIZED");
        for (String wrong : List.of("x", "mos_t1_" + "a".repeat(43), "mosreg_x.y")) {
            refused(new RegistryClient(images.port(), wrong).get("/v2/"), 401, "UNAUTHORIZED");
        }
    }

    private static HttpResponse<byte[]> trade(String password, String... scopes) throws Exception {
        StringBuilder path = new StringBuilder("/v2/token?service=mosaic&account=any");
        for (String scope : scopes) {
            path.append("&scope=").append(scope);
        }
        String pair = Base64.getEncoder().encodeToString(("any:" + password).getBytes(StandardCharsets.UTF_8));
        return new RegistryClient(images.port(), null).get(path.toString(), "Authorization", "Basic " + pair);
    }

    private static RegistryClient traded(String password, String... scopes) throws Exception {
        HttpResponse<byte[]> given = trade(password, scopes);
        assertThat(given.statusCode()).as(text(given)).isEqualTo(200);
        return new RegistryClient(
                images.port(), Json.mapper().readTree(text(given)).path("token").asString());
    }

    @Test
    void aTokenIsTradedForOneThatIsForItsScopesAlone() throws Exception {
        String developer = cluster.token(Role.DEVELOPER, "food");
        RegistryClient pusher = traded(developer, "repository:" + repository + ":pull,push,delete");
        pusher.image(repository, "v1", 100, 17);
        assertThat(pusher.get(base + "/manifests/v1").statusCode()).isEqualTo(200);
        refused(pusher.delete(base + "/manifests/v1"), 403, "DENIED");
        HttpResponse<byte[]> other = pusher.get("/v2/food/other/tags/list");
        refused(other, 401, "UNAUTHORIZED");
        assertThat(header(other, "WWW-Authenticate")).contains("error=\"insufficient_scope\"");
        refused(pusher.get("/v2/shop/x/tags/list"), 403, "DENIED");
        RegistryClient puller = traded(developer, "repository:" + repository + ":pull");
        refused(puller.post(base + "/blobs/uploads/"), 401, "UNAUTHORIZED");
    }

    @Test
    void wrongPasswordsAreRefused() throws Exception {
        String expired = cluster.token(Role.ADMIN, Instant.now().minusSeconds(5));
        for (String wrong : List.of("", "x", expired, cluster.token(Role.ADMIN) + "x")) {
            HttpResponse<byte[]> response = trade(wrong);
            refused(response, 401, "UNAUTHORIZED");
            assertThat(header(response, "WWW-Authenticate")).startsWith("Basic ");
        }
    }

    @Test
    void rolesDecide() throws Exception {
        operator.image(repository, "v1", 100, 18);
        RegistryClient viewer = client(Role.VIEWER, "food");
        assertThat(viewer.get(base + "/manifests/v1").statusCode()).isEqualTo(200);
        refused(viewer.post(base + "/blobs/uploads/"), 403, "DENIED");
        RegistryClient developer = client(Role.DEVELOPER, "food");
        developer.image(repository, "v2", 100, 19);
        refused(developer.delete(base + "/manifests/v2"), 403, "DENIED");
        refused(operator.post("/v2/nobody/web/blobs/uploads/"), 404, "NAME_UNKNOWN");
    }

    @Test
    void aDeletedTokenIsWorthNothing() throws Exception {
        String token = cluster.token(Role.DEVELOPER, "food");
        RegistryClient direct = new RegistryClient(images.port(), token);
        RegistryClient scoped = traded(token, "repository:" + repository + ":pull,push");
        assertThat(direct.get("/v2/").statusCode()).isEqualTo(200);
        assertThat(scoped.get("/v2/").statusCode()).isEqualTo(200);
        cluster.delete(token);
        org.awaitility.Awaitility.await().untilAsserted(() -> {
            assertThat(direct.get("/v2/").statusCode()).isEqualTo(401);
            assertThat(scoped.get("/v2/").statusCode()).isEqualTo(401);
        });
    }

    /** Beside the registry's protocol the routes of /v1 stand on the same server. */
    @Test
    void theOtherRoutesAnswer() throws Exception {
        operator.image(repository, "v1", 100, 20);
        RegistryClient nobody = new RegistryClient(images.port(), null);
        assertThat(nobody.get("/readyz").statusCode()).isEqualTo(200);
        assertThat(nobody.get("/openapi.json").statusCode()).isEqualTo(200);
        assertThat(nobody.get("/v1/images").statusCode()).isEqualTo(401);
        HttpResponse<byte[]> listed = operator.get("/v1/images?repository=" + repository);
        assertThat(text(listed)).contains("\"tag\":\"v1\"").contains(repository);
        assertThat(operator.get("/v1/images/" + repository.replace("/", "%2F") + "/v1")
                        .statusCode())
                .isEqualTo(200);
        assertThat(text(operator.get("/metrics"))).contains("ociManifests");
    }
}
