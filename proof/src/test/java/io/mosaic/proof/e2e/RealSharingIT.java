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
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Three hosts with an agent and a dockerd each, on a network of their own, that share what they fetch; agents are killed and cut off. */
class RealSharingIT {

    private static final Duration LONG = Duration.ofSeconds(90);
    private static final int MEBI = 1 << 20;

    /** Of each host: so slow that what is to happen in the middle does. */
    private static final String UPLINK = "4Mi";

    /** Of the repository, bytes a second: half a minute for the large layer, and each host says every 3 s how far it is. */
    private static final long SLOW = 2L * MEBI;

    private static final int SHORT_MEBI = 24;
    private static final int LONG_MEBI = 64;

    private static ImageCluster real;
    private static MosaicClient client;
    private static LayeredImage base;

    @TempDir
    private static Path directory;

    @RegisterExtension
    static final TestExecutionExceptionHandler LOGS = (context, fault) -> {
        throw new AssertionError(fault + "\n" + real.quoteLogs(), fault);
    };

    @BeforeAll
    static void start() throws Exception {
        real = ImageCluster.start("realsharing", 3, Map.of("share", Map.of("uplink", UPLINK)));
        client = real.client();
        base = LayeredImage.busyBox(directory);
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
        for (HostRig host : real.hosts()) {
            host.mend();
            host.agent().start();
            awaitHost(host, HostState.READY);
        }
        client.sets().listAll(SetQuery.ALL).items().forEach(set -> client.sets().delete(set.name()));
        until(
                "no set is left",
                () -> client.sets().listAll(SetQuery.ALL).items().isEmpty());
        for (HostRig host : real.hosts()) {
            until("no container is left on " + host.name(), () -> host.sets().isEmpty());
        }
    }

    private static LayeredImage pushed(String name, int mebi, long seed) throws Exception {
        LayeredImage image = base.withRandom(directory, (long) mebi * MEBI, seed);
        real.push(image, name, "1");
        return image;
    }

    private static HostRig host(int number) {
        return real.hosts().get(number - 1);
    }

    private static String create(int host, String image) {
        String name = image + "-" + host;
        client.sets().create(Json.mapper().readTree("""
                {"name": "%s", "resources": {"cpu": 0.4, "memory": "32Mi"}, "placement": {"hostLabels": {"host": "host-%d"}},
                 "containers": [{"index": 1, "name": "main", "image": "%s:1",
                                 "options": {"command": ["sh", "-c", "trap 'exit 0' TERM; sleep 1000000 & wait"]}}]}""".formatted(name, host, image)));
        return name;
    }

    private static SetResource set(String name) {
        return client.sets().get(name);
    }

    private static void awaitRunning(String... names) throws Exception {
        for (String name : names) {
            until(name + " runs", () -> set(name).status().state() == SetState.RUNNING);
        }
    }

    /** It has some of the large layer, and not all of it. */
    private static void awaitFetching(String... names) throws Exception {
        for (String name : names) {
            until(name + " is being fetched", () -> {
                String reason = String.valueOf(set(name).status().reason());
                return reason.matches("fetching image .*: [1-9][0-9]* of [0-9]+ MiB.*");
            });
        }
    }

    private static void assertRuns(int host, LayeredImage image) throws Exception {
        List<String> images =
                main(host).stream().map(each -> each.path("Image").asString()).toList();
        assertThat(images).as("on host %d", host).containsExactly(image.id());
    }

    private static List<JsonNode> main(int host) throws Exception {
        return host(host).containers().stream()
                .filter(each -> each.path("Config")
                        .path("Labels")
                        .path("io.mosaic.container")
                        .asString()
                        .equals("main"))
                .toList();
    }

    private static long pid(int host) throws Exception {
        return main(host).getFirst().path("State").path("Pid").asLong();
    }

    @Test
    void whatOneHostHasTheOthersFetchFromIt() throws Exception {
        LayeredImage image = pushed("once", SHORT_MEBI, 1);
        real.toImages().reset();
        awaitRunning(create(1, "once"));
        long first = real.toImages().sent();
        assertThat(first).isBetween((long) SHORT_MEBI * MEBI, 2L * SHORT_MEBI * MEBI);

        String second = create(2, "once");
        String third = create(3, "once");
        awaitRunning(second, third);

        assertThat(real.toImages().sent() - first)
                .as("what the repository sent for two more hosts, bytes")
                .isLessThan((long) SHORT_MEBI * MEBI);
        for (int host = 1; host <= 3; host++) {
            assertRuns(host, image);
        }
    }

    @Test
    void aSharingAgentIsKilledWhileOthersFetchFromIt() throws Exception {
        LayeredImage image = pushed("killed", LONG_MEBI, 2);
        String first = create(1, "killed");
        awaitRunning(first);
        long pid = pid(1);
        real.toImages().slowTo(SLOW);
        String second = create(2, "killed");
        String third = create(3, "killed");
        awaitFetching(second, third);
        host(1).agent().kill9();
        assertThat(set(second).status().state()).isNotEqualTo(SetState.RUNNING);
        assertThat(set(third).status().state()).isNotEqualTo(SetState.RUNNING);
        real.toImages().reset();

        awaitRunning(second, third);
        assertRuns(2, image);
        assertRuns(3, image);
        host(1).agent().start();
        awaitHost(host(1), HostState.READY);
        awaitRunning(first);
        assertThat(pid(1)).isEqualTo(pid);
    }

    /** One agent is killed and another host cut off, while all three fetch and none has all: the third finishes, then they do. */
    @Test
    void anAgentIsKilledAndAHostIsCutOffWhileTheyFetchAndShare() throws Exception {
        LayeredImage image = pushed("both", LONG_MEBI, 3);
        real.toImages().slowTo(SLOW);
        List<String> sets = List.of(create(1, "both"), create(2, "both"), create(3, "both"));
        awaitFetching(sets.toArray(String[]::new));
        host(1).agent().kill9();
        host(2).cut();
        real.toImages().reset();

        awaitRunning(sets.get(2));
        assertThat(main(1)).isEmpty();
        assertThat(main(2)).isEmpty();
        host(1).agent().start();
        host(2).mend();
        awaitRunning(sets.get(0), sets.get(1));
        for (int host = 1; host <= 3; host++) {
            assertRuns(host, image);
        }
    }

    private static void awaitHost(HostRig host, HostState state) throws Exception {
        until(
                host.name() + " is " + state,
                () -> client.hosts().get(host.name()).status().state() == state);
    }

    private static void until(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + LONG.toSeconds() + " s: " + what + "\nsets: "
                        + client.sets().listAll(SetQuery.ALL).items().stream()
                                .map(set -> set.name() + " " + set.status().state() + " on "
                                        + set.status().host() + ": "
                                        + set.status().reason())
                                .toList());
            }
            Thread.sleep(50);
        }
    }
}
