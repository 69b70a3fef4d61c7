package io.mosaic.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.mosaic.model.Bytes;
import io.mosaic.model.GarbageReport;
import io.mosaic.model.HostImage;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.HostStatus;
import io.mosaic.model.ImageDetail;
import io.mosaic.model.ImageQuota;
import io.mosaic.model.ImageTag;
import io.mosaic.model.Json;
import io.mosaic.model.Page;
import io.mosaic.model.PinnedImage;
import io.mosaic.model.PrefetchStep;
import io.mosaic.model.PrefetchedImage;
import io.mosaic.model.Problem;
import io.mosaic.model.RepositoryAddress;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import io.mosaic.model.StoreCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The commands on images, against a server that answers what it was told to. The real one has tests of these calls too. */
class ImageCommandsTest {

    private static final String DIGEST = "sha256:" + "ab".repeat(32);

    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Object> answers = new HashMap<>();
    private HttpServer server;
    private Map<String, String> environment;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String call = exchange.getRequestMethod() + " "
                    + exchange.getRequestURI().toString().replaceAll("[?]limit=1000$", "");
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            asked.add(call + (body.isEmpty() ? "" : " " + body));
            Object kept = answers.getOrDefault(call, Problem.Kind.NOT_FOUND.with("no such image"));
            Object answer = kept instanceof Supplier<?> next ? next.get() : kept;
            byte[] bytes = answer instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : Json.bytes(answer);
            int status = answer instanceof Problem problem ? problem.status() : bytes.length == 0 ? 204 : 200;
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        environment = Map.of(
                "MOS_IMAGES",
                "http://127.0.0.1:" + server.getAddress().getPort(),
                "MOS_TOKEN",
                FakeApi.TOKEN,
                "HOME",
                "/none",
                "MOS_HOME",
                "/none");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private Ran mos(String... arguments) {
        return Ran.mos(environment, "", arguments);
    }

    @Test
    void tagsAsATable() {
        answers.put(
                "GET /v1/images",
                new Page<>(
                        List.of(new ImageTag("food/web", "1", DIGEST, "x/y", new Bytes(2048), FakeApi.NOW)), 0, null));
        assertThat(mos("image", "list").out()).isEqualTo("""
                REPOSITORY  TAG  DIGEST               SIZE  AGE
                food/web    1    sha256:abababababab  2Ki   90s
                """);
        assertThat(mos("image", "ls", "-o", "name").out()).isEqualTo("food/web:1\n");
        mos("image", "list", "food/web", "--tenant", "food");
        assertThat(asked.getLast()).isEqualTo("GET /v1/images?tenant=food&repository=food%2Fweb&limit=1000");
    }

    @Test
    void imagesOfHostsArePushedThroughTheController() {
        environment = new HashMap<>(environment);
        environment.put("MOS_SERVER", "http://127.0.0.1:" + server.getAddress().getPort());
        String call = "POST /v1/hosts/h1/images/push?progress=true";
        SavedImage saved = new SavedImage("food/web:1", DIGEST, DIGEST, 3, 42);
        String progress = "event: progress\ndata: " + Json.write(new SaveProgress("packing", 3, 0, 1, 9)) + "\n\n";
        answers.put(call, progress + ":\n\nevent: saved\ndata: " + Json.write(saved) + "\n\n");
        Ran ran = mos("image", "push", "host:h1", "web:1", "food/web:1");
        assertThat(ran.out()).isEqualTo("food/web:1 saved, 3 layers, 42 bytes sent, " + DIGEST + "\n");
        assertThat(ran.err()).as("quiet where there is no terminal").isEmpty();
        assertThat(asked.getLast()).isEqualTo(call + " {\"image\":\"web:1\",\"target\":\"food/web:1\"}");
        mos("image", "push", "host:h1", "food/web:1");
        assertThat(asked.getLast()).isEqualTo(call + " {\"image\":\"food/web:1\"}");
        assertThat(Json.read(
                        mos("image", "push", "host:h1", "food/web:1", "-o", "json")
                                .out(),
                        SavedImage.class))
                .isEqualTo(saved);

        answers.put(call, "event: failed\ndata: " + Json.write(Problem.Kind.QUOTA.with("too large")) + "\n\n");
        assertThat(mos("image", "push", "host:h1", "food/web:1").err()).contains("too large");
        answers.put(call, progress);
        assertThat(mos("image", "push", "host:h1", "food/web:1").code()).isNotZero();
        assertThat(mos("image", "push", "host:h1", "web:1", "food/web:1", "--image", "x")
                        .code())
                .isEqualTo(2);
        assertThat(mos("image", "push", "web.tar", "food/web:1", "food/web:2").code())
                .isEqualTo(2);
        answers.put("GET /v1/image-quotas/docker.io", new ImageQuota("docker.io", new Bytes(2048), null));
        assertThat(mos("image", "quota", "docker.io").out()).contains("2Ki");
    }

