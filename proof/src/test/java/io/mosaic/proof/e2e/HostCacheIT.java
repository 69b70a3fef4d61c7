package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.HostImage;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostState;
import io.mosaic.model.ImageName;
import io.mosaic.model.PinRequest;
import io.mosaic.model.PrefetchRequest;
import io.mosaic.model.PrefetchedImage;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.TenantSpec;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.TokenCalls;
import io.mosaic.proof.rig.AddedHost;
import io.mosaic.proof.rig.DockerRig;
import io.mosaic.proof.rig.HostCommand;
import io.mosaic.proof.rig.Installation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Two real hosts with a real repository: images come before sets need them, stay as told, and draw sets to where they are. */
class HostCacheIT {

    private static final int MEBI = 1 << 20;
    private static final Duration LONG = Duration.ofSeconds(90);
    private static final String OTHER = "host-2";

    /** Room for the database, the repository's content, and what the agent keeps free (1 GiB). */
    @RegisterExtension
    static final MosaicExtension M = MosaicExtension.withImages(5L << 29);

    private static DockerRig otherDocker;
    private static AddedHost other;

    @TempDir
    private static Path scratch;

    @BeforeAll
    static void start() throws Exception {
        docker("login", "-u", "any", "-p", M.mosaic().adminToken(), registry());
        otherDocker = DockerRig.start("hostcache-2");
        other = AddedHost.join(M.mosaic(), otherDocker, OTHER);
        Awaitility.await()
                .atMost(LONG)
                .ignoreExceptionsInstanceOf(ProblemException.class)
                .until(() -> M.client().hosts().get(OTHER).status().state() == HostState.READY);
    }

    @AfterAll
    static void stop() throws Exception {
        try (DockerRig closedLast = otherDocker;
                AddedHost closedFirst = other) {
            assertThat(closedLast == null || closedFirst == null).as("started").isFalse();
        }
    }

    @AfterEach
    void passesOn() {
        M.mosaic().toImages().reset();
    }

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

    /** Pushes an image on top of that one, with a file of so many random bytes more, and removes it from the daemon; answers its id. */
    private static String pushed(String base, String name, int bytes, long seed)
            throws IOException, InterruptedException {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        Path file = scratch.resolve("content");
        Files.write(file, content);
        String container = docker("create", base, "sh");
        docker("cp", file.toString(), container + ":/content");
        String id = docker("commit", container, registry() + "/" + name);
        docker("rm", container);
        docker("push", "-q", registry() + "/" + name);
        docker("rmi", registry() + "/" + name);
        return id;
    }

    private static String pushed(String name, int bytes, long seed) throws IOException, InterruptedException {
        return pushed("mosaic-proof/busybox:1", name, bytes, seed);
    }

    private static PrefetchedImage prefetch(String host, String image, boolean pin) {
        return M.client().hosts().prefetch(host, new PrefetchRequest(image, pin), words -> {});
    }

    private static List<String> ids() throws IOException, InterruptedException {
        return docker("images", "--no-trunc", "-q").lines().toList();
    }

    private static void awaitGone(String id) {
        Awaitility.await().atMost(LONG).untilAsserted(() -> assertThat(ids()).doesNotContain(id));
    }

