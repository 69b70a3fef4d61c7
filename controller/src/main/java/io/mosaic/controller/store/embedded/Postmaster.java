package io.mosaic.controller.store.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The server process of a data directory, as {@code postmaster.pid} names it and {@code /proc} confirms it: a pid alone
 * may be another program's by now.
 *
 * @param pid of the first process, which starts all others
 * @param port on loopback
 */
record Postmaster(long pid, int port) {
    /** Lines of postmaster.pid, from PostgreSQL's miscadmin.h (LOCK_FILE_LINE_*), counted from 0. */
    private static final int LINE_PID = 0;

    private static final int LINE_PORT = 3;
    private static final Path PROC = Path.of("/proc");

    /** What the kernel calls a process by, whatever the server makes of its command line. */
    private static final String PROGRAM = "postgres";

    /** The server that runs in that data directory, if one does. */
    static Optional<Postmaster> running(Path data) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(data.resolve("postmaster.pid"));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        if (lines.size() <= LINE_PORT) {
            return Optional.empty();
        }
        try {
            long pid = Long.parseLong(lines.get(LINE_PID).strip());
            int port = Integer.parseInt(lines.get(LINE_PORT).strip());
            return belongs(pid, data) ? Optional.of(new Postmaster(pid, port)) : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** All PostgreSQL processes of that data directory, with or without a postmaster. */
    static List<Long> processes(Path data) throws IOException {
        try (Stream<Path> entries = Files.list(PROC)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.chars().allMatch(Character::isDigit))
                    .map(Long::valueOf)
                    .filter(pid -> belongs(pid, data))
                    .toList();
        }
    }

    /** Whether it is alive and still the server of that data directory. */
    boolean alive(Path data) {
        return belongs(pid, data);
    }

    /**
     * By name and working directory. A process that ends gives its program back first, then its memory, shared memory too,
     * and its working directory after that (do_exit of Linux): as long as it has the last, no other server may start. A zombie
     * has none, so it does not count.
     */
    private static boolean belongs(long pid, Path data) {
        Path process = PROC.resolve(Long.toString(pid));
        try {
            return Files.readString(process.resolve("comm")).strip().equals(PROGRAM)
                    && Files.readSymbolicLink(process.resolve("cwd")).equals(data);
        } catch (IOException e) {
            // Gone, or another user's: not ours in either case.
            return false;
        }
    }
}