    @Test
    void imagesAreNamedAsDockerNamesThem() {
        answers.put(
                "GET /v1/images/food%2Fweb/1",
                new ImageDetail(
                        "food/web",
                        DIGEST,
                        "a/manifest",
                        new Bytes(3),
                        List.of(new ImageDetail.Part("a/layer", DIGEST, new Bytes(1)))));
        Ran inspected = mos("image", "inspect", "food/web:1");
        assertThat(inspected.out()).startsWith("food/web@" + DIGEST + "\n").contains("a/layer");
        answers.put("POST /v1/images/food%2Fweb/tags", "");
        assertThat(mos("image", "tag", "food/web@" + DIGEST, "stable").code()).isZero();
        assertThat(asked.getLast()).contains("\"tag\":\"stable\"").contains("\"reference\":\"" + DIGEST + "\"");
        answers.put("DELETE /v1/images/food%2Fweb/1", "");
        assertThat(mos("image", "delete", "food/web:1").out()).isEqualTo("food/web:1 deleted\n");
        assertThat(mos("image", "delete", "food/web").code()).isEqualTo(2);
        assertThat(mos("image", "inspect", "web").code()).isEqualTo(2);
        assertThat(mos("image", "inspect", "food/absent").code()).isEqualTo(3);
        assertThat(asked.getLast()).isEqualTo("GET /v1/images/food%2Fabsent/latest");
    }

    @Test
    void care() {
        answers.put("POST /v1/image-garbage", new GarbageReport(true, 0, 2, 3, new Bytes(1024), 0, 0));
        Ran looked = mos("image", "gc", "--dry-run", "--grace", "2h");
        assertThat(looked.out()).startsWith("would free 1Ki of 3 blobs\n");
        assertThat(asked.getLast()).contains("\"grace\":\"2h\"").contains("\"dryRun\":true");
        answers.put("POST /v1/image-check", new StoreCheck(1, new Bytes(5), List.of(), 0, List.of(), 0));
        assertThat(mos("image", "fsck").code()).isZero();
        answers.put(
                "POST /v1/image-check",
                new StoreCheck(
                        1,
                        new Bytes(5),
                        List.of(new StoreCheck.Broken(
                                DIGEST, "it cannot be read", List.of("food/web@" + DIGEST), null)),
                        0,
                        List.of(),
                        0));
        Ran broken = mos("image", "fsck");
        assertThat(broken.code()).isEqualTo(1);
        assertThat(broken.out()).contains(DIGEST + ": it cannot be read\n  needed by food/web@");
        answers.put(
                "POST /v1/image-check?repair=true",
                new StoreCheck(
                        2,
                        new Bytes(5),
                        List.of(new StoreCheck.Broken(DIGEST, "it is gone", List.of(), "no mirror knows of it")),
                        0,
                        List.of(new StoreCheck.Repaired("sha256:b", "it is short", "docker.io/library/nginx")),
                        0));
        Ran repaired = mos("image", "fsck", "--repair");
        assertThat(repaired.code()).isEqualTo(1);
        assertThat(repaired.out())
                .contains("1 broken, 1 repaired")
                .contains("sha256:b: it is short; fetched again from docker.io/library/nginx\n")
                .contains(DIGEST + ": it is gone; not repaired: no mirror knows of it\n");
        answers.put("PATCH /v1/image-quotas/food", new ImageQuota("food", new Bytes(0), Bytes.mebi(1)));
        assertThat(mos("image", "quota", "food", "--limit", "1Mi").out()).contains("1Mi");
        assertThat(asked.getLast()).contains("{\"limit\":");
        assertThat(mos("image", "quota", "food", "--no-limit").code()).isZero();
        assertThat(asked.getLast()).endsWith("{\"limit\":null}");
        assertThat(mos("image", "quota", "food", "--no-limit", "--limit", "1Mi").code())
                .isEqualTo(2);
    }

