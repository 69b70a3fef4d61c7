package io.mosaic.cli.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /proc} tells of processes (proc(5)). A process that ends between two looks is one that is not there, and so
 * is a zombie, which a machine without a reaping init keeps for ever. Files that may not be looked at count as absent.
 */
final class ProcessTable {

    private static final Path PROC = Path.of("/proc");
    private static final String DELETED = " (deleted)";

    private ProcessTable() {}

    /** Whether it is there and not a zombie. */
    static boolean alive(long pid) {
        String[] fields = stat(pid);
        return fields != null && !fields[0].equals("Z") && !fields[0].equals("X");
    }

    /**
     * When it began, in clock ticks since boot (field 22): unlike a time of day, a corrected clock does not move it. -1 when
     * it is not there.
     */
    static long began(long pid) {
        String[] fields = stat(pid);
        return fields == null ? -1 : Long.parseLong(fields[22 - 3]);
    }

    /** Its parent's pid, -1 when it is not there. */
    static long parent(long pid) {
        String[] fields = stat(pid);
        return fields == null ? -1 : Long.parseLong(fields[4 - 3]);
    }

    /** The fields from the third, the state, on. */
    private static String @Nullable [] stat(long pid) {
        String stat = text(file(pid, "stat"));
        // The name in parentheses may hold spaces and parentheses of its own.
        return stat == null ? null : stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    }

    /** The first 15 bytes of the program's name; empty when it is not there. */
    static String name(long pid) {
        return Objects.requireNonNullElse(text(file(pid, "comm")), "").strip();
    }

    /** Its command line; empty when it is not there, or a zombie. */
    static List<String> arguments(long pid) {
        String line = text(file(pid, "cmdline"));
        return line == null || line.isEmpty() ? List.of() : Arrays.asList(line.split("\0", -1));
    }

    /** The living processes that satisfy that, lowest pid first. */
    static List<Long> matching(LongPredicate condition) throws IOException {
        List<Long> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path entry : entries) {
                long pid = Long.parseLong(entry.getFileName().toString());
                if (condition.test(pid) && alive(pid)) {
                    found.add(pid);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        found.sort(null);
        return found;
    }

    /** Whether it has that file open, the one that is there now or one of that path that was removed meanwhile. */
    static boolean opened(long pid, Path path) {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(file(pid, "fd"))) {
            for (Path descriptor : descriptors) {
                if (same(pid, descriptor, path)) {
                    return true;
                }
            }
            return false;
        } catch (IOException | DirectoryIteratorException e) {
            return false;
        }
    }

    private static boolean same(long pid, Path link, Path path) {
        try {
            String target = Files.readSymbolicLink(link).toString();
            if (target.endsWith(DELETED)) {
                return target.equals(path + DELETED) && sameView(pid);
            }
            // Only the kernel's own link leads to the open file; its text is a path in that process's view of the disk.
            return target.startsWith("/") && Files.exists(path) && Files.isSameFile(link, path);
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Whether its working directory is that one or below it, or was before it was removed.
     *
     * @param directory without symbolic links
     */
    static boolean worksIn(long pid, Path directory) {
        try {
            String target = Files.readSymbolicLink(file(pid, "cwd")).toString();
            String path = target.endsWith(DELETED) ? target.substring(0, target.length() - DELETED.length()) : target;
            // Texts: another's path may have bytes that this JVM's locale cannot name.
            return (path + "/").startsWith(directory + "/") && sameView(pid);
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether paths mean the same to it as to us: a container or a chroot may have a home of the same path. */
    private static boolean sameView(long pid) throws IOException {
        return Files.readSymbolicLink(file(pid, "ns/mnt")).equals(Files.readSymbolicLink(PROC.resolve("self/ns/mnt")))
                && Files.isSameFile(file(pid, "root"), Path.of("/"));
    }

    /**
     * The processes that hold a POSIX lock on a file of that inode number, as {@code /proc/locks} has them. Empty where the
     * system does not tell.
     */
    static List<Long> locking(long inode) {
        String locks = Objects.requireNonNullElse(text(PROC.resolve("locks")), "");
        List<Long> pids = new ArrayList<>();
        locks.lines().forEach(line -> {
            // 12: POSIX  ADVISORY  WRITE 4711 fe:00:1234567 0 EOF; a waiter's line has "->" after its number.
            String[] fields = line.strip().split("\\s+", -1);
            if (fields.length >= 8 && fields[1].equals("POSIX") && fields[5].endsWith(":" + inode)) {
                pids.add(Long.parseLong(fields[4]));
            }
        });
        return pids;
    }

    private static Path file(long pid, String name) {
        return PROC.resolve(Long.toString(pid)).resolve(name);
    }

    private static @Nullable String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return null;
        }
    }
}
