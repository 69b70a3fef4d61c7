package io.mosaic.agent.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machine's BusyBox as an image. */
class BusyBoxImageIT {

    private static final Path BUSYBOX = Path.of("/bin/busybox");

    @TempDir
    private Path directory;

    @Test
    void isTheSameEachTimeAndRuns() throws Exception {
        assertThat(BusyBoxImage.tar(BUSYBOX)).isEqualTo(BusyBoxImage.tar(BUSYBOX));
        try (DockerClient docker = DockerDaemon.shared().client();
                TestContainers containers = new TestContainers(docker)) {
            String id = BusyBoxImage.ensure(docker, "mosaic/infra-test:1", BUSYBOX);
            assertThat(BusyBoxImage.ensure(docker, "mosaic/infra-test:1", BUSYBOX))
                    .isEqualTo(id);

            String container = containers.run(containers
                    .config("box")
                    .image("mosaic/infra-test:1")
                    .user("65534")
                    .command("sleep", "1000"));
            String look = "id -un; touch /tmp/x; stat -c %a /tmp; readlink /bin/ls; test -L /bin/busybox || echo file";
            assertThat(containers.output(container, "sh", "-c", look)).isEqualTo("nobody\n1777\nbusybox\nfile\n");
        }
    }

    @Test
    void saysWhatToInstall() throws IOException {
        Path script = Files.writeString(directory.resolve("busybox"), "#!/bin/sh\necho sh\n");

        assertThatThrownBy(() -> BusyBoxImage.tar(directory.resolve("none"))).hasMessageContaining("busybox-static");
        assertThatThrownBy(() -> BusyBoxImage.tar(script)).hasMessageContaining("busybox-static");
        assertThatThrownBy(() -> BusyBoxImage.tar(Path.of("/usr/bin/env")))
                .hasMessageContaining("not a static program");
    }
}