    @Test
    void theClustersRepositoryIsTheOneThatItsControllerNames() {
        String url = environment.get("MOS_IMAGES");
        Map<String, String> asked =
                Map.of("MOS_SERVER", url, "MOS_TOKEN", FakeApi.TOKEN, "HOME", "/none", "MOS_HOME", "/none");
        Ran none = Ran.mos(asked, "", "image", "list");
        assertThat(none.code()).isEqualTo(3);
        assertThat(none.err()).contains("names no image repository");

        answers.put("GET /v1/image-repository", new RepositoryAddress(url));
        answers.put("GET /v1/images", new Page<>(List.of(), 0, null));
        Ran found = Ran.mos(asked, "", "image", "list");
        assertThat(found.code()).as(found.err()).isZero();
        assertThat(this.asked).endsWith("GET /v1/image-repository", "GET /v1/images");

        answers.put("GET /v1/image-repository", new RepositoryAddress("http://images.example:8445"));
        assertThat(Ran.mos(asked, "", "image", "list").err()).contains("not encrypted");
    }

    @Test
    void withoutARepositoryItSaysSo() {
        Ran ran = Ran.mos(Map.of("HOME", "/none", "MOS_HOME", "/none"), "", "image", "list");
        assertThat(ran.code()).isEqualTo(6);
        assertThat(ran.err()).contains("MOS_IMAGES");
    }

    private Ran onCluster(String... arguments) {
        return Ran.mos(
                Map.of(
                        "MOS_SERVER",
                        environment.get("MOS_IMAGES"),
                        "MOS_TOKEN",
                        FakeApi.TOKEN,
                        "HOME",
                        "/none",
                        "MOS_HOME",
                        "/none"),
                "",
                arguments);
    }

    private static HostResource host(String name, String pool, Map<String, String> labels) {
        return new HostResource(
                name,
                new UUID(1, 1),
                1,
                FakeApi.NOW,
                new HostSpec("z1", pool, false, labels),
                new HostStatus(HostState.READY, null, null, FakeApi.NOW));
    }

    private static PrefetchStep there(boolean brought) {
        return PrefetchStep.done(new PrefetchedImage("food/web:2", "sha256:1", DIGEST, brought, true));
    }

