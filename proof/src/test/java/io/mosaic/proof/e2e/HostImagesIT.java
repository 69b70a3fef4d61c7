package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.CommitRequest;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.proof.rig.HostCommand;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Real dockerd, real repository, real agent: what the host has does not travel, and nothing wrong is run. */
class HostImagesIT {

    private static final int MEBI = 1 << 20;

    /** Room for the database, the repository's content, and what the agent keeps free (1 GiB). */
    @RegisterExtension
    static final MosaicExtension M = MosaicExtension.withImages(5L << 29);

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

    /** Pushes it, and removes it from the daemon. */
    private static void pushed(String name) throws IOException, InterruptedException {
        docker("push", "-q", name);
        docker("rmi", name);
    }

    @BeforeAll
    static void pushes() throws IOException, InterruptedException {
        docker("login", "-u", "any", "-p", M.mosaic().adminToken(), registry());
        layered("mosaic-proof/busybox:1", registry() + "/default/base:1", 100 * MEBI, 1);
        docker("push", "-q", registry() + "/default/base:1");
    }

    @AfterEach
    void passesOn() {
        M.mosaic().toImages().reset();
    }

    private static String set(String name, String image) {
        return MosaicExtension.sleeper(name).replace("mosaic-proof/busybox:1", image);
    }

    private static String imageOf(String set) {
        JsonNode main = M.containers(set).get("main");
        return main == null ? "" : main.path("Image").asString();
    }

    private static SetResource awaitReason(String set, String... words) throws InterruptedException {
        return M.await(
                set,
                each -> each.status().reason() != null
                        && Stream.of(words).allMatch(each.status().reason()::contains),
                "a reason with " + List.of(words));
    }

    @Test
    void onlyTheLayerThatIsMissingTravelsAndTheSetKeepsWhatItGot() throws Exception {
        String web = registry() + "/default/web:1";
        String first = layered(registry() + "/default/base:1", web, MEBI, 2);
        pushed(web);
        M.mosaic().toImages().reset();

        SetResource running = M.run(set("web", "web:1"));

        assertThat(M.mosaic().toImages().sent()).isBetween((long) MEBI, 2L * MEBI);
        assertThat(imageOf("web")).isEqualTo(first);
        assertThat(MosaicExtension.container(running, "main").image()).isEqualTo("web:1");
        assertThat(M.exec("web", "main", "wc", "-c", "/content").out()).startsWith(Integer.toString(MEBI));
        assertThat(M.awaitEvent("web", "ImagePulled").message()).isEqualTo("pulled web:1");

        String second = layered(registry() + "/default/base:1", web, MEBI, 3);
        pushed(web);
        M.docker().docker().remove(M.containers("web").get("main").path("Id").asString());
        M.await("web", each -> imageOf("web").equals(first) && M.pids("web").get("main") > 0, "made anew as it was");
        M.run(set("web-2", "default/web:1"));
        assertThat(imageOf("web-2")).isEqualTo(second);
        assertThat(imageOf("web")).isEqualTo(first);
    }

    @Test
    void aRepositoryThatIsAwayHoldsUpNothingThatRuns() throws Exception {
        String there = registry() + "/default/there:1";
        String id = layered("mosaic-proof/busybox:1", there, 1000, 4);
        pushed(there);
        layered("mosaic-proof/busybox:1", registry() + "/default/new:1", 1000, 5);
        pushed(registry() + "/default/new:1");
        M.run(set("runs", "there:1"));
        Map<String, Long> pids = M.pids("runs");
        M.mosaic().images().kill9();
        M.mosaic().toImages().cut();

        M.client().sets().restart("runs");
        M.await("runs", each -> !M.pids("runs").get("main").equals(pids.get("main")), "restarted");
        M.awaitState("runs", SetState.RUNNING);
        assertThat(imageOf("runs")).isEqualTo(id);
        M.run(set("same", "there:1"));
        assertThat(imageOf("same")).as("what the name meant last").isEqualTo(id);
        M.run(set("local", "mosaic-proof/busybox:1"));
        M.create(set("waits", "new:1"));
        awaitReason("waits", "image new:1 is not on the host and cannot be fetched");

        M.mosaic().startImages();
        M.awaitState("waits", SetState.RUNNING);
    }

    @Test
    void wrongBytesAreNeverLoaded() throws Exception {
        String bad = registry() + "/default/bad:1";
        layered("mosaic-proof/busybox:1", bad, 3 * MEBI, 6);
        pushed(bad);
        Path blob = largestBlobBelow(4 * MEBI);
        flip(blob);
        M.create(set("bad", "bad:1"));
        awaitReason("bad", "what came as sha256:" + blob.getFileName(), "cannot be fetched");
        assertThat(M.containers("bad")).doesNotContainKey("main");

        flip(blob);
        M.awaitState("bad", SetState.RUNNING);
    }

    private static Path largestBlobBelow(long bytes) throws IOException {
        try (Stream<Path> files = Files.walk(M.mosaic().places().lib().resolve("images"))) {
            return files.filter(
                            file -> Files.isRegularFile(file) && file.toFile().length() < bytes)
                    .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
                    .orElseThrow();
        }
    }

