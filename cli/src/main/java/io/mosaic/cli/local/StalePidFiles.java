package io.mosaic.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Pid files that a killed dockerd left. It refuses to start while a process of the pid in its own file exists, and takes
 * the pid in its containerd's file for a containerd that still runs if only a signal could be sent to it; so a zombie,
 * which a machine without a reaping init keeps for ever, or a stranger who got that pid since keeps the daemon from
 * starting. Both files are thus removed before a start, unless they tell of what they should. The test rig in {@code
 * proof} does the same for its daemons.
 *
 * @param pidFile of dockerd
 * @param execRoot its {@code --exec-root}
 */
record StalePidFiles(Path pidFile, Path execRoot) {

    /** Removes those that are stale. */
    void remove() throws StepFailedException {
        Path containerd = execRoot.resolve("containerd");
        remove(pidFile, pid -> ProcessTable.name(pid).equals("dockerd"));
        remove(containerd.resolve("containerd.pid"), pid -> isContainerdOf(pid, containerd));
    }

    /** The system's own containerd may have got the pid: ours is the one started with the daemon's configuration. */
    private static boolean isContainerdOf(long pid, Path folder) {
        List<String> arguments = ProcessTable.arguments(pid);
        return ProcessTable.name(pid).equals("containerd")
                && arguments.stream()
                        .anyMatch(argument ->
                                argument.endsWith("/containerd.toml") && sameFolder(Path.of(argument), folder));
    }

    private static boolean sameFolder(Path config, Path folder) {
        try {
            Path parent = config.getParent();
            return parent != null && Files.isSameFile(parent, folder);
        } catch (IOException e) {
            return false;
        }
    }

    private static void remove(Path file, LongPredicate expected) throws StepFailedException {
        try {
            Long pid = Files.exists(file) ? pid(Files.readString(file).strip()) : null;
            if (pid == null || !ProcessTable.alive(pid) || !expected.test(pid)) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new StepFailedException("cannot remove the stale " + file + ": " + e.getMessage(), e);
        }
    }

    private static @Nullable Long pid(String text) {
        return text.matches("[0-9]{1,18}") ? Long.valueOf(text) : null;
    }
}
