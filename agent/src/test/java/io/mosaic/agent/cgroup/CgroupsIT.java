package io.mosaic.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.agent.docker.Docker.Limits;
import io.mosaic.agent.docker.DockerClient;
import io.mosaic.agent.docker.DockerDaemon;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.docker.TestContainers;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The cgroup of a real container, in whichever version the machine has. */
class CgroupsIT {

    private static final Limits FIRST = new Limits(50_000, 512, 64L << 20, "0");

    private final Cgroups cgroups = new Cgroups(Path.of("/"));
    private DockerClient docker;
    private TestContainers containers;
    private String id;
    private int pid;

    @BeforeEach
    void run() throws Exception {
        docker = DockerDaemon.shared().client();
        containers = new TestContainers(docker);
        id = containers.run(
                containers.config("limited").command("sleep", "1000").limits(FIRST));
        pid = docker.inspect(id).pid();
    }

    @AfterEach
    void clean() throws DockerException, IOException {
        containers.close();
        docker.close();
    }

    @Test
    void readsWhatDockerSet() throws Exception {
        Limits read = cgroups.read(pid, id);

        assertThat(read.cpuQuotaMicros()).isEqualTo(50_000);
        assertThat(read.memoryBytes()).isEqualTo(64L << 20);
        assertThat(read.cpusetCpus()).isEqualTo("0");
        assertThat(cgroups.holds(pid, id, FIRST)).isTrue();
        assertThat(cgroups.holds(pid, id, new Limits(50_000, 1024, 64L << 20, "0")))
                .isFalse();
    }

    @Test
    void writesUpAndDown() throws Exception {
        for (Limits limits :
                new Limits[] {new Limits(20_000, 2048, 128L << 20, "0"), new Limits(70_000, 100, 32L << 20, "0"), FIRST
                }) {
            cgroups.apply(pid, id, limits);
            assertThat(cgroups.holds(pid, id, limits)).isTrue();
        }
    }

    @Test
    void seesWhatSomebodyElseChanged() throws Exception {
        docker.update(id, new Limits(10_000, 512, 48L << 20, null));

        assertThat(cgroups.holds(pid, id, FIRST)).isFalse();
        cgroups.apply(pid, id, FIRST);
        assertThat(cgroups.holds(pid, id, FIRST)).isTrue();
    }

    @Test
    void anUnlimitedContainerReadsAsZero() throws Exception {
        String free = containers.run(containers.config("free").command("sleep", "1000"));

        Limits read = cgroups.read(docker.inspect(free).pid(), free);

        assertThat(read.cpuQuotaMicros()).isZero();
        assertThat(read.memoryBytes()).isZero();
    }

    @Test
    void touchesNoGroupOfSomethingElse() {
        int own = (int) ProcessHandle.current().pid();
        assertThatThrownBy(() -> cgroups.apply(own, id, FIRST))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not in a cgroup of container");
        assertThatThrownBy(() -> cgroups.read(pid, "f".repeat(64)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not in a cgroup of container");
        assertThatThrownBy(() -> cgroups.read(pid, "/")).isInstanceOf(IOException.class);
    }
}
