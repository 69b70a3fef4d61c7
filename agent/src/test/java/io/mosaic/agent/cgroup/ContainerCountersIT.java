package io.mosaic.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosaic.agent.docker.Docker.Limits;
import io.mosaic.agent.docker.DockerClient;
import io.mosaic.agent.docker.DockerDaemon;
import io.mosaic.agent.docker.TestContainers;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the kernel counts of real containers, in whichever version of cgroups the machine has. */
class ContainerCountersIT {

    private final ContainerCounters counters = new ContainerCounters(Path.of("/"));
    private DockerClient docker;
    private TestContainers containers;

    @BeforeEach
    void begin() throws Exception {
        docker = DockerDaemon.shared().client();
        containers = new TestContainers(docker);
    }

    @AfterEach
    void clean() throws Exception {
        containers.close();
        docker.close();
    }

    private String run(String name, String... command) throws Exception {
        return containers.run(containers.config(name).command(command).limits(new Limits(50_000, 512, 64L << 20, "0")));
    }

    @Test
    void aContainerThatBurnsIsToldFromOneThatSleeps() throws Exception {
        String idle = run("idle", "sleep", "1000");
        String busy = run("busy", "dd", "if=/dev/zero", "of=/dev/null");
        int idlePid = docker.inspect(idle).pid();
        int busyPid = docker.inspect(busy).pid();

        long before = counters.read(busyPid, busy).cpuNanos();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> counters.read(busyPid, busy).cpuNanos() - before > 100_000_000);
        ContainerCounters.Counters sleeping = counters.read(idlePid, idle);
        assertThat(sleeping.cpuNanos())
                .isPositive()
                .isLessThan(counters.read(busyPid, busy).cpuNanos());
        assertThat(sleeping.memoryBytes()).isBetween(1L, 64L << 20);
        assertThat(sleeping.diskBytes()).isNotNegative();
        assertThat(counters.networkBytes(idlePid)).isNotNegative();
    }

    @Test
    void aProcessThatIsNotTheContainersIsRefused() throws Exception {
        String id = run("other", "sleep", "1000");
        int own = Math.toIntExact(ProcessHandle.current().pid());
        assertThatThrownBy(() -> counters.read(own, id)).isInstanceOf(IOException.class);
        int pid = docker.inspect(id).pid();
        counters.read(pid, id);
        docker.kill(id);
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            try {
                counters.read(pid, id);
                return false;
            } catch (IOException e) {
                return true;
            }
        });
    }
}
