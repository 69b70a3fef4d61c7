package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.HostState;
import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.HostRig;
import io.mosaic.proof.rig.ImageCluster;
import io.mosaic.proof.rig.LayeredImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A real host with small disks: it is full, or its agent or daemon is killed, while an image comes. */
class ImageFaultsIT {

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final long MEBI = 1 << 20;
    private static final long DISK = 1024 * MEBI;

    /** Long to load, so that it is under way when it is seen. */
    private static final int LARGE_MEBI = 192;

    private static ImageCluster real;
    private static MosaicClient client;
    private static LayeredImage base;
    private static HostRig host;

    @TempDir
    private static Path directory;

    @RegisterExtension
    static final TestExecutionExceptionHandler LOGS = (context, fault) -> {
        throw new AssertionError(fault + "\n" + real.quoteLogs(), fault);
    };

    @BeforeAll
    static void start() throws Exception {
        real = ImageCluster.startOnSmallDisks(
                "imagefaults",
                DISK,
                // What nothing uses goes at once, so that each test has the whole disk.
                Map.of(
                        "share",
                        Map.of("keep", "0"),
                        "diskFreeMin",
                        "8Mi",
                        "images",
                        Map.of("every", "1s", "high", 0, "low", 0)));
        client = real.client();
        base = LayeredImage.busyBox(directory);
        host = real.hosts().getFirst();
    }

    @AfterAll
    static void stop() throws Exception {
        try (ImageCluster closedLast = real;
                MosaicClient closedFirst = client) {
            assertThat(closedLast == null || closedFirst == null).as("started").isFalse();
        }
    }

    @AfterEach
    void clear() throws Exception {
        real.toImages().reset();
        host.daemonDisk().empty();
        host.agentDisk().empty();
        host.startDaemon();
        host.agent().start();
        until(
                "the host is ready",
                () -> client.hosts().get(host.name()).status().state() == HostState.READY);
        client.sets().listAll(SetQuery.ALL).items().forEach(set -> client.sets().delete(set.name()));
        until(
                "no set is left",
                () -> client.sets().listAll(SetQuery.ALL).items().isEmpty());
        until("no container is left", () -> host.sets().isEmpty());
    }

    private static LayeredImage pushed(String name, int mebi, long seed) throws Exception {
        LayeredImage image = base.withRandom(directory, mebi * MEBI, seed);
        real.push(image, name, "1");
        Files.delete(image.layers().getLast().file());
        return image;
    }

    private static void create(String image) {
        client.sets().create(Json.mapper().readTree("""
                {"name": "%1$s", "resources": {"cpu": 0.4, "memory": "32Mi"},
                 "containers": [{"index": 1, "name": "main", "image": "%1$s:1",
                                 "options": {"command": ["sh", "-c", "trap 'exit 0' TERM; sleep 1000000 & wait"]}}]}""".formatted(image)));
    }

    private static SetResource set(String name) {
        return client.sets().get(name);
    }

    private static void awaitReason(String name, String pattern) throws Exception {
        until(
                name + " says " + pattern,
                () -> String.valueOf(set(name).status().reason()).matches("(?s).*" + pattern + ".*"));
    }

    private static void awaitRunning(String name, LayeredImage image) throws Exception {
        until(name + " runs", () -> set(name).status().state() == SetState.RUNNING);
        List<String> images = host.containers().stream()
                .filter(each -> label(each, "io.mosaic.container").equals("main"))
                .filter(each -> label(each, "io.mosaic.name").equals(name))
                .map(each -> each.path("Image").asString())
                .toList();
        assertThat(images).containsExactly(image.id());
        until("what was fetched is gone", () -> files(host.fetched()) == 0);
    }

    private static String label(JsonNode container, String key) {
        return container.path("Config").path("Labels").path(key).asString();
    }

    private static long files(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.count();
        }
    }

    /** Returns when the daemon has unpacked some of the layer that it is given: it then has to make an image of it still. */
    private static void awaitLoading() throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        while (true) {
            if (unpacked() > MEBI) {
                return;
            }
            assertThat(System.nanoTime()).as("until it loads").isLessThan(end);
            Thread.sleep(1);
        }
    }

    private static long unpacked() throws IOException {
        long bytes = 0;
        try (Stream<Path> all = Files.walk(host.daemonScratch())) {
            for (Path each : (Iterable<Path>) all::iterator) {
                bytes += each.endsWith("layer.tar") ? Files.size(each) : 0;
            }
        } catch (NoSuchFileException | UncheckedIOException e) {
            // It went, or came, while it was looked at.
            return 0;
        }
        return bytes;
    }

    @Test
    void theAgentIsKilledWhileTheDaemonLoads() throws Exception {
        LayeredImage image = pushed("agentkilled", LARGE_MEBI, 1);
        create("agentkilled");
        awaitLoading();
        host.agent().kill9();
        assertThat(set("agentkilled").status().state()).isNotEqualTo(SetState.RUNNING);

        host.agent().start();
        awaitRunning("agentkilled", image);
    }

    @Test
    void theDaemonIsKilledWhileItLoads() throws Exception {
        LayeredImage image = pushed("daemonkilled", LARGE_MEBI, 2);
        create("daemonkilled");
        awaitLoading();
        host.daemon().kill9();
        assertThat(set("daemonkilled").status().state()).isNotEqualTo(SetState.RUNNING);

        host.startDaemon();
        awaitRunning("daemonkilled", image);
    }

    @Test
    void theDaemonsDiskIsFull() throws Exception {
        LayeredImage image = pushed("daemonfull", 64, 3);
        host.daemonDisk().fillBut(40 * MEBI);
        create("daemonfull");
        awaitReason("daemonfull", "no room to load image daemonfull:1: Docker's disk is full");

        host.daemonDisk().empty();
        awaitRunning("daemonfull", image);
    }

    @Test
    void theAgentsDiskFillsWhileItFetches() throws Exception {
        LayeredImage image = pushed("agentfull", 64, 4);
        real.toImages().slowTo(2 * MEBI);
        create("agentfull");
        awaitReason("agentfull", "fetching image agentfull:1: [1-9][0-9]* of ");
        host.agentDisk().fill();
        awaitReason("agentfull", "no room to fetch image agentfull:1");
        real.toImages().reset();

        host.agentDisk().empty();
        awaitRunning("agentfull", image);
    }

    private static void until(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + LONG.toSeconds() + " s: " + what + "\nsets: "
                        + client.sets().listAll(SetQuery.ALL).items().stream()
                                .map(set -> set.name() + " " + set.status().state() + ": "
                                        + set.status().reason())
                                .toList());
            }
            Thread.sleep(50);
        }
    }
}
