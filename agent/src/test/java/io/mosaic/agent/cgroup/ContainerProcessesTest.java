package io.mosaic.agent.cgroup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerProcessesTest {

    private static final String ID = "3c2e847ef9ac9d89eda2305dc43ac21c1ffb22effda10b9db7547fe3587de40d";
    private static final String OTHER = "67152297dbde343c26daf1c5444e26cc15fc88c1bd3d9b46e3251994307ca564";

    @TempDir
    private Path root;

    @Test
    void processesAreFoundByTheirCgroup() throws IOException {
        process(10, "3:memory:/docker/" + ID + "\n0::/docker/" + ID);
        process(11, "0::/system.slice/docker-" + ID + ".scope/inner");
        process(12, "3:memory:/docker/" + OTHER);
        process(13, "0::/user.slice");
        Files.createDirectories(root.resolve("proc/sys"));
        assertThat(new ContainerProcesses(root).of(ID)).containsExactlyInAnyOrder(10L, 11L);
        assertThat(new ContainerProcesses(root).of(OTHER)).containsExactly(12L);
    }

    private void process(int pid, String memberships) throws IOException {
        Path directory = Files.createDirectories(root.resolve("proc/" + pid));
        Files.writeString(directory.resolve("cgroup"), memberships + "\n");
    }
}
