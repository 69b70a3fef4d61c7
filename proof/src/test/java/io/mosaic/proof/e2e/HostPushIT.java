package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Bytes;
import io.mosaic.model.CommitRequest;
import io.mosaic.model.ImageDetail;
import io.mosaic.model.ImagePushRequest;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.proof.rig.HostCommand;
import io.mosaic.proof.rig.Installation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/** Real dockerd, real repository, real agent: what a host has comes into the repository, and only what that lacks travels. */
class HostPushIT {

    private static final int MEBI = 1 << 20;
    private static final int BASE = 8 * MEBI;
    private static final Duration LONG = Duration.ofSeconds(90);

    @RegisterExtension
    static final MosaicExtension M = MosaicExtension.withImages(2L << 30);

    @TempDir
    private static Path scratch;

    private static String docker(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                "docker",
                "--config",
                scratch.toString(),
                "-H",
                "unix://" + M.docker().socket()));
        command.addAll(List.of(arguments));
        return HostCommand.run(command.toArray(String[]::new)).strip();
    }

    private static String registry() {
        return "127.0.0.1:" + M.mosaic().imagesPort();
    }

    /** An image on top of that one, with a file of so many random bytes more; answers its id. */
    private static String layered(String base, String name, int bytes, long seed)
            throws IOException, InterruptedException {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        Path file = scratch.resolve("content");
        Files.write(file, content);
        String container = docker("create", base, "sh");
        docker("cp", file.toString(), container + ":/content");
        String id = docker("commit", container, name);
        docker("rm", container);
        return id;
    }

    private static MosaicClient images() throws IOException {
        return new MosaicClient(ClientSettings.of(
                URI.create("https://" + registry()),
                M.mosaic().adminToken(),
                Files.readString(M.mosaic().authority())));
    }

    /** The controller as a new token of that role for those tenants sees it. */
    private static MosaicClient as(String role, String tenant) throws IOException, InterruptedException {
        String name = role + "-" + tenant;
        String made = M.mosaic()
                .api()
                .post(
                        "/v1/tokens",
                        "{\"name\": \"" + name + "\", \"purpose\": \"api\", \"role\": \"" + role
                                + "\", \"tenants\": [\"" + tenant + "\"]}")
                .text();
        String token = Json.mapper().readTree(made).path("token").asString("");
        assertThat(token).as(made).isNotEmpty();
        return new MosaicClient(ClientSettings.of(
                M.mosaic().server(), token, Files.readString(M.mosaic().authority())));
    }

    private static SavedImage push(MosaicClient client, String image, String target) {
        return client.hosts().pushImage(Installation.HOST, new ImagePushRequest(image, target), told -> {});
    }

    private static void refused(Problem.Kind kind, Callable<SavedImage> push) {
        assertThatThrownBy(push::call)
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(kind))
                                .as(String.valueOf(e.getMessage()))
                                .isTrue());
    }

    private static boolean there(String repository, String tag) throws IOException {
        try (MosaicClient images = images()) {
            images.images().get(repository, tag);
            return true;
        } catch (ProblemException e) {
            assertThat(e.is(Problem.Kind.NOT_FOUND)).isTrue();
            return false;
        }
    }

    /** The daemon knows nothing any more of the front that an image was pushed through. */
    private static void noNamesLeft() throws IOException, InterruptedException {
        assertThat(docker("images", "--format", "{{.Repository}}").lines())
                .noneMatch(name -> name.matches("127\\.0\\.0\\.1:[0-9]+/[0-9a-f]{32}/.*"));
    }

    @BeforeAll
    static void begins() throws IOException, InterruptedException {
        keepImages();
        docker("login", "-u", "any", "-p", M.mosaic().adminToken(), registry());
        layered("mosaic-proof/busybox:1", registry() + "/default/base:1", BASE, 1);
        docker("push", "-q", registry() + "/default/base:1");
        M.mosaic().api().post("/v1/tenants", "{\"name\": \"food\"}");
    }

    /** What nothing has stays, as on a disk with room: an agent of this rig acts as if there were none. */
    private static void keepImages() throws IOException, InterruptedException {
        Path file = M.mosaic().authority().resolveSibling("agent.json");
        ObjectNode config = (ObjectNode) Json.mapper().readTree(Files.readAllBytes(file));
        config.remove("images");
        Files.writeString(file, Json.pretty(config));
        M.mosaic().agent().kill9();
        M.mosaic().agent().start();
        // It counts as READY for seconds after a kill; only the new one can answer.
        Awaitility.await()
                .atMost(LONG)
                .ignoreExceptions()
                .untilAsserted(() ->
                        assertThat(M.client().hosts().images(Installation.HOST)).isNotEmpty());
    }

    @AfterEach
    void passesOn() {
        M.mosaic().toImages().reset();
    }

    @Test
    void onlyTheLayerThatIsNewLeavesTheHostAndTheSecondTimeNone() throws Exception {
        String id = layered(registry() + "/default/base:1", "base:3", MEBI, 2);
        M.mosaic().toImages().reset();
        List<SaveProgress> told = Collections.synchronizedList(new ArrayList<>());
        SavedImage first =
                M.client().hosts().pushImage(Installation.HOST, new ImagePushRequest("base:3", "other:1"), told::add);
        assertThat(first.image()).isEqualTo("default/other:1");
        assertThat(first.id()).isEqualTo(id);
        assertThat(first.sentBytes()).isBetween((long) MEBI, 2L * MEBI);
        assertThat(M.mosaic().toImages().received()).isBetween((long) MEBI, 4L * MEBI);
        assertThat(told).isNotEmpty().allSatisfy(each -> {
            assertThat(each.step()).isIn("packing", "sending", "finishing");
            assertThat(each.layers()).isEqualTo(first.layers());
            assertThat(each.bytes()).isBetween(0L, each.bytesAll());
        });

        M.mosaic().toImages().reset();
        assertThat(push(M.client(), id, "other:2").sentBytes()).isZero();
        assertThat(M.mosaic().toImages().received()).isLessThan(MEBI / 2);
        assertThat(docker("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"))
                .as("nothing was taken and nothing added")
                .contains("base:3 " + id)
                .doesNotContain("images.mosaic/default/other");
        noNamesLeft();

        docker("rmi", "base:3");
        M.run(MosaicExtension.sleeper("pushed").replace("mosaic-proof/busybox:1", "other:1"));
        assertThat(M.exec("pushed", "main", "wc", "-c", "/content").out()).startsWith(Integer.toString(MEBI));
        assertThat(M.mosaic().api().get("/v1/audit?limit=1000").text())
                .contains("image base:3 as default/other:1", "image " + id + " as default/other:2");
    }

    @Test
    void anImageIsForTheTenantForWhomItIsThereAndOthersForAdmins() throws Exception {
        String secret = registry() + "/food/secret:1";
        String id = layered("mosaic-proof/busybox:1", secret, 1000, 3);
        docker("push", "-q", secret);
        docker("rmi", secret);
        Map<String, String> asFood = Map.of("X-Mosaic-Tenant", "food");
        String own = MosaicExtension.sleeper("own").replace("mosaic-proof/busybox:1", "secret:1");
        assertThat(M.mosaic().api().call("POST", "/v1/sets", own, asFood).status())
                .isEqualTo(201);
        try (MosaicClient food = as("developer", "food");
                MosaicClient other = as("developer", "default");
                MosaicClient images = images()) {
            Awaitility.await()
                    .atMost(LONG)
                    .untilAsserted(() -> assertThat(M.containers("own")).containsKey("main"));
            assertThat(push(food, "secret:1", "copy:1").id()).isEqualTo(id);
            assertThat(push(food, id, "food/copy:2").sentBytes()).isZero();
            for (String name : List.of(id, "images.mosaic/food/secret:1", "mosaic-proof/busybox:1", "nothing:1")) {
                refused(Problem.Kind.NOT_FOUND, () -> push(other, name, "stolen:1"));
            }
            refused(Problem.Kind.NOT_FOUND, () -> push(food, "mosaic-proof/busybox:1", "copy:3"));
            refused(Problem.Kind.FORBIDDEN, () -> push(other, "secret:1", "food/copy:4"));
            assertThat(there("default/stolen", "1")).isFalse();

            refused(Problem.Kind.NOT_FOUND, () -> push(M.client(), "nothing:1", null));
            refused(
                    Problem.Kind.NOT_FOUND,
                    () -> M.client().hosts().pushImage("absent", new ImagePushRequest("secret:1", null), told -> {}));
            layered("mosaic-proof/busybox:1", "large:1", 3 * MEBI, 4);
            images.images().limit("food", Bytes.mebi(2));
            try (MosaicClient asAdmin = new MosaicClient(M.client().settings().withTenant("food"))) {
                assertThatThrownBy(() -> push(asAdmin, "large:1", null)).hasMessageContaining("quota");
                refused(Problem.Kind.QUOTA, () -> push(asAdmin, "large:1", null));
                assertThat(there("food/large", "1")).isFalse();
                images.images().limit("food", null);
                assertThat(push(asAdmin, "large:1", null).image()).isEqualTo("food/large:1");
            }
        }
        noNamesLeft();
        assertThat(M.mosaic().api().call("DELETE", "/v1/sets/own", null, asFood).status())
                .isEqualTo(202);
        Awaitility.await()
                .atMost(LONG)
                .untilAsserted(() -> assertThat(M.containers("own")).isEmpty());
    }

    @Test
    void whatAContainerIsSavedAsIsItsTenantsOnTheHostToo() throws Exception {
        M.run(MosaicExtension.sleeper("saved").replace("mosaic-proof/busybox:1", "base:1"));
        List<SaveProgress> told = Collections.synchronizedList(new ArrayList<>());
        SavedImage saved = M.client().sets().commit("saved", new CommitRequest("main", "kept:1"), told::add);
        assertThat(told).isNotEmpty();
        ImageDetail detail;
        try (MosaicClient images = images()) {
            detail = images.images().get("default/kept", "1");
        }
        assertThat(detail.digest()).isEqualTo(saved.digest());
        try (MosaicClient own = as("operator", "default")) {
            assertThat(push(own, "kept:1", "kept:2").sentBytes()).isZero();
        }
        Map<String, String> asFood = Map.of("X-Mosaic-Tenant", "food");
        String thief =
                MosaicExtension.sleeper("thief").replace("mosaic-proof/busybox:1", "images.mosaic/default/kept:1");
        assertThat(M.mosaic().api().call("POST", "/v1/sets", thief, asFood).status())
                .isEqualTo(201);
        Awaitility.await()
                .atMost(LONG)
                .untilAsserted(() -> assertThat(M.mosaic()
                                .api()
                                .call("GET", "/v1/sets/thief", null, asFood)
                                .text())
                        .contains("for another tenant only"));
        assertThat(M.mosaic()
                        .api()
                        .call("DELETE", "/v1/sets/thief", null, asFood)
                        .status())
                .isEqualTo(202);
        Awaitility.await()
                .atMost(LONG)
                .untilAsserted(() -> assertThat(M.mosaic()
                                .api()
                                .call("GET", "/v1/sets/thief", null, asFood)
                                .status())
                        .isEqualTo(404));
    }

    @Test
    void aRepositoryThatIsKilledMeanwhileHasNothingOfItAndTheNextTryDoes() throws Exception {
        layered("mosaic-proof/busybox:1", "killed:1", 20 * MEBI, 5);
        M.mosaic().toImages().reset();
        M.mosaic().toImages().holdReceivedAt(5L * MEBI);
        FutureTask<SavedImage> pushing = new FutureTask<>(() -> push(M.client(), "killed:1", null));
        Thread.ofVirtual().start(pushing);
        Awaitility.await()
                .atMost(LONG)
                .until(() -> pushing.isDone() || M.mosaic().toImages().received() >= 5L * MEBI);
        assertThat(pushing.isDone()).isFalse();
        M.mosaic().images().kill9();
        M.mosaic().toImages().cut();
        assertThatThrownBy(pushing::get)
                .hasRootCauseInstanceOf(ProblemException.class)
                .hasMessageContaining("the image repository");
        refused(Problem.Kind.UNAVAILABLE, () -> push(M.client(), "killed:1", null));
        noNamesLeft();

        M.mosaic().toImages().reset();
        M.mosaic().startImages();
        assertThat(there("default/killed", "1")).isFalse();
        assertThat(push(M.client(), "killed:1", null).sentBytes()).isGreaterThan(20L * MEBI);
        assertThat(there("default/killed", "1")).isTrue();
    }

    @Test
    void severalAtOnce() throws Exception {
        List<FutureTask<SavedImage>> all = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            ids.add(layered("mosaic-proof/busybox:1", "at-once-" + i + ":1", 2 * MEBI, 10 + i));
        }
        for (int i = 0; i < 3; i++) {
            String name = "at-once-" + i + ":1";
            FutureTask<SavedImage> task = new FutureTask<>(() -> push(M.client(), name, null));
            all.add(task);
            Thread.ofVirtual().start(task);
        }
        for (int i = 0; i < 3; i++) {
            assertThat(all.get(i).get().id()).isEqualTo(ids.get(i));
            assertThat(there("default/at-once-" + i, "1")).isTrue();
        }
        noNamesLeft();
    }
}
