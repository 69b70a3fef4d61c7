package io.mosaic.proof.rig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DockerRigIT {

    private static final Map<String, ?> SLEEPER = Map.of(
            "Image", BusyBoxImage.REFERENCE, "Cmd", List.of("sleep", "100000"), "Labels", Map.of("io.mosaic.set", "x"));

    @Test
    void containersOutliveTheDaemonAndCloseLeavesNothing() throws Exception {
        DockerRig rig = DockerRig.start("rig-it");
        Path directory = rig.directory();
        try (rig) {
            String id = rig.docker().create("sleeper", SLEEPER);
            rig.docker().start(id);
            long pid = pidOf(rig, id);

            rig.kill9();
            assertThat(HostProcesses.alive(pid))
                    .as("runs on without its daemon")
                    .isTrue();
            rig.start();
            assertThat(pidOf(rig, id)).isEqualTo(pid);

            rig.restart();
            assertThat(pidOf(rig, id)).isEqualTo(pid);

            rig.sigstop();
            assertThatThrownBy(() -> rig.docker().ping(Duration.ofMillis(300)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no answer in 300 ms");
            rig.sigcont();
            rig.awaitAnswer();
            assertThat(rig.docker().containers("io.mosaic.set")).hasSize(1);
        }
        assertGone(directory);
    }

    @Test
    void closeEndsWhatAKilledDaemonLeft() throws Exception {
        DockerRig rig = DockerRig.start("rig-it");
        Path directory = rig.directory();
        String id = rig.docker().create("sleeper", SLEEPER);
        rig.docker().start(id);
        long pid = pidOf(rig, id);
        rig.kill9();
        rig.close();
        assertThat(HostProcesses.alive(pid)).isFalse();
        assertGone(directory);
    }

    private static long pidOf(DockerRig rig, String id) throws IOException {
        return rig.docker().inspect(id).path("State").path("Pid").asLong();
    }

    private static void assertGone(Path directory) throws IOException {
        assertThat(HostProcesses.naming(directory)).isEmpty();
        assertThat(HostMounts.below(directory)).isEmpty();
        assertThat(directory).doesNotExist();
    }
}
