package io.mosaic.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosaic.agent.docker.Docker.ContainerConfig;
import io.mosaic.agent.docker.Docker.ContainerInfo;
import io.mosaic.agent.docker.Docker.Limits;
import io.mosaic.agent.docker.DockerException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Images and the life of containers, on a real daemon. */
class DockerClientIT {

    private DockerClient docker;
    private TestContainers containers;

    @BeforeEach
    void connect() {
        docker = DockerDaemon.shared().client();
        containers = new TestContainers(docker);
    }

    @AfterEach
    void clean() throws DockerException, IOException {
        containers.close();
        docker.close();
    }

    @Test
    void saysWhatTheDaemonIs() throws Exception {
        Docker.DaemonInfo info = docker.info();

        assertThat(info.cpus()).isPositive();
        assertThat(info.memoryBytes()).isPositive();
        assertThat(info.apiVersion()).matches("1\\.(4[1-9]|5[0-2])");
        assertThat(info.rootDir())
                .isEqualTo(DockerDaemon.shared().directory().resolve("data").toString());
        assertThat(info.liveRestore()).isTrue();
        assertThat(info.storageDriver()).isNotEmpty();
        docker.ping(Duration.ofSeconds(5));
    }

    @Test
    void knowsImagesAndImportsThem() throws Exception {
        assertThat(docker.image("mosaic/none:1")).isNull();
        byte[] tar = BusyBoxImage.tar(Path.of("/bin/busybox"));

        docker.importImage("mosaic/imported:7", new ByteArrayInputStream(tar), BusyBoxImage.CHANGES);

        Docker.ImageInfo image = docker.image("mosaic/imported:7");
        assertThat(image).isNotNull();
        assertThat(image.id()).startsWith("sha256:");
        assertThat(image.tags()).containsExactly("mosaic/imported:7");
        assertThat(image.sizeBytes()).isGreaterThan(500_000);
        assertThat(docker.image(image.id())).isEqualTo(image);
    }

    @Test
    void importOfWhatIsNoTarFailsWithTheDaemonsWords() {
        assertKind(
                Kind.FAILED,
                () -> docker.importImage(
                        "mosaic/broken:1",
                        new ByteArrayInputStream("not a tar, whatever it says".getBytes(StandardCharsets.UTF_8)),
                        List.of()));
    }

    @Test
    void pullSaysThatNoRegistryAnswers() {
        assertKind(Kind.UNREACHABLE, () -> docker.pull("127.0.0.1:1/none/such:1", Duration.ofSeconds(30)));
    }

    @Test
    void livesThroughCreateStartStopRemove() throws Exception {
        ContainerConfig config =
                containers.config("life").command("sleep", "1000").build();
        String id = docker.create(config);
        assertThat(docker.inspect(id).status()).isEqualTo("created");
        assertThat(docker.inspect(id).limits()).isNull();

        docker.start(id);
        docker.start(id);
        ContainerInfo running = docker.inspect(config.name());
        assertThat(running.id()).isEqualTo(id);
        assertThat(running.running()).isTrue();
        assertThat(running.pid()).isPositive();
        assertThat(running.name()).isEqualTo(config.name());
        assertThat(running.labels()).containsAllEntriesOf(config.labels());
        assertThat(running.started()).isAfter(Instant.EPOCH);

        docker.stop(id, Duration.ofMillis(100));
        docker.stop(id, Duration.ofMillis(100));
        docker.kill(id);
        ContainerInfo stopped = docker.inspect(id);
        assertThat(stopped.status()).isEqualTo("exited");
        assertThat(stopped.exitCode()).isEqualTo(137);
        assertThat(stopped.pid()).isZero();
        assertThat(stopped.oomKilled()).isFalse();

        docker.remove(id);
        docker.remove(id);
        assertThat(docker.inspect(id)).isNull();
        assertKind(Kind.NOT_FOUND, () -> docker.start(id));
        assertKind(Kind.NOT_FOUND, () -> docker.stop(id, Duration.ZERO));
    }

    @Test
    void killEndsItAtOnce() throws Exception {
        String id = containers.run(containers.config("kill").command("sleep", "1000"));

        docker.kill(id);

        await().untilAsserted(() -> assertThat(docker.inspect(id).status()).isEqualTo("exited"));
    }

    @Test
    void removesOneThatRuns() throws Exception {
        String id = containers.run(containers.config("gone").command("sleep", "1000"));

        docker.remove(id);

        assertThat(docker.inspect(id)).isNull();
    }

    @Test
    void listsWhatCarriesTheLabel() throws Exception {
        String id = docker.create(containers.config("listed").build());

        assertThat(docker.list("io.mosaic.set")).anySatisfy(one -> {
            assertThat(one.id()).isEqualTo(id);
            assertThat(one.status()).isEqualTo("created");
            assertThat(one.labels()).containsKey("io.mosaic.set");
            assertThat(one.name()).startsWith("mos-");
        });
        assertThat(docker.list("io.mosaic.none")).isEmpty();
    }

    @Test
    void aTakenNameIsAConflict() throws Exception {
        ContainerConfig config = containers.config("twice").build();
        docker.create(config);

        assertKind(Kind.CONFLICT, () -> docker.create(config));
    }

    @Test
    void anAbsentImageIsNotFound() {
        assertKind(
                Kind.NOT_FOUND,
                () -> docker.create(
                        containers.config("imageless").image("mosaic/none:1").build()));
    }