    private static HostImage listed(MosaicClient client, String host, String id) {
        return client.hosts().images(host).stream()
                .filter(image -> image.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    private static MosaicClient as(String token) throws IOException {
        return new MosaicClient(ClientSettings.of(
                M.mosaic().server(), token, Files.readString(M.mosaic().authority())));
    }

    @Test
    void onlyWhatIsMissingTravelsAndOnlyOnce() throws Exception {
        pushed("default/big:1", 20 * MEBI, 1);
        prefetch(OTHER, "big:1", true);
        String id = layered("default/small:1", MEBI);
        M.mosaic().toImages().reset();

        PrefetchedImage first = prefetch(OTHER, "small:1", true);

        assertThat(M.mosaic().toImages().sent()).isBetween((long) MEBI, 4L * MEBI);
        assertThat(first.brought()).isTrue();
        assertThat(first.id()).isEqualTo(id);
        assertThat(first.image()).isEqualTo("default/small:1");
        M.mosaic().toImages().reset();
        PrefetchedImage second = prefetch(OTHER, "default/small:1", false);
        assertThat(second.brought()).isFalse();
        assertThat(second.digest()).isEqualTo(first.digest());
        assertThat(M.mosaic().toImages().sent()).isLessThan(MEBI);

        assertThat(prefetch(OTHER, "alias:1", false).brought())
                .as("the same image by another name")
                .isFalse();

        HostImage there = listed(M.client(), OTHER, id);
        assertThat(there.names()).containsExactly("images.mosaic/default/alias:1", "images.mosaic/default/small:1");
        assertThat(there.digest()).isEqualTo(first.digest());
        assertThat(there.tenants()).containsExactly("default");
        assertThat(there.pins()).isEqualTo(Map.of("default", List.of("default/small:1")));
        assertThat(there.used()).isNotNull();
        assertThat(there.sets()).isEmpty();
        M.run(onOther(MosaicExtension.sleeper("user").replace("mosaic-proof/busybox:1", "small:1")));
        assertThat(listed(M.client(), OTHER, id).sets()).isEqualTo(Map.of("default", 1));
        assertThat(M.mosaic().toImages().sent()).as("nothing more travels").isLessThan(MEBI);

        assertThatThrownBy(() -> prefetch(OTHER, "never-pushed:1", false)).hasMessageContaining("never-pushed:1");
        assertThatThrownBy(() -> prefetch(OTHER, id, false)).hasMessageContaining("image");
        assertThatThrownBy(() -> prefetch("host-9", "small:1", false)).hasMessageContaining("host-9");
    }

    private static String onOther(String set) {
        return set.replace(
                "\"containers\"", "\"placement\": {\"hostLabels\": {\"host\": \"" + OTHER + "\"}}, \"containers\"");
    }

    /** On top of big:1, as the first host's daemon has it; also as alias:1. */
    private static String layered(String name, int bytes) throws Exception {
        docker("pull", "-q", registry() + "/default/big:1");
        String id = pushed(registry() + "/default/big:1", name, bytes, 2);
        docker("pull", "-q", registry() + "/" + name);
        docker("tag", registry() + "/" + name, registry() + "/default/alias:1");
        docker("push", "-q", registry() + "/default/alias:1");
        docker("rmi", registry() + "/" + name, registry() + "/default/alias:1");
        docker("rmi", registry() + "/default/big:1");
        return id;
    }

    /** The first host's agent takes its disk for full at all times. */
    @Test
    void whatIsPinnedStaysAndTheRestGoesByUse() throws Exception {
        String stays = pushed("default/stays:1", 1000, 3);
        String goes = pushed("default/goes:1", 1000, 4);
        assertThatThrownBy(() -> M.client().hosts().pin(Installation.HOST, new PinRequest("stays:1")))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.NOT_FOUND)).isTrue())
                .hasMessageContaining("mos image prefetch stays:1 --host host-1 --pin");

        prefetch(Installation.HOST, "stays:1", true);
        prefetch(Installation.HOST, "goes:1", false);
        awaitGone(goes);
        assertThat(ids()).contains(stays);
        assertThat(M.client()
                        .hosts()
                        .pin(Installation.HOST, new PinRequest("default/stays:1"))
                        .changed())
                .isFalse();

        M.mosaic().agent().kill9();
        M.mosaic().agent().start();
        Awaitility.await()
                .atMost(LONG)
                .ignoreExceptionsInstanceOf(ProblemException.class)
                .until(() -> prefetch(Installation.HOST, "goes:1", false).brought());
        awaitGone(goes);
        assertThat(ids()).as("pinned before the restart").contains(stays);

