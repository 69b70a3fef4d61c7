package io.mosaic.proof.rig;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Directories of rigs. All lie below one, so that whatever a rig leaves can be told from the rest of the machine by its
 * path; the name begins with this process's id, so that two test runs do not meet.
 */
final class RigDirectory {

    /** Short: a unix socket's path must fit in 108 bytes, and containerd puts sockets deep below it. */
    static final Path ROOT = Path.of("/tmp/mosaic-proof");

    private static final AtomicInteger NEXT = new AtomicInteger(1);

    private RigDirectory() {}

    /** A fresh directory that other users may enter: PostgreSQL runs as one. */
    static Path create(String name) throws IOException {
        var open = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.createDirectories(ROOT, open);
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
