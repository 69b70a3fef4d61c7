package io.mosaic.cli.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Starts real daemons in directories of their own, without network and without a container. Needs root and dockerd. */
class DockerDaemonIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Path folder;
    private BackgroundProcess process;
    private StalePidFiles pidFiles;
    private DockerDaemon daemon;

    @BeforeEach
    void aDaemon() throws IOException {
        // Short, and not below the build: a unix socket's path has room for 108 bytes.
        folder = Files.createTempDirectory(Path.of("/tmp"), "mosaic-dockerd-");
        process = new BackgroundProcess("dockerd", folder.resolve("mos.pid"), folder.resolve("dockerd.log"));
        pidFiles = new StalePidFiles(folder.resolve("docker.pid"), folder.resolve("exec"));
        daemon = new DockerDaemon(
                folder.resolve("docker.sock"),
                process,
                pidFiles,
                List.of(
                        "--data-root=" + folder.resolve("data"),
                        "--exec-root=" + pidFiles.execRoot(),
                        "--pidfile=" + pidFiles.pidFile(),
                        "--bridge=none",
                        "--ip-forward=false",
                        "--iptables=false",
                        "--ip-masq=false"));
    }

    @AfterEach
    void clear() throws Exception {
        process.stop(PATIENCE);
        // Each start of a daemon mounts its data folder onto itself; one that was killed leaves that, and what the
        // kernel
        // still takes down of its processes keeps it busy for a moment.
        Path data = folder.resolve("data");
        await().atMost(PATIENCE).until(() -> {
            Programs.run(PATIENCE, "umount", data.toString());
            return !Files.readString(Path.of("/proc/self/mounts")).contains(" " + data + " ");
        });
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void startsAgainAfterAKillWhoseFilesNameAStranger() throws Exception {
        assertThat(daemon.start()).startsWith("started dockerd");
        kill();
        String stranger = Long.toString(ProcessHandle.current().pid());
        Files.writeString(pidFiles.pidFile(), stranger);
        Files.writeString(containerdPid(), stranger);

        assertThat(daemon.start()).startsWith("started dockerd");
        assertThat(Files.readString(containerdPid())).isNotEqualTo(stranger);
    }

    @Test
    void startsAgainAfterAKillWhoseContainerdIsAZombie() throws Exception {
        assertThat(daemon.start()).startsWith("started dockerd");
        kill();
        // Nobody reaps it while its parent sleeps, as nobody reaps a killed daemon's children without an init that
        // does.
        Process parent = new ProcessBuilder("sh", "-c", "sh -c 'echo $$' & exec sleep 120").start();
        try {
            String zombie = parent.inputReader().readLine();
            assertThat(zombie).isNotNull();
            assertThat(BackgroundProcess.ended(List.of(Long.parseLong(zombie)), PATIENCE))
                    .isTrue();
            assertThat(Path.of("/proc", zombie)).exists();
            Files.writeString(pidFiles.pidFile(), zombie);
            Files.writeString(containerdPid(), zombie);

            assertThat(daemon.start()).startsWith("started dockerd");
            assertThat(Files.readString(containerdPid())).isNotEqualTo(zombie);
        } finally {
            parent.destroyForcibly().waitFor();
        }
    }

    @Test
    void whatRunsKeepsItsFiles() throws Exception {
        daemon.start();
        String dockerd = Files.readString(pidFiles.pidFile());
        String containerd = Files.readString(containerdPid());
        pidFiles.remove();
        assertThat(pidFiles.pidFile()).hasContent(dockerd);
        assertThat(containerdPid()).hasContent(containerd);
    }

    private Path containerdPid() {
        return pidFiles.execRoot().resolve("containerd").resolve("containerd.pid");
    }

    private void kill() throws InterruptedException {
        ProcessHandle dockerd = process.find().orElseThrow();
        dockerd.destroyForcibly();
        assertThat(BackgroundProcess.ended(List.of(dockerd.pid()), PATIENCE)).isTrue();
    }
}
