package io.mosaic.agent.cgroup;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The processes of a container, found by its cgroup rather than by asking Docker.
 *
 * <p>Thread-safe.
 */
public final class ContainerProcesses {

    /** With systemd's cgroup driver; with the other the id stands alone. */
    private static final String DOCKER_SCOPE = "docker-";

    private final Path root;

    /** @param root of the file system that holds {@code proc} */
    public ContainerProcesses(Path root) {
        this.root = root;
    }

    /** Pids of the processes in the container's cgroup or below it. */
    public List<Long> of(String containerId) throws IOException {
        List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(root.resolve("proc"), "[0-9]*")) {
            for (Path process : processes) {
                if (in(process, containerId)) {
                    pids.add(Long.valueOf(process.getFileName().toString()));
                }
            }
        }
        return pids;
    }

    /** Kills all of them. */
    public void end(String containerId) throws IOException {
        for (long pid : of(containerId)) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    private static boolean in(Path process, String containerId) throws IOException {
        try {
            String memberships = Files.readString(process.resolve("cgroup"), StandardCharsets.UTF_8);
            return memberships.contains("/" + containerId)
                    || memberships.contains("/" + DOCKER_SCOPE + containerId + ".scope");
        } catch (IOException e) {
            if (!Files.exists(process)) {
                return false;
            }
            throw e;
        }
    }
}
