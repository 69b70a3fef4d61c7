package io.mosaic.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerClient;
import io.mosaic.agent.docker.DockerDaemon;
import io.mosaic.agent.docker.TestContainers;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What this machine's kernel says of real containers. */
class OomKillsIT {

    private static final Docker.Limits SMALL = new Docker.Limits(0, 0, 32L << 20, null);

    @Test
    void tellsWhomTheKernelKilledFromWhomSomebodyElseKilled() throws Exception {
        OomKills kills = new OomKills();
        try (DockerClient docker = DockerDaemon.shared().client();
                TestContainers containers = new TestContainers(docker)) {
            String greedy = containers.run(containers
                    .config("greedy")
                    .command("dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=10")
                    .limits(SMALL));
            String killed = containers.run(
                    containers.config("killed").command("sleep", "1000").limits(SMALL));
            docker.kill(killed);
            for (String id : new String[] {greedy, killed}) {
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> !docker.inspect(id).running());
                assertThat(docker.inspect(id).exitCode()).isEqualTo(137);
                assertThat(kills.killed(id, docker.inspect(id).finished())).isEqualTo(id.equals(greedy));
            }
        }
    }
}
