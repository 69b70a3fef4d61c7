package io.mosaic.agent.docker;

import static io.mosaic.agent.docker.DockerClientIT.assertKind;
import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.agent.docker.Docker.EventStream;
import io.mosaic.agent.docker.DockerException.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A daemon that hangs, dies and comes back. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class DockerFaultsIT {

    @Test
    void hangsDiesAndComesBack() throws Exception {
        try (DockerDaemon daemon = DockerDaemon.start();
                DockerClient docker = daemon.client();
                TestContainers containers = new TestContainers(docker)) {
            String id = containers.run(containers.config("survivor").command("sleep", "1000"));
            int pid = docker.inspect(id).pid();

            daemon.signal("STOP");
            assertKind(Kind.TIMEOUT, () -> docker.ping(Duration.ofMillis(300)));
            assertKind(Kind.TIMEOUT, () -> docker.inspect(id));
            daemon.signal("CONT");
            assertThat(docker.inspect(id).pid()).isEqualTo(pid);

            try (EventStream events = docker.events("io.mosaic.set")) {
                daemon.kill();
                assertKind(Kind.UNREACHABLE, events::next);
            }
            assertKind(Kind.UNREACHABLE, () -> docker.ping(Duration.ofSeconds(5)));
            assertKind(Kind.UNREACHABLE, () -> docker.inspect(id));
            daemon.restart();
            assertThat(docker.inspect(id).pid())
                    .as("the container ran on, the client connects anew")
                    .isEqualTo(pid);
            assertThat(docker.list("io.mosaic.set")).hasSize(1);

            daemon.stop();
            daemon.restart();
            assertThat(docker.inspect(id).running())
                    .as("kept connections to the old daemon do no harm")
                    .isTrue();
        }
    }

    @Test
    void noSocketIsUnreachable() throws Exception {
        try (DockerClient docker = new DockerClient(Path.of("/tmp/none-such.sock"))) {
            assertKind(Kind.UNREACHABLE, docker::info);
        }
    }
}
