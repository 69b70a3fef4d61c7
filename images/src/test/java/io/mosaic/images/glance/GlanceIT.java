package io.mosaic.images.glance;

import static io.mosaic.images.RegistryClient.content;
import static io.mosaic.images.RegistryClient.digest;
import static io.mosaic.images.RegistryClient.header;
import static io.mosaic.images.RegistryClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.images.ClusterFixture;
import io.mosaic.images.Images;
import io.mosaic.images.ImagesConfig;
import io.mosaic.images.RegistryClient;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.manifest.LayerChain;
import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The Glance API on a real server over a real database. */
class GlanceIT {

    private static final String PATCH = "application/openstack-images-v2.1-json-patch";
    private static final String DISK = "\"disk_format\":\"raw\",\"container_format\":\"bare\"";
    private static final String DOCKER = "\"disk_format\":\"raw\",\"container_format\":\"docker\"";

    @TempDir
    private Path home;

    private static ClusterFixture cluster;

    private Images images;
    private RegistryClient admin;
    private RegistryClient food;
    private RegistryClient shop;

    @BeforeAll
    static void prepare() throws Exception {
        cluster = new ClusterFixture();
    }

    @AfterAll
    static void end() throws Exception {
        cluster.close();
    }

    @BeforeEach
    void start() throws Exception {
        // A database serves all tests, one after the other; each finds it empty.
        sql("DROP SCHEMA IF EXISTS images CASCADE");
        images = Images.start(cluster.config(null, Bytes.mebi(64)), MosaicHome.at(home.toString()));
        connect();
    }

    private void connect() throws Exception {
        admin = new RegistryClient(images.port(), cluster.token(Role.ADMIN));
        food = new RegistryClient(images.port(), cluster.token(Role.OPERATOR, "food"));
        shop = new RegistryClient(images.port(), cluster.token(Role.OPERATOR, "shop"));
    }

    @AfterEach
    void stop() {
        images.close();
    }

    private static JsonNode json(int status, HttpResponse<byte[]> response) {
        assertThat(response.statusCode()).as(text(response)).isEqualTo(status);
        return Json.mapper().readTree(response.body());
    }

    private static void refused(int status, HttpResponse<byte[]> response) {
        JsonNode error = json(status, response).path("error");
        assertThat(error.path("code").asInt()).isEqualTo(status);
        assertThat(error.path("message").asString("")).isNotEmpty();
    }

    private static void done(HttpResponse<byte[]> response) {
        assertThat(response.statusCode()).as(text(response)).isEqualTo(204);
    }

    private static HttpResponse<byte[]> post(RegistryClient as, String path, String body) throws Exception {
        return as.call("POST", path, body.getBytes(StandardCharsets.UTF_8), "Content-Type", "application/json");
    }

    private static JsonNode create(RegistryClient as, String fields) throws Exception {
        return json(201, post(as, "/v2/images", "{" + fields + "}"));
    }

    private static String made(RegistryClient as, String fields) throws Exception {
        return "/v2/images/" + create(as, fields).path("id").asString();
    }

    private static HttpResponse<byte[]> upload(RegistryClient as, String image, byte[] content) throws Exception {
        return as.put(image + "/file", content, "application/octet-stream");
    }

    private static HttpResponse<byte[]> patch(RegistryClient as, String image, String operations) throws Exception {
        return as.call("PATCH", image, operations.getBytes(StandardCharsets.UTF_8), "Content-Type", PATCH);
    }

    private static JsonNode show(RegistryClient as, String image) throws Exception {
        return json(200, as.get(image));
    }

    private static List<String> names(RegistryClient as, String query) throws Exception {
        return fields(json(200, as.get("/v2/images?" + query)), "name");
    }

    private static List<String> fields(JsonNode list, String field) {
        return StreamSupport.stream(list.path("images").spliterator(), false)
                .map(each -> each.path(field).asString(""))
                .toList();
    }

    private JsonNode collect() throws Exception {
        return json(200, post(admin, "/v1/image-garbage", "{\"grace\":\"0s\"}"));
    }

    private long used(String tenant) throws Exception {
        JsonNode usage = json(200, admin.get("/v1/image-quotas/" + tenant));
        return Bytes.parse(usage.path("used").asString()).value();
    }

    private long files() throws IOException {
        try (Stream<Path> all = Files.walk(home.resolve("lib/images"))) {
            return all.filter(Files::isRegularFile)
                    .filter(each -> !List.of("lock", "id", "token-keys.json")
                            .contains(each.getFileName().toString()))
                    .count();
        }
    }

    @Test
    void whatClientsAskFirst() throws Exception {
        RegistryClient nobody = new RegistryClient(images.port(), null);
        for (String path : new String[] {"/", "/versions"}) {
            JsonNode versions = json(300, nobody.get(path)).path("versions");
            assertThat(versions.path(0).path("status").asString()).isEqualTo("CURRENT");
            assertThat(versions.path(0).path("links").path(0).path("href").asString())
                    .isEqualTo("http://127.0.0.1:" + images.port() + "/v2/");
        }
        JsonNode schema = json(200, food.get("/v2/schemas/image"));
        assertThat(schema.path("properties").has("disk_format")).isTrue();
        assertThat(schema.path("properties").has("stores")).isFalse();
        assertThat(schema.path("additionalProperties").path("type").asString()).isEqualTo("string");
        for (String name : new String[] {"images", "member", "members"}) {
            assertThat(json(200, food.get("/v2/schemas/" + name))
                            .path("properties")
                            .size())
                    .isPositive();
        }
        refused(404, food.get("/v2/schemas/absent"));
        refused(401, nobody.get("/v2/images"));
        assertThat(text(nobody.get("/v2/images"))).contains("X-Auth-Token");
        assertThat(header(nobody.get("/v2/images"), "WWW-Authenticate")).startsWith("Bearer");
        refused(405, food.put("/v2/images", new byte[0], "application/json"));
    }

