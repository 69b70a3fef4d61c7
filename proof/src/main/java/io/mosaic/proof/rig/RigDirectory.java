package io.mosaic.proof.rig;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Directories of rigs. All lie below one, so that whatever a rig leaves can be told from the rest of the machine by its
 * path; the name begins with this process's id, so that two test runs do not meet.
 */
final class RigDirectory {

    /** Short: a unix socket's path must fit in 108 bytes, and containerd puts sockets deep below it. */
    static final Path ROOT = Path.of("/tmp/mosaic-proof");

    /** File in a rig's directory that holds the name of its network interface and cgroup tree, if it has them. */
    static final String BRIDGE = "bridge";

    private static final AtomicInteger NEXT = new AtomicInteger(1);

    private RigDirectory() {}

    /**
     * Removes what runs before this one left because they were killed: processes, mounts, loop devices, bridges, cgroups
     * and files below directories whose owner no longer lives.
     */
    private static void sweep() throws IOException, InterruptedException {
        try (Stream<Path> rigs = Files.list(ROOT)) {
            for (Path rig : (Iterable<Path>) rigs::iterator) {
                String name = rig.getFileName().toString();
                if (!name.matches("[0-9]{1,18}-.*")) {
                    continue;
                }
                if (!HostProcesses.alive(Long.parseLong(name.substring(0, name.indexOf('-'))))) {
                    clear(rig);
                }
            }
        }
    }

    /** Ends what runs from it, unmounts what is mounted below it, and deletes it. */
    static void clear(Path rig) throws IOException, InterruptedException {
        Path bridgeName = rig.resolve(BRIDGE);
        String bridge = Files.exists(bridgeName) ? Files.readString(bridgeName) : "";
        // A shim ends only after its container did; what it starts again in between goes in the next round.
        for (int round = 0; round < 3; round++) {
            List<Long> pids = new ArrayList<>(HostProcesses.livingOff(rig));
            if (!bridge.isEmpty()) {
                pids.addAll(Cgroups.pidsIn(bridge));
            }
            HostProcesses.kill(pids);
        }
        HostMounts.unmountBelow(rig);
        HostMounts.detachLoopDevicesOn(rig);
        if (!bridge.isEmpty()) {
            RigBridge.delete(bridge);
            Cgroups.remove(bridge);
        }
        delete(rig);
    }

    /** A fresh directory that other users may enter: PostgreSQL runs as one. */
    static synchronized Path create(String name) throws IOException, InterruptedException {
        var open = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectories(ROOT, open);
        sweep();
        return Files.createDirectory(
                ROOT.resolve(ProcessHandle.current().pid() + "-" + NEXT.getAndIncrement() + "-" + name), open);
    }

    /** Removes it and all in it; symbolic links are removed, not followed. */
    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path each, @Nullable IOException fault) throws IOException {
                if (fault != null) {
                    throw fault;
                }
                Files.deleteIfExists(each);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