    @Test
    void anImageIsFetchedByTheHostsThatAreMeantAndThoseThatFailedAreNamed() {
        answers.put(
                "GET /v1/hosts",
                new Page<>(
                        List.of(
                                host("h1", "web", Map.of("rack", "7")),
                                host("h2", "web", Map.of()),
                                host("h3", "db", Map.of())),
                        1,
                        null));
        answers.put("POST /v1/hosts/h1/images/prefetch", there(true));
        answers.put("POST /v1/hosts/h2/images/prefetch", there(false));
        Ran pool = onCluster("image", "prefetch", "food/web:2", "--pool", "web", "--pin");
        assertThat(pool.code()).as(pool.err()).isZero();
        assertThat(pool.out())
                .contains("h1  fetched, pinned\n", "h2  there already, pinned\n")
                .endsWith("food/web:2: fetched by 1, there on 1 of 2 hosts\n");
        assertThat(asked)
                .contains("POST /v1/hosts/h1/images/prefetch {\"image\":\"food/web:2\",\"pin\":true}")
                .noneMatch(call -> call.contains("h3"));

        answers.put("POST /v1/hosts/h2/images/prefetch", PrefetchStep.failed(Problem.Kind.CONFLICT.with("no room")));
        Ran failed = onCluster("image", "prefetch", "food/web:2", "--host", "h2", "--host", "h1", "--host", "h9");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.err()).contains("h2  failed: no room\n").endsWith("mos: failed on 2: h2, h9\n");
        assertThat(failed.out()).contains("h1  fetched");
        Ran label = onCluster("image", "prefetch", "food/web:2", "-l", "rack=7", "-o", "json");
        assertThat(label.out()).contains("\"host\" : \"h1\"", "\"brought\" : true");

        for (String[] wrong : List.of(
                new String[] {}, new String[] {"--all", "--pool", "web"}, new String[] {"--all", "--parallel", "0"})) {
            List<String> words = new ArrayList<>(List.of("image", "prefetch", "food/web:2"));
            words.addAll(List.of(wrong));
            assertThat(onCluster(words.toArray(String[]::new)).code()).isEqualTo(2);
        }
        assertThat(onCluster("image", "prefetch", "food/web:2", "--pool", "none")
                        .code())
                .isEqualTo(3);
    }

    @Test
    void aFetchThatBreaksOffIsAskedForAgain() {
        Deque<Object> next = new ArrayDeque<>(List.of(
                Json.write(PrefetchStep.doing("fetching")) + "\n"
                        + Json.write(PrefetchStep.failed(Problem.Kind.UNAVAILABLE.with("ended meanwhile"))),
                there(true)));
        answers.put("POST /v1/hosts/h1/images/prefetch", (Supplier<?>) next::remove);
        Ran ran = onCluster("image", "prefetch", "food/web:2", "--host", "h1");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).startsWith("h1  fetched, pinned\n");
        assertThat(next).isEmpty();
    }

    @Test
    void imagesArePinnedAndListed() {
        answers.put("POST /v1/hosts/h1/images/pin", new PinnedImage("food/web:2", true));
        answers.put("POST /v1/hosts/h1/images/unpin", new PinnedImage("food/web:2", false));
        assertThat(onCluster("image", "pin", "food/web:2", "--host", "h1").out())
                .isEqualTo("h1  pinned\n");
        assertThat(onCluster("image", "unpin", "food/web:2", "--host", "h1").out())
                .isEqualTo("h1  was not pinned\n");
        assertThat(onCluster("image", "pin", "food/web:2", "--host", "h2").code())
                .isEqualTo(1);
        answers.put(
                "GET /v1/hosts/h1/images",
                new Page<>(
                        List.of(
                                new HostImage(
                                        List.of("images.mosaic/food/web:2"),
                                        "sha256:12",
                                        "food/web",
                                        DIGEST,
                                        new Bytes(2048),
                                        FakeApi.NOW,
                                        List.of("food"),
                                        Map.of("food", 3),
                                        Map.of("food", List.of("food/web:2"))),
                                new HostImage(
                                        List.of("local:1"),
                                        "sha256:13",
                                        null,
                                        null,
                                        new Bytes(1024),
                                        null,
                                        List.of(),
                                        Map.of(),
                                        Map.of())),
                        0,
                        null));
        assertThat(onCluster("host", "images", "h1").out()).isEqualTo("""
                IMAGE       SIZE  SETS  PINNED  USED  TENANTS
                food/web:2  2Ki   3     yes     90s   food
                local:1     1Ki   0     -       -     -
                """);
        assertThat(onCluster("host", "images", "h1", "-o", "yaml").out()).contains("pins:");
        assertThat(onCluster("host", "images", "h9").code()).isEqualTo(3);
    }
}