    @Test
    void anAbsentCommandIsRefusedAtStart() throws Exception {
        String id = docker.create(containers.config("nope").command("/bin/nope").build());

        assertKind(Kind.REFUSED, () -> docker.start(id));
        assertThat(docker.inspect(id).exitCode()).isEqualTo(127);
        assertThat(docker.inspect(id).error()).contains("/bin/nope");
    }

    @Test
    void aRootDiskThatTheStorageCannotCapIsRefused() {
        assertKind(
                Kind.REFUSED,
                () -> docker.create(
                        containers.config("capped").rootDisk(64L << 20).build()));
    }

    @Test
    void limitsAreSetAndChanged() throws Exception {
        Limits first = new Limits(50_000, 512, 64L << 20, "0");
        String id = containers.run(
                containers.config("limits").command("sleep", "1000").limits(first));
        assertThat(docker.inspect(id).limits()).isEqualTo(first);

        docker.update(id, new Limits(25_000, 256, 32L << 20, null));

        assertThat(docker.inspect(id).limits()).isEqualTo(new Limits(25_000, 256, 32L << 20, "0"));
    }

    @Test
    void anOomKillIsToldApart() throws Exception {
        String id = containers.run(containers
                .config("oom")
                .command("sh", "-c", "x=x; while true; do x=$x$x; done")
                .limits(new Limits(100_000, 1024, 8L << 20, null)));

        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(docker.inspect(id).running()).isFalse());
        assertThat(docker.inspect(id).oomKilled()).isTrue();
    }

    @Test
    void aRunningContainerGetsAnotherNameUnlessThatIsTaken() throws Exception {
        String first = containers.run(containers.config("first").command("sleep", "1000"));
        String second = containers.run(containers.config("second").command("sleep", "1000"));
        String taken = docker.inspect(first).name();
        assertThatThrownBy(() -> docker.rename(second, taken))
                .isInstanceOfSatisfying(
                        DockerException.class, e -> assertThat(e.kind()).isEqualTo(DockerException.Kind.CONFLICT));
        docker.rename(second, taken + "-2");
        assertThat(docker.inspect(taken + "-2").id()).isEqualTo(second);
        assertThat(docker.inspect(second).running()).isTrue();
        assertThatThrownBy(() -> docker.rename("0".repeat(64), "nobody"))
                .isInstanceOfSatisfying(
                        DockerException.class, e -> assertThat(e.kind()).isEqualTo(DockerException.Kind.NOT_FOUND));
    }

    @Test
    void aSetSharesNetworkAndIpc() throws Exception {
        String infra = containers.run(containers
                .config("infra")
                .hostname("web-1")
                .sysctl("net.core.somaxconn", "77")
                .command("sleep", "1000"));
        ContainerInfo info = docker.inspect(infra);
        assertThat(info.ip()).startsWith("10.");

        String member = containers.run(containers
                .config("member")
                .network("container:" + infra)
                .ipc("container:" + infra)
                .command("sleep", "1000"));

        assertThat(docker.inspect(member).ip()).isEmpty();
        assertThat(containers.output(member, "cat", "/proc/sys/net/core/somaxconn"))
                .isEqualTo("77\n");
        assertThat(containers.output(member, "hostname")).isEqualTo("web-1\n");
        assertThat(containers.output(member, "readlink", "/proc/self/ns/ipc"))
                .isEqualTo(containers.output(infra, "readlink", "/proc/self/ns/ipc"));
    }

    @Test
    void environmentUserDirectoryAndUlimitsArrive() throws Exception {
        String id = containers.run(containers
                .config("settings")
                .env("GREETING", "a=b c")
                .user("65534")
                .workdir("/tmp")
                .ulimit("nofile", 99)
                .command("sleep", "1000"));

        assertThat(containers.output(id, "sh", "-c", "echo $GREETING; id -u; pwd; ulimit -n"))
                .isEqualTo("a=b c\n65534\n/tmp\n99\n");
        assertThat(containers.output(id, "grep", "Seccomp:", "/proc/self/status"))
                .contains("2");
    }

    @Test
    void pathsAreSeenThroughLinks() throws Exception {
        String id = containers.run(containers.config("paths").command("sleep", "1000"));
        containers.output(id, "sh", "-c", "echo x > /tmp/there; ln -s there /tmp/link; ln -s missing /tmp/dangling");

        assertThat(docker.pathExists(id, "/tmp/there")).isTrue();
        assertThat(docker.pathExists(id, "/tmp/link")).isTrue();
        assertThat(docker.pathExists(id, "/tmp/dangling")).isFalse();
        assertThat(docker.pathExists(id, "/tmp/missing")).isFalse();
        assertThat(docker.pathExists("0".repeat(64), "/tmp")).isFalse();
    }

    @Test
    void aPublishedPortAnswersAndATakenOneFails() throws Exception {
        int port = freePort();
        containers.run(containers
                .config("published")
                .publish(8080, port)
                .command("nc", "-ll", "-p", "8080", "-e", "echo", "hello"));
        await().atMost(Duration.ofSeconds(20)).ignoreExceptions().untilAsserted(() -> {
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .isEqualTo("hello\n");
            }
        });

        String second = docker.create(containers
                .config("second")
                .publish(8080, port)
                .command("sleep", "1000")
                .build());
        assertKind(Kind.FAILED, () -> docker.start(second));
        assertThatThrownBy(() -> docker.start(second)).hasMessageContaining("port is already allocated");
    }

    @Test
    void aMissingBindSourceIsRefused() {
        assertKind(
                Kind.REFUSED,
                () -> docker.create(containers
                        .config("bind")
                        .bind("/none/such/directory", "/data", false)
                        .build()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    static void assertKind(Kind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DockerException.class,
                        e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
    }
}