        assertThat(M.client()
                        .hosts()
                        .unpin(Installation.HOST, new PinRequest("stays:1"))
                        .changed())
                .isTrue();
        awaitGone(stays);
        assertThat(M.client()
                        .hosts()
                        .unpin(Installation.HOST, new PinRequest("stays:1"))
                        .changed())
                .isFalse();
    }

    @Test
    void anotherTenantsUserGetsNothingAndSeesNothing() throws Exception {
        M.client().tenants().create(new TenantSpec("cache-food", null));
        M.client().tenants().create(new TenantSpec("cache-shop", null));
        String secret = pushed("cache-food/secret:1", 1000, 5);
        String own = M.client()
                .tokens()
                .create(new TokenCalls.NewToken("cache-food", "api", Role.OPERATOR, List.of("cache-food"), null))
                .token();
        String stranger = M.client()
                .tokens()
                .create(new TokenCalls.NewToken("cache-shop", "api", Role.OPERATOR, List.of("cache-shop"), null))
                .token();
        String weak = M.client()
                .tokens()
                .create(new TokenCalls.NewToken("cache-dev", "api", Role.DEVELOPER, List.of("cache-food"), null))
                .token();
        try (MosaicClient food = as(own);
                MosaicClient shop = as(stranger);
                MosaicClient developer = as(weak)) {
            PrefetchRequest asked = new PrefetchRequest("cache-food/secret:1", true);
            for (MosaicClient refused : List.of(shop, developer)) {
                assertThatThrownBy(() -> refused.hosts().prefetch(OTHER, asked, words -> {}))
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                e -> assertThat(e.is(Problem.Kind.FORBIDDEN)).isTrue());
            }
            assertThat(food.hosts().prefetch(OTHER, asked, words -> {}).id()).isEqualTo(secret);
            assertThatThrownBy(() -> shop.hosts().unpin(OTHER, new PinRequest("cache-food/secret:1")))
                    .hasMessageContaining("cache-food");
            assertThatThrownBy(() -> shop.hosts().prefetch(OTHER, new PrefetchRequest("secret:1", false), words -> {}))
                    .hasMessageContaining("not in the repository");
            assertThat(food.hosts().images(OTHER)).extracting(HostImage::id).containsExactly(secret);
            assertThat(shop.hosts().images(OTHER)).isEmpty();
            assertThat(M.client().hosts().images(OTHER))
                    .extracting(HostImage::id)
                    .contains(secret);
            // That it is there for one tenant's sets is no right of another's.
            M.create(onOther(MosaicExtension.sleeper("thief")
                    .replace("mosaic-proof/busybox:1", "images.mosaic/cache-food/secret:1")));
            M.await(
                    "thief",
                    set -> set.status().reason() != null
                            && set.status().reason().contains("for another tenant only"),
                    "refused");
        }
    }

    @Test
    void anAgentKilledWhileItFetchesGoesOnWhereItWas() throws Exception {
        String id = pushed("default/slow:1", 40 * MEBI, 6);
        M.mosaic().toImages().reset();
        M.mosaic().toImages().holdAt(20L * MEBI);
        CountDownLatch under = new CountDownLatch(1);
        CompletableFuture<PrefetchedImage> broken = CompletableFuture.supplyAsync(() -> M.client()
                .hosts()
                .prefetch(OTHER, new PrefetchRequest("slow:1", true), words -> {
                    if (words.matches("fetching image slow:1: [1-9][0-9]* of 41 MiB")) {
                        under.countDown();
                    }
                }));
        assertThat(under.await(LONG.toSeconds(), TimeUnit.SECONDS))
                .as("it fetches")
                .isTrue();
        long before = M.mosaic().toImages().sent();
        other.agent().kill9();
        assertThatThrownBy(() -> broken.get(LONG.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("goes on where it was");
        M.mosaic().toImages().cut();
        M.mosaic().toImages().reset();

        other.agent().start();
        PrefetchedImage brought = Awaitility.await()
                .atMost(LONG)
                .ignoreExceptionsInstanceOf(ProblemException.class)
                .until(
                        () -> prefetch(OTHER, "slow:1", true),
                        image -> image.id().equals(id));
        assertThat(brought.pinned()).isTrue();
        assertThat(before).isGreaterThan(10L * MEBI);
        assertThat(M.mosaic().toImages().sent()).isLessThan(30L * MEBI);
        assertThat(listed(M.client(), OTHER, id).pinned()).isTrue();
    }

    @Test
    void setsGoWhereTheirImageIsThoughItCameAfterTheHello() throws Exception {
        pushed("default/here:1", 1000, 7);
        pushed("default/there:1", 1000, 8);
        String digest = prefetch(OTHER, "there:1", true).digest();
        prefetch(Installation.HOST, "here:1", true);
        awaitKnown(OTHER, "images.mosaic/default/there:1", ImageName.kept("default/there", digest));
        awaitKnown(Installation.HOST, "images.mosaic/default/here:1");

        // By turns, so that the emptier host is never the reason.
        for (int i = 0; i < 3; i++) {
            placed("here-" + i, "here:1", Installation.HOST);
            placed("there-" + i, i == 1 ? "default/there@" + digest : "there:1", OTHER);
        }
        M.client().hosts().unpin(Installation.HOST, new PinRequest("here:1"));
    }

    private static void awaitKnown(String host, String... names) {
        Awaitility.await().atMost(LONG).untilAsserted(() -> {
            HostInventory has = M.client().hosts().get(host).status().inventory();
            assertThat(has.images()).contains(names);
        });
    }

    private static void placed(String set, String image, String host) throws InterruptedException {
        M.create(MosaicExtension.sleeper(set).replace("mosaic-proof/busybox:1", image));
        SetResource running = M.awaitState(set, SetState.RUNNING);
        assertThat(running.status().host()).as(set).isEqualTo(host);
    }
}