    private static void flip(Path file) throws IOException {
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
            content.seek(MEBI);
            int was = content.read();
            content.seek(MEBI);
            content.write(was ^ 0xff);
        }
    }

    @Test
    void anotherTenantsImagesAreNotForTheAsking() throws Exception {
        M.mosaic().api().post("/v1/tenants", "{\"name\": \"food\"}");
        String secret = registry() + "/food/secret:1";
        String id = layered("mosaic-proof/busybox:1", secret, 1000, 7);
        pushed(secret);
        M.create(set("thief", "food/secret:1"));
        awaitReason("thief", "is of tenant food");

        Map<String, String> asFood = Map.of("X-Mosaic-Tenant", "food");
        assertThat(M.mosaic()
                        .api()
                        .call("POST", "/v1/sets", set("own", "secret:1"), asFood)
                        .status())
                .isEqualTo(201);
        Awaitility.await().untilAsserted(() -> assertThat(imageOf("own")).isEqualTo(id));
        M.create(set("thief-2", "images.mosaic/food/secret:1"));
        awaitReason("thief-2", "for another tenant only");
        M.create(set("thief-3", id));
        awaitReason("thief-3", "for another tenant only");
        assertThat(M.mosaic().api().call("DELETE", "/v1/sets/own", null, asFood).status())
                .isEqualTo(202);
        Awaitility.await().untilAsserted(() -> assertThat(M.containers("own")).isEmpty());
    }

    @Test
    void aFullDiskIsSaidAndWaitedFor() throws Exception {
        String large = registry() + "/default/large:1";
        layered("mosaic-proof/busybox:1", large, 60 * MEBI, 8);
        pushed(large);
        M.mosaic().disk().fillBut((1L << 30) + (30L << 20));
        try {
            M.create(set("large", "large:1"));
            awaitReason("large", "no room to fetch image large:1: it needs 61 MiB");
        } finally {
            M.mosaic().disk().empty();
        }
        M.awaitState("large", SetState.RUNNING);
    }

    @Test
    void anAgentKilledWhileItFetchesGoesOnWhereItWas() throws Exception {
        String slow = registry() + "/default/slow:1";
        String id = layered("mosaic-proof/busybox:1", slow, 40 * MEBI, 9);
        pushed(slow);
        M.mosaic().toImages().reset();
        M.mosaic().toImages().holdAt(20L * MEBI);
        M.create(set("slow", "slow:1"));
        awaitReason("slow", "fetching image slow:1: ", " of 41 MiB");
        long before = M.mosaic().toImages().sent();
        M.mosaic().agent().kill9();
        M.mosaic().toImages().cut();
        M.mosaic().toImages().reset();

        M.mosaic().agent().start();
        M.awaitState("slow", SetState.RUNNING);
        assertThat(imageOf("slow")).isEqualTo(id);
        assertThat(before).isGreaterThan(10L * MEBI);
        assertThat(M.mosaic().toImages().sent()).isLessThan(30L * MEBI);
        try (Stream<Path> left = Files.list(M.mosaic().places().lib().resolve("agent/images/fetch"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aContainerIsSavedAndOnlyItsOwnLayerTravels() throws Exception {
        M.run(set("saved", "base:1"));
        M.exec("saved", "main", "sh", "-c", "head -c 2000000 /dev/urandom > /more");
        M.mosaic().toImages().reset();
        M.client().sets().commit("saved", new CommitRequest("main", "kept:2"));
        assertThat(M.mosaic().toImages().received()).isBetween(2_000_000L, 8_000_000L);

        docker("rmi", "-f", "images.mosaic/default/kept:2");
        M.run(set("again", "kept:2"));
        assertThat(M.exec("again", "main", "wc", "-c", "/more").out()).startsWith("2000000");
        assertThatThrownBy(() -> M.client().sets().commit("saved", new CommitRequest("main", "food/kept:2")))
                .hasMessageContaining("default/");
        assertThat(M.mosaic().api().get("/v1/audit?limit=20").text()).contains("container main as default/kept:2");
    }

    @Test
    void imagesThatNothingUsesGoWhenRoomIsNeededAndNoOthers() throws Exception {
        String first = registry() + "/default/goes:1";
        String id = layered("mosaic-proof/busybox:1", first, 1000, 10);
        pushed(first);
        M.run(set("stays", "goes:1"));
        M.run(set("goes", "goes:1"));
        M.client().sets().delete("goes");
        M.awaitGone("goes");
        M.client().sets().stop("stays");
        M.awaitState("stays", SetState.STOPPED);
        assertThat(docker("images", "--no-trunc", "-q")).as("a set has it").contains(id);

        M.client().sets().delete("stays");
        M.awaitGone("stays");
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> assertThat(docker("images", "--no-trunc", "-q")).doesNotContain(id));
        assertThat(docker("images", "--format", "{{.Repository}}:{{.Tag}}"))
                .contains("mosaic-proof/busybox:1", "mosaic/infra:1", registry() + "/default/base:1");
    }
}