    @Test
    void contentComesAndGoes() throws Exception {
        byte[] content = content(700_001, 1);
        JsonNode queued =
                create(food, "\"name\":\"disk\"," + DISK + ",\"tags\":[\"b\",\"a\",\"b\"],\"os_type\":\"linux\"");
        String image = queued.path("self").asString();
        assertThat(queued.path("status").asString()).isEqualTo("queued");
        assertThat(queued.path("owner").asString()).isEqualTo("food");
        assertThat(queued.path("visibility").asString()).isEqualTo("shared");
        assertThat(queued.path("size").isNull()).isTrue();
        assertThat(queued.path("os_type").asString()).isEqualTo("linux");
        assertThat(queued.path("tags").size()).isEqualTo(2);
        done(food.get(image + "/file"));
        done(upload(food, image, content));
        JsonNode active = show(food, image);
        assertThat(active.path("status").asString()).isEqualTo("active");
        assertThat(active.path("size").asLong()).isEqualTo(700_001);
        assertThat(active.path("virtual_size").asLong()).isEqualTo(700_001);
        String md5 = HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(content));
        assertThat(active.path("checksum").asString()).isEqualTo(md5);
        assertThat("sha256:" + active.path("os_hash_value").asString()).isEqualTo(digest(content));
        assertThat(active.path("os_hash_algo").asString()).isEqualTo("sha256");
        HttpResponse<byte[]> whole = food.get(active.path("file").asString());
        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(whole.body()).isEqualTo(content);
        assertThat(header(whole, "Content-MD5")).isEqualTo(md5);
        assertThat(header(whole, "Content-Length")).isEqualTo("700001");
        HttpResponse<byte[]> part = food.get(image + "/file", "Range", "bytes=700000-");
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(new byte[] {content[700_000]});
        assertThat(header(part, "Content-Range")).isEqualTo("bytes 700000-700000/700001");
        refused(416, food.get(image + "/file", "Range", "bytes=700001-"));
        refused(409, upload(food, image, content));
        done(food.delete(image));
        refused(404, food.get(image));
        refused(404, food.delete(image));
        assertThat(used("food")).isZero();
        assertThat(collect().path("blobs").asInt()).isEqualTo(1);
        assertThat(files()).isZero();
    }

    @Test
    void contentOfNoAnnouncedLength() throws Exception {
        byte[] content = content(3_000_000, 2);
        String image = made(food, DISK);
        HttpResponse<byte[]> put = food.send(
                "PUT",
                image + "/file",
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(content)),
                "Content-Type",
                "application/octet-stream");
        done(put);
        assertThat(food.get(image + "/file").body()).isEqualTo(content);
        String empty = made(food, DISK);
        done(upload(food, empty, new byte[0]));
        assertThat(food.get(empty + "/file").statusCode()).isEqualTo(200);
        assertThat(show(food, empty).path("size").asLong(-1)).isZero();
    }

    @Test
    void wrongInputIsRefusedAndLeavesNothing() throws Exception {
        String id = UUID.randomUUID().toString();
        create(food, "\"id\":\"" + id + "\"," + DISK);
        refused(409, post(food, "/v2/images", "{\"id\":\"" + id + "\"}"));
        refused(409, post(shop, "/v2/images", "{\"id\":\"" + id + "\"}"));
        for (String bad : new String[] {
            "{\"id\":\"x\"}",
            "{\"id\":\"" + LayerChain.uuid(Digest.of(digest(new byte[0]))) + "\"}",
            "{\"disk_format\":\"floppy\"}",
            "{\"container_format\":7}",
            "{\"min_disk\":-1}",
            "{\"min_ram\":1.5}",
            "{\"visibility\":\"secret\"}",
            "{\"protected\":\"yes\"}",
            "{\"tags\":[\"list\"]}",
            "{\"tags\":\"a\"}",
            "{\"color\":{\"deep\":1}}",
            "{\"parent_id\":\"" + UUID.randomUUID() + "\"}",
            "{\"parent_id\":\"../x\"}",
            "{\"docker_repository\":\"food\"}",
            "{\"name\":\"" + "x".repeat(256) + "\"}",
            "{\"name\":\"a\\u0000b\"}",
            "[1]",
            "{",
            ""
        }) {
            refused(400, post(food, "/v2/images", bad));
        }
        for (String readOnly : new String[] {
            "{\"status\":\"active\"}", "{\"checksum\":\"0\"}", "{\"docker_chain_id\":\"sha256:0\"}",
            "{\"owner\":\"shop\"}", "{\"visibility\":\"public\"}", "{\"docker_repository\":\"shop/web:1\"}"
        }) {
            refused(403, post(food, "/v2/images", readOnly));
        }
        refused(413, post(food, "/v2/images", "{\"big\":\"" + "x".repeat(70_000) + "\"}"));
        refused(415, food.call("POST", "/v2/images", "{}".getBytes(StandardCharsets.UTF_8)));
        refused(415, food.put("/v2/images/" + id + "/file", new byte[1], "text/plain"));
        refused(404, food.get("/v2/images/not-a-uuid"));
        refused(404, food.get("/v2/images/" + id.toUpperCase(java.util.Locale.ROOT)));
        refused(400, upload(food, made(food, "\"name\":\"formats are missing\""), new byte[1]));
        refused(413, upload(food, made(food, DISK), content(64 * 1024 * 1024 + 1, 3)));
        for (String query : new String[] {
            "limit=x",
            "marker=x",
            "marker=" + UUID.randomUUID(),
            "sort_key=color",
            "sort=name:up",
            "size_min=x",
            "visibility=x",
            "member_status=x",
            "protected=x",
            "created_at=x",
            "id=x",
            "sort=name,name"
        }) {
            refused(400, food.get("/v2/images?" + query));
        }
        assertThat(files()).isZero();
        assertThat(used("food")).isZero();
    }

    private static byte[] qcow2(long size, long backing, long features) {
        return ByteBuffer.allocate(4096)
                .put(new byte[] {'Q', 'F', 'I', (byte) 0xfb})
                .putInt(3)
                .putLong(backing)
                .putInt(0)
                .putInt(16)
                .putLong(size)
                .putLong(72, features)
                .array();
    }

    @Test
    void disksAreWhatTheyAreSaidToBe() throws Exception {
        String bare = ",\"container_format\":\"bare\"";
        String image = made(food, "\"disk_format\":\"qcow2\"" + bare);
        refused(400, upload(food, image, qcow2(1L << 30, 512, 0)));
        assertThat(show(food, image).path("status").asString()).isEqualTo("queued");
        refused(400, upload(food, image, qcow2(1L << 30, 0, 4)));
        refused(400, upload(food, image, content(5000, 1)));
        done(upload(food, image, qcow2(1L << 30, 0, 0)));
        assertThat(show(food, image).path("virtual_size").asLong()).isEqualTo(1L << 30);
        assertThat(show(food, image).path("size").asLong()).isEqualTo(4096);
        refused(400, upload(food, made(food, DISK), qcow2(1L << 30, 0, 0)));
        refused(400, upload(food, made(food, "\"disk_format\":\"iso\"" + bare), content(50_000, 1)));
        byte[] iso = new byte[50_000];
        System.arraycopy("CD001".getBytes(StandardCharsets.US_ASCII), 0, iso, 32 * 1024 + 1, 5);
        done(upload(food, made(food, "\"disk_format\":\"iso\"" + bare), iso));
        byte[] vhd = new byte[10_512];
        System.arraycopy("conectix".getBytes(StandardCharsets.US_ASCII), 0, vhd, 10_000, 8);
        ByteBuffer.wrap(vhd).putLong(10_048, 10_000);
        String fixed = made(food, "\"disk_format\":\"vhd\"" + bare);
        refused(400, upload(food, fixed, content(10_512, 1)));
        done(upload(food, fixed, vhd));
        assertThat(show(food, fixed).path("virtual_size").asLong()).isEqualTo(10_000);
        assertThat(collect().path("blobs").asInt()).isZero();
        assertThat(files()).isEqualTo(3);
    }

    @Test
    void changesInPlace() throws Exception {
        String image = made(food, "\"name\":\"a\"," + DISK + ",\"color\":\"red\"");
        JsonNode changed = json(200, patch(food, image, """
                        [{"op":"replace","path":"/name","value":"b"},{"op":"add","path":"/size~1s","value":"x"},
                         {"op":"remove","path":"/color"},{"op":"replace","path":"/tags","value":["t"]},
                         {"op":"replace","path":"/protected","value":true}]"""));
        assertThat(changed.path("name").asString()).isEqualTo("b");
        assertThat(changed.path("size/s").asString()).isEqualTo("x");
        assertThat(changed.has("color")).isFalse();
        assertThat(changed.path("tags").path(0).asString()).isEqualTo("t");
        refused(403, food.delete(image));
        done(food.put(image + "/tags/new%20one", new byte[0], "text/plain"));
        assertThat(show(food, image).path("tags").size()).isEqualTo(2);
        done(food.delete(image + "/tags/new%20one"));
        refused(404, food.delete(image + "/tags/new%20one"));
        refused(409, patch(food, image, "[{\"op\":\"replace\",\"path\":\"/absent\",\"value\":\"x\"}]"));
        refused(409, patch(food, image, "[{\"op\":\"remove\",\"path\":\"/absent\"}]"));
        refused(403, patch(food, image, "[{\"op\":\"remove\",\"path\":\"/name\"}]"));
        refused(403, patch(food, image, "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"active\"}]"));
        refused(403, patch(food, image, "[{\"op\":\"add\",\"path\":\"/docker_diff_id\",\"value\":\"x\"}]"));
        refused(403, patch(food, image, "[{\"op\":\"replace\",\"path\":\"/visibility\",\"value\":\"public\"}]"));
        refused(400, patch(food, image, "[{\"op\":\"add\",\"path\":\"/a/b\",\"value\":\"x\"}]"));
        refused(400, patch(food, image, "[{\"op\":\"move\",\"path\":\"/a\",\"value\":\"x\"}]"));
        refused(400, patch(food, image, "{}"));
        refused(
                415,
                food.call("PATCH", image, "[]".getBytes(StandardCharsets.UTF_8), "Content-Type", "application/json"));
        assertThat(show(food, image).path("name").asString()).isEqualTo("b");
        done(upload(food, image, content(100, 1)));
        refused(403, patch(food, image, "[{\"op\":\"replace\",\"path\":\"/disk_format\",\"value\":\"iso\"}]"));
        done(food.post(image + "/actions/deactivate"));
        assertThat(show(food, image).path("status").asString()).isEqualTo("deactivated");
        refused(403, food.get(image + "/file"));
        done(food.post(image + "/actions/reactivate"));
        assertThat(food.get(image + "/file").body()).isEqualTo(content(100, 1));
        refused(403, food.post(made(food, DISK) + "/actions/deactivate"));
        json(200, patch(food, image, "[{\"op\":\"replace\",\"path\":\"/protected\",\"value\":false}]"));
        done(food.delete(image));
    }

    @Test
    void listsInPagesByFiltersInAnyOrder() throws Exception {
        for (int i = 0; i < 7; i++) {
            String image = made(
                    food,
                    "\"name\":\"n" + i % 4 + "\"," + DISK + ",\"rack\":\"r" + i % 2 + "\",\"tags\":[\"t" + i + "\"]");
            done(upload(food, image, content(100 * (i + 1), i)));
        }
        String hidden = made(food, "\"name\":\"hidden\",\"os_hidden\":true");
        assertThat(names(food, "")).hasSize(7).doesNotContain("hidden");
        assertThat(names(food, "os_hidden=True")).containsExactly("hidden");
        assertThat(names(food, "rack=r1")).hasSize(3);
        assertThat(names(food, "tag=t3&tag=t3")).containsExactly("n3");
        assertThat(names(food, "tag=t3&tag=t4")).isEmpty();
        assertThat(names(food, "size_min=300&size_max=500")).hasSize(3);
        assertThat(names(food, "name=n1&status=active")).containsExactly("n1", "n1");
        assertThat(names(food, "name=in:n1,n3&sort=name:desc")).containsExactly("n3", "n1", "n1");
        assertThat(names(food, "owner=shop")).isEmpty();
        assertThat(names(food, "created_at=gt:2001-01-01T00:00:00Z")).hasSize(7);
        assertThat(names(food, "created_at=lt:2001-01-01T00:00:00Z")).isEmpty();
        assertThat(names(food, "absent=x")).isEmpty();
        assertThat(names(food, "name=" + "%27%20OR%20true--")).isEmpty();
        assertThat(names(food, "id=" + hidden.substring("/v2/images/".length()) + "&os_hidden=true"))
                .containsExactly("hidden");
        assertThat(names(food, "sort_key=size&sort_dir=asc")).containsExactly("n0", "n1", "n2", "n3", "n0", "n1", "n2");
        for (String order :
                new String[] {"", "&sort=name:asc,size:desc", "&sort_key=size&sort_dir=desc", "&sort=updated_at:asc"}) {
            List<String> all = fields(json(200, food.get("/v2/images?limit=100" + order)), "id");
            List<String> paged = new ArrayList<>();
            String next = "/v2/images?limit=3" + order;
            while (next != null) {
                JsonNode page = json(200, food.get(next));
                assertThat(page.path("images").size()).isLessThanOrEqualTo(3);
                paged.addAll(fields(page, "id"));
                next = page.has("next") ? page.path("next").asString() : null;
            }
            assertThat(paged).as(order).isEqualTo(all).hasSize(7);
        }
        assertThat(json(200, food.get("/v2/images?limit=2&rack=r1"))
                        .path("first")
                        .asString())
                .contains("limit=2")
                .contains("rack=r1");
    }

    @Test
    void otherTenantsSeeWhatIsSharedWithThem() throws Exception {
        RegistryClient viewer = new RegistryClient(images.port(), cluster.token(Role.VIEWER, "food"));
        RegistryClient developer = new RegistryClient(images.port(), cluster.token(Role.DEVELOPER, "food"));
        refused(403, post(viewer, "/v2/images", "{}"));
        String image = made(developer, "\"name\":\"mine\"," + DISK);
        refused(404, upload(shop, image, content(10, 1)));
        done(upload(developer, image, content(10, 1)));
        assertThat(viewer.get(image + "/file").body()).isEqualTo(content(10, 1));
        refused(403, developer.delete(image));
        for (HttpResponse<byte[]> each : List.of(
                shop.get(image),
                shop.get(image + "/file"),
                shop.delete(image),
                patch(shop, image, "[]"),
                shop.get(image + "/members"),
                post(shop, image + "/members", "{\"member\":\"shop\"}"),
                shop.post(image + "/actions/deactivate"),
                shop.put(image + "/tags/x", new byte[0], "text/plain"))) {
            refused(404, each);
        }
        assertThat(names(shop, "visibility=all")).isEmpty();
        refused(400, post(developer, image + "/members", "{\"member\":\"NO\"}"));
        assertThat(json(200, post(developer, image + "/members", "{\"member\":\"shop\"}"))
                        .path("status")
                        .asString())
                .isEqualTo("pending");
        refused(409, post(developer, image + "/members", "{\"member\":\"shop\"}"));
        assertThat(shop.get(image + "/file").body()).isEqualTo(content(10, 1));
        assertThat(names(shop, "")).isEmpty();
        assertThat(names(shop, "member_status=pending")).containsExactly("mine");
        refused(
                403,
                developer.put(
                        image + "/members/shop",
                        "{\"status\":\"accepted\"}".getBytes(StandardCharsets.UTF_8),
                        "application/json"));
        json(
                200,
                shop.put(
                        image + "/members/shop",
                        "{\"status\":\"accepted\"}".getBytes(StandardCharsets.UTF_8),
                        "application/json"));
        assertThat(names(shop, "")).containsExactly("mine");
        assertThat(names(shop, "visibility=shared")).containsExactly("mine");
        refused(403, shop.delete(image));
        refused(403, patch(shop, image, "[]"));
        refused(403, post(shop, image + "/members", "{\"member\":\"default\"}"));
        json(200, post(developer, image + "/members", "{\"member\":\"default\"}"));
        assertThat(json(200, shop.get(image + "/members")).path("members").size())
                .isEqualTo(1);
        assertThat(json(200, developer.get(image + "/members")).path("members").size())
                .isEqualTo(2);
        refused(404, shop.get(image + "/members/default"));
        done(developer.delete(image + "/members/shop"));
        refused(404, developer.delete(image + "/members/shop"));
        refused(404, shop.get(image));
        json(200, patch(developer, image, "[{\"op\":\"replace\",\"path\":\"/visibility\",\"value\":\"community\"}]"));
        refused(403, post(developer, image + "/members", "{\"member\":\"shop\"}"));
        assertThat(show(shop, image).path("name").asString()).isEqualTo("mine");
        assertThat(names(shop, "")).isEmpty();
        assertThat(names(shop, "visibility=community")).containsExactly("mine");
        json(200, patch(admin, image, "[{\"op\":\"replace\",\"path\":\"/visibility\",\"value\":\"public\"}]"));
        assertThat(names(shop, "")).containsExactly("mine");
        json(200, patch(developer, image, "[{\"op\":\"replace\",\"path\":\"/visibility\",\"value\":\"private\"}]"));
        refused(404, shop.get(image));
        // What a registry client got for a token is for one repository, and not for this.
        String basic = "Basic "
                + java.util.Base64.getEncoder()
                        .encodeToString(("any:" + cluster.token(Role.ADMIN)).getBytes(StandardCharsets.UTF_8));
        RegistryClient nobody = new RegistryClient(images.port(), null);
        String scoped = json(200, nobody.get("/v2/token?scope=repository:food/web:pull", "Authorization", basic))
                .path("token")
                .asString();
        refused(401, nobody.get("/v2/images", "Authorization", "Bearer " + scoped));
        refused(401, nobody.get("/v2/images", "X-Auth-Token", scoped));
        json(200, nobody.get("/v2/images", "X-Auth-Token", cluster.token(Role.VIEWER, "food")));
    }

    /** A layer: a tar of one file. */
    private static byte[] tar(String name, int bytes, long seed) {
        byte[] body = content(bytes, seed);
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644\0");
        put(header, 108, "0000000\0");
        put(header, 116, "0000000\0");
        put(header, 124, String.format("%011o\0", bytes));
        put(header, 136, "00000000000\0");
        put(header, 148, "        ");
        put(header, 156, "0");
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xff;
        }
        put(header, 148, String.format("%06o\0 ", sum));
        byte[] all = new byte[512 + (bytes + 511) / 512 * 512 + 1024];
        System.arraycopy(header, 0, all, 0, 512);
        System.arraycopy(body, 0, all, 512, bytes);
        return all;
    }

    private static void put(byte[] into, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, into, at, bytes.length);
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(content);
        }
        return packed.toByteArray();
    }

    private static String config(byte[]... tars) {
        List<String> diffs =
                Arrays.stream(tars).map(each -> "\"" + digest(each) + "\"").toList();
        return "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + String.join(",", diffs) + "]}}";
    }

    private static byte[] push(RegistryClient as, String repository, String tag, byte[]... tars) throws Exception {
        byte[] config = config(tars).getBytes(StandardCharsets.UTF_8);
        as.push(repository, config);
        byte[][] layers = new byte[tars.length][];
        for (int i = 0; i < tars.length; i++) {
            layers[i] = gzip(tars[i]);
            as.push(repository, layers[i]);
        }
        byte[] manifest = RegistryClient.manifest("", config, layers);
        HttpResponse<byte[]> put = as.put("/v2/" + repository + "/manifests/" + tag, manifest, RegistryClient.OCI);
        assertThat(put.statusCode()).as(text(put)).isEqualTo(201);
        return manifest;
    }

    private static Digest chain(byte[]... tars) {
        Digest chain = null;
        for (byte[] each : tars) {
            chain = LayerChain.above(chain, Digest.of(digest(each)));
        }
        return chain;
    }

    private static String image(Digest id) {
        return "/v2/images/" + LayerChain.uuid(id);
    }

    @Test
    void eachLayerOfAnImageIsAnImage() throws Exception {
        byte[] base = tar("base", 3000, 1);
        byte[] top = tar("top", 2000, 2);
        byte[] other = tar("other", 1000, 3);
        byte[] manifest = push(food, "food/web", "1", base, top);
        push(food, "food/api", "1", base, other);
        JsonNode lowest = show(food, image(chain(base)));
        assertThat(lowest.has("parent_id")).isFalse();
        assertThat(lowest.path("container_format").asString()).isEqualTo("docker");
        assertThat(lowest.path("docker_diff_id").asString()).isEqualTo(digest(base));
        assertThat(lowest.path("owner").asString()).isEqualTo("food");
        JsonNode second = show(food, image(chain(base, top)));
        assertThat(second.path("parent_id").asString())
                .isEqualTo(lowest.path("id").asString());
        assertThat(second.path("docker_chain_id").asString())
                .isEqualTo(chain(base, top).toString());
        byte[] config = config(base, top).getBytes(StandardCharsets.UTF_8);
        String whole = image(Digest.of(digest(config)));
        assertThat(show(food, whole).path("parent_id").asString())
                .isEqualTo(second.path("id").asString());
        assertThat(show(food, whole).path("docker_image_id").asString()).isEqualTo(digest(config));
        assertThat(show(food, whole).path("docker_repository").asString()).isEqualTo("food/web");
        assertThat(food.get(whole + "/file").body()).isEqualTo(config);
        assertThat(food.get(image(chain(base, top)) + "/file").body()).isEqualTo(gzip(top));
        assertThat(json(
                                200,
                                food.get("/v2/images?parent_id="
                                        + lowest.path("id").asString()))
                        .path("images")
                        .size())
                .isEqualTo(2);
        assertThat(names(food, "")).hasSize(5);
        refused(404, shop.get(whole));
        refused(404, shop.get(image(chain(base)) + "/file"));
        assertThat(names(shop, "visibility=all")).isEmpty();
        // Another tenant's image of the same layers is its own; who sees both sees one of each.
        push(shop, "shop/web", "1", base, top);
        assertThat(show(shop, whole).path("owner").asString()).isEqualTo("shop");
        assertThat(names(admin, "visibility=all")).hasSize(5);
        for (HttpResponse<byte[]> each : List.of(
                food.delete(whole),
                patch(food, whole, "[]"),
                upload(food, whole, new byte[1]),
                food.post(whole + "/actions/deactivate"),
                post(food, whole + "/members", "{\"member\":\"shop\"}"),
                food.put(whole + "/tags/x", new byte[0], "text/plain"))) {
            refused(403, each);
        }
        food.delete("/v2/food/web/manifests/" + digest(manifest));
        refused(404, food.get(whole));
        refused(404, food.get(image(chain(base, top))));
        assertThat(food.get(image(chain(base)) + "/file").body()).isEqualTo(gzip(base));
        collect();
        assertThat(names(food, "")).hasSize(3);
        assertThat(shop.get(whole + "/file").body()).isEqualTo(config);
        assertThat(rows("SELECT count(*) FROM images.glance_image")).isEqualTo(6);
    }

    /** Changes are in the audit log of the cluster, refused ones too; looks are not. */
    @Test
    void changesAreAudited() throws Exception {
        RegistryClient viewer = new RegistryClient(images.port(), cluster.token(Role.VIEWER, "food"));
        String image = made(food, DISK);
        done(upload(food, image, content(10, 1)));
        show(food, image);
        refused(403, viewer.delete(image));
        done(food.delete(image));
        refused(404, food.delete(image));
        while (rows("SELECT count(*) FROM images.call") > 0) {
            // What came of a call is written a moment after its answer.
            Thread.sleep(20);
        }
        String entries = "SELECT count(*) FROM public.audit WHERE body LIKE '%" + image + "%\"status\":";
        assertThat(rows(entries + 204 + "%'")).isEqualTo(2);
        assertThat(rows(entries + 403 + "%'")).isEqualTo(1);
        assertThat(rows(entries + 404 + "%'")).isEqualTo(1);
        assertThat(rows(entries + 200 + "%'")).isZero();
    }

    private static long rows(String query) throws Exception {
        try (Connection connection = DriverManager.getConnection(
                        cluster.settings().url(),
                        cluster.settings().user(),
                        cluster.settings().password());
                var result = connection.createStatement().executeQuery(query)) {
            result.next();
            return result.getLong(1);
        }
    }

    private static void sql(String statement) throws Exception {
        try (Connection connection = DriverManager.getConnection(
                cluster.settings().url(),
                cluster.settings().user(),
                cluster.settings().password())) {
            connection.createStatement().execute(statement);
        }
    }

    @Test
    void imagesOfBeforeAreLookedAtLater() throws Exception {
        byte[] base = tar("base", 3000, 1);
        push(food, "food/web", "1", base);
        food.image("food/other", "1", 100, 1);
        sql(
                "DELETE FROM images.image_part; DELETE FROM images.glance_image; UPDATE images.manifest SET parted = false");
        refused(404, food.get(image(chain(base))));
        images.close();
        images = Images.start(cluster.config(null, Bytes.mebi(64)), MosaicHome.at(home.toString()));
        connect();
        while (rows("SELECT count(*) FROM images.manifest WHERE NOT parted") > 0) {
            Thread.sleep(20);
        }
        assertThat(show(food, image(chain(base))).path("status").asString()).isEqualTo("active");
        assertThat(names(food, "")).hasSize(2);
    }

    @Test
    void layersThatComeOneByOneMakeAnImage() throws Exception {
        byte[] base = tar("base", 3000, 1);
        byte[] middle = tar("middle", 2000, 2);
        byte[] top = tar("top", 1000, 3);
        String first = create(food, "\"name\":\"base\"," + DOCKER).path("id").asString();
        String second = create(food, "\"name\":\"middle\"," + DOCKER + ",\"parent_id\":\"" + first + "\"")
                .path("id")
                .asString();
        refused(409, upload(food, "/v2/images/" + second, middle));
        refused(400, upload(food, "/v2/images/" + first, content(2000, 1)));
        refused(400, upload(food, "/v2/images/" + first, gzip(content(2000, 1))));
        refused(400, upload(food, "/v2/images/" + first, Arrays.copyOf(gzip(base), 1000)));
        done(upload(food, "/v2/images/" + first, base));
        done(upload(food, "/v2/images/" + second, gzip(middle)));
        assertThat(show(food, "/v2/images/" + second).path("docker_diff_id").asString())
                .isEqualTo(digest(middle));
        assertThat(show(food, "/v2/images/" + second).path("docker_chain_id").asString())
                .isEqualTo(chain(base, middle).toString());
        // Two layers of the tenant's images make a third image, whose lower layers have their own ids from then on.
        String last = made(food, DOCKER + ",\"parent_id\":\"" + second + "\",\"docker_repository\":\"food/built:1\"");
        refused(400, upload(food, last, "[]".getBytes(StandardCharsets.UTF_8)));
        refused(400, upload(food, last, config(base).getBytes(StandardCharsets.UTF_8)));
        assertThat(food.get("/v2/food/built/manifests/1").statusCode()).isEqualTo(404);
        done(upload(food, last, "{\"config\":{\"Cmd\":[\"/x\"]}}".getBytes(StandardCharsets.UTF_8)));
        JsonNode whole = show(food, last);
        HttpResponse<byte[]> manifest = food.get("/v2/food/built/manifests/1");
        assertThat(digest(manifest.body()))
                .isEqualTo(whole.path("docker_manifest").asString());
        JsonNode read = Json.mapper().readTree(manifest.body());
        assertThat(read.path("config").path("digest").asString())
                .isEqualTo(whole.path("docker_image_id").asString());
        assertThat(food.get("/v2/food/built/blobs/"
                                + read.path("layers").path(0).path("digest").asString())
                        .body())
                .isEqualTo(base);
        assertThat(food.get("/v2/food/built/blobs/"
                                + read.path("layers").path(1).path("digest").asString())
                        .body())
                .isEqualTo(gzip(middle));
        JsonNode config = Json.mapper().readTree(food.get(last + "/file").body());
        assertThat(config.path("config").path("Cmd").path(0).asString()).isEqualTo("/x");
        assertThat(show(food, image(chain(base, middle))).path("parent_id").asString())
                .isEqualTo(LayerChain.uuid(chain(base)).toString());
        assertThat(show(food, image(Digest.of(whole.path("docker_image_id").asString())))
                        .path("status")
                        .asString())
                .isEqualTo("active");
        // On top of a layer that came by push, with a configuration that is whole: the image keeps its id.
        push(food, "food/pushed", "1", base);
        String third = create(food, DOCKER + ",\"parent_id\":\"" + LayerChain.uuid(chain(base)) + "\"")
                .path("id")
                .asString();
        done(upload(food, "/v2/images/" + third, top));
        String built = made(food, DOCKER + ",\"parent_id\":\"" + third + "\",\"docker_repository\":\"food/onto:1\"");
        done(upload(food, built, config(base, top).getBytes(StandardCharsets.UTF_8)));
        assertThat(show(food, built).path("docker_image_id").asString())
                .isEqualTo(digest(config(base, top).getBytes(StandardCharsets.UTF_8)));
        refused(409, food.delete("/v2/images/" + first));
        refused(403, patch(food, last, "[{\"op\":\"remove\",\"path\":\"/parent_id\"}]"));
        // What made it may go: the image stays.
        for (String each : List.of(last, "/v2/images/" + second, "/v2/images/" + first, built, "/v2/images/" + third)) {
            done(food.delete(each));
        }
        collect();
        assertThat(food.get("/v2/food/built/blobs/" + digest(base)).body()).isEqualTo(base);
        assertThat(food.get(image(chain(base, middle)) + "/file").body()).isEqualTo(gzip(middle));
    }

    @Test
    void whoMayNotPushMakesNoImage() throws Exception {
        byte[] base = tar("base", 3000, 1);
        push(shop, "shop/web", "1", base);
        refused(
                400,
                post(food, "/v2/images", "{" + DOCKER + ",\"parent_id\":\"" + LayerChain.uuid(chain(base)) + "\"}"));
        String layer = create(food, DOCKER).path("id").asString();
        done(upload(food, "/v2/images/" + layer, base));
        refused(
                403,
                post(
                        food,
                        "/v2/images",
                        "{" + DOCKER + ",\"parent_id\":\"" + layer + "\",\"docker_repository\":\"shop/x:1\"}"));
        String last = made(food, DOCKER + ",\"parent_id\":\"" + layer + "\",\"docker_repository\":\"food/x:1\"");
        json(200, post(food, last + "/members", "{\"member\":\"shop\"}"));
        refused(403, upload(shop, last, "{}".getBytes(StandardCharsets.UTF_8)));
        assertThat(shop.get("/v2/food/x/manifests/1").statusCode()).isEqualTo(403);
    }

    @Test
    void quotasAndCollectionsKnowOfThem() throws Exception {
        byte[] content = content(10_000, 1);
        String image = made(food, DISK);
        done(upload(food, image, content));
        assertThat(used("food")).isEqualTo(10_000);
        String again = made(food, DISK);
        done(upload(food, again, content));
        food.push("food/web", content);
        assertThat(used("food")).as("the same content counts once").isEqualTo(10_000);
        assertThat(files()).isEqualTo(1);
        assertThat(collect().path("blobs").asInt()).isZero();
        assertThat(food.get(image + "/file").body()).isEqualTo(content);
        done(food.delete(image));
        collect();
        assertThat(food.get(again + "/file").body()).isEqualTo(content);
        HttpResponse<byte[]> limited = admin.call(
                "PATCH",
                "/v1/image-quotas/food",
                "{\"limit\":\"15000\"}".getBytes(StandardCharsets.UTF_8),
                "Content-Type",
                "application/json");
        assertThat(limited.statusCode()).as(text(limited)).isEqualTo(200);
        String large = made(food, DISK);
        refused(413, upload(food, large, content(6000, 2)));
        assertThat(show(food, large).path("status").asString()).isEqualTo("queued");
        assertThat(files()).isEqualTo(1);
        done(upload(food, large, content(4000, 2)));
        assertThat(used("food")).isEqualTo(14_000);
        done(food.delete(large));
        done(food.delete(again));
        assertThat(used("food")).isZero();
        assertThat(collect().path("blobs").asInt()).isEqualTo(2);
    }

    @Test
    void oneOfTwoUploadsAtOnceWins() throws Exception {
        for (int i = 0; i < 5; i++) {
            String image = made(food, DISK);
            byte[] one = content(500_000, i);
            byte[] other = content(500_000, 100 + i);
            List<Callable<Integer>> both = List.of(
                    () -> upload(food, image, one).statusCode(),
                    () -> upload(food, image, other).statusCode());
            List<Integer> answers = new ArrayList<>();
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Future<Integer> each : threads.invokeAll(both)) {
                    answers.add(each.get());
                }
            }
            assertThat(answers).containsExactlyInAnyOrder(204, 409);
            assertThat(food.get(image + "/file").body()).isEqualTo(answers.getFirst() == 204 ? one : other);
        }
        assertThat(files()).isEqualTo(5);
    }

    /** The registry lives under the same path: a tenant may be called images, and a repository of it have a UUID for a name. */
    @Test
    void pathsOfTheRegistryStayItsOwn() throws Exception {
        cluster.tenant("images");
        cluster.tenant("schemas");
        RegistryClient all = new RegistryClient(images.port(), cluster.token(Role.ADMIN));
        String id = UUID.randomUUID().toString();
        for (String repository :
                List.of("images/web", "images/" + id, "images/" + id + "/members", "schemas/image", "images/x/file")) {
            byte[] manifest = all.image(repository, "v1", 1000, 1);
            assertThat(all.get("/v2/" + repository + "/manifests/v1").body()).isEqualTo(manifest);
            assertThat(Json.mapper()
                            .readTree(
                                    all.get("/v2/" + repository + "/tags/list").body())
                            .path("name")
                            .asString())
                    .isEqualTo(repository);
        }
        json(200, all.get("/v2/schemas/image"));
        refused(404, all.get("/v2/images/" + id));
        refused(404, all.get("/v2/images/web/file"));
    }

    @Test
    void withoutATokenOnlyWhereItIsSaid() throws Exception {
        RegistryClient nobody = new RegistryClient(images.port(), null);
        refused(401, post(nobody, "/v2/images", "{}"));
        images.close();
        ImagesConfig given = cluster.config(null, Bytes.mebi(64));
        ImagesConfig open = new ImagesConfig(
                given.api(),
                null,
                null,
                given.database(),
                null,
                Bytes.ZERO,
                List.of(),
                null,
                given.limits(),
                new ImagesConfig.Glance("food", 2, null),
                null,
                List.of());
        images = Images.start(open, MosaicHome.at(home.toString()));
        nobody = new RegistryClient(images.port(), null);
        JsonNode made = create(nobody, DISK);
        assertThat(made.path("owner").asString()).isEqualTo("food");
        done(upload(nobody, made.path("self").asString(), content(10, 1)));
        create(nobody, DISK);
        refused(413, post(nobody, "/v2/images", "{}"));
        refused(403, post(nobody, "/v2/images", "{\"owner\":\"shop\"}"));
        refused(401, nobody.get("/v2/images", "X-Auth-Token", "wrong"));
        assertThat(nobody.get("/v2/food/web/tags/list").statusCode()).isEqualTo(401);
    }
}
