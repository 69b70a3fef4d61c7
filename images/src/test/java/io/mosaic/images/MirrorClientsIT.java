package io.mosaic.images;

import static io.mosaic.images.DockerdFixture.skopeo;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Bytes;
import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.Role;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docker and skopeo pull through a mirror of a real registry. Needs root, dockerd, skopeo and docker-registry. */
class MirrorClientsIT {

    @TempDir
    private static Path home;

    private static ClusterFixture cluster;
    private static Images images;
    private static DockerdFixture dockerd;
    private static Process registry;
    private static int upstreamPort;

    @BeforeAll
    static void start() throws Exception {
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            upstreamPort = any.getLocalPort();
        }
        startUpstream();
        cluster = new ClusterFixture();
        ImagesConfig plain = cluster.config(null, Bytes.mebi(512));
        ImagesConfig.Mirror mirror = new ImagesConfig.Mirror(
                "docker.io",
                "http://127.0.0.1:" + upstreamPort,
                null,
                null,
                Interval.ofSeconds(0),
                List.of(),
                true,
                true,
                null);
        images = Images.start(
                new ImagesConfig(
                        plain.api(),
                        null,
                        null,
                        plain.database(),
                        null,
                        Bytes.ZERO,
                        List.of(),
                        null,
                        plain.limits(),
                        null,
                        null,
                        List.of(mirror)),
                MosaicHome.at(home.toString()));
        dockerd = new DockerdFixture("--registry-mirror=http://127.0.0.1:" + images.port());
    }

    private static void startUpstream() throws IOException, InterruptedException {
        Path file =
                Files.writeString(home.resolve("registry.yml"), """
                version: 0.1
                log: {level: error}
                storage: {filesystem: {rootdirectory: "%s"}}
                http: {addr: "127.0.0.1:%d"}
                """.formatted(home.resolve("registry"), upstreamPort));
        registry = new ProcessBuilder("docker-registry", "serve", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(home.resolve("registry.log").toFile())
                .start();
        for (int i = 0; i < 300 && !answers(); i++) {
            assertThat(registry.isAlive())
                    .as(Files.readString(home.resolve("registry.log")))
                    .isTrue();
            Thread.sleep(100);
        }
    }

    private static boolean answers() {
        try (Socket probe = new Socket(InetAddress.getLoopbackAddress(), upstreamPort)) {
            return probe.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static void stopUpstream() throws InterruptedException {
        registry.destroy();
        assertThat(registry.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    @AfterAll
    static void stop() throws Exception {
        dockerd.close();
        images.close();
        stopUpstream();
        cluster.close();
    }

    /** Puts an image where only the mirrored registry has it; says its id. */
    private static String published(String name, long seed) throws Exception {
        String there = "127.0.0.1:" + upstreamPort + "/" + name;
        String id = dockerd.build(there, 3, seed);
        dockerd.run("push", there);
        dockerd.run("rmi", there);
        return id;
    }

    @Test
    void aDaemonWithTheMirrorPullsAlsoWhenTheRegistryIsDown() throws Exception {
        String id = published("library/app:1", 1);
        dockerd.run("pull", "app:1");
        assertThat(dockerd.id("app:1")).isEqualTo(id);
        dockerd.run("rmi", "app:1");
        stopUpstream();
        try {
            dockerd.run("pull", "app:1");
            assertThat(dockerd.id("app:1")).isEqualTo(id);
            assertThat(dockerd.tryRun("pull", "app:never").ok()).isFalse();
        } finally {
            startUpstream();
        }
    }

    @Test
    void byName() throws Exception {
        String id = published("team/tool:2", 10);
        String mine = "127.0.0.1:" + images.port();
        String token = cluster.token(Role.VIEWER, "food");
        Path copy = home.resolve("copy");
        skopeo(
                true,
                "copy",
                "--src-tls-verify=false",
                "--src-creds",
                "any:" + token,
                "docker://" + mine + "/docker.io/team/tool:2",
                "oci:" + copy + ":2");
        dockerd.run("login", "-u", "any", "-p", token, mine);
        dockerd.run("pull", mine + "/docker.io/team/tool:2");
        assertThat(dockerd.id(mine + "/docker.io/team/tool:2")).isEqualTo(id);
        String tags = skopeo(
                        true,
                        "list-tags",
                        "--tls-verify=false",
                        "--creds",
                        "any:" + token,
                        "docker://" + mine + "/docker.io/team/tool")
                .out();
        assertThat(Json.mapper().readTree(tags).path("Tags").path(0).asString()).isEqualTo("2");
        assertThat(dockerd.tryRun("push", mine + "/docker.io/team/tool:2").ok()).isFalse();
    }
}
