package io.mosaic.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Bytes;
import io.mosaic.model.NumaNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NumaTopologyTest {

    @TempDir
    private Path root;

    private void node(int id, String cpus, String memory) throws IOException {
        Path directory = Files.createDirectories(root.resolve("sys/devices/system/node/node" + id));
        Files.writeString(directory.resolve("cpulist"), cpus + "\n");
        Files.writeString(directory.resolve("meminfo"), "Node " + id + " MemTotal:       " + memory + " kB\n");
    }

    @Test
    void readsTheNodesThatHaveProcessors() throws Exception {
        assertThat(NumaTopology.read(root)).isEmpty();
        node(1, "4-7,12", "2048");
        node(0, "0,1,2,3", "1024");
        node(2, "", "4096");
        assertThat(NumaTopology.read(root))
                .containsExactly(new NumaNode(0, "0-3", Bytes.mebi(1)), new NumaNode(1, "4-7,12", Bytes.mebi(2)));
    }

    @Test
    void whatIsNotUnderstoodIsSaid() throws Exception {
        node(0, "all of them", "1024");
        assertThatThrownBy(() -> NumaTopology.read(root))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("NUMA");
    }
}
