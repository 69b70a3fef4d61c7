package io.mosaic.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.agent.docker.Docker.Limits;
import io.mosaic.agent.docker.DockerClient;
import io.mosaic.agent.docker.DockerDaemon;
import io.mosaic.agent.docker.TestContainers;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CostProbeIT {
    @Test
    void cost() throws Exception {
        ContainerCounters counters = new ContainerCounters(Path.of("/"));
        try (DockerClient docker = DockerDaemon.shared().client();
                TestContainers containers = new TestContainers(docker)) {
            String id = containers.run(containers
                    .config("probe")
                    .command("sleep", "1000")
                    .limits(new Limits(50_000, 512, 64L << 20, "0")));
            int pid = docker.inspect(id).pid();
            for (int round = 0; round < 6; round++) {
                long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
                for (int i = 0; i < 5000; i++) {
                    assertThat(counters.read(pid, id).cpuNanos()).isPositive();
                    counters.networkBytes(pid);
                }
                long spent = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
                System.out.println("COST " + spent / 5000.0 / 1000.0 + " us a measurement, "
                        + 100.0 * spent / 5000.0 / 5e9 + "% of a core at every 5 s");
            }
        }
    }
}
