package io.mosaic.proof.rig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The processes of this host, as {@code /proc} shows them. */
public final class HostProcesses {

    private static final Path PROC = Path.of("/proc");

    private HostProcesses() {}

    /**
     * A process.
     *
     * @param command its arguments, joined by spaces
     */
    public record Found(long pid, String command) {}

    /** Processes, other than this one, of which the command line satisfies that. */
    public static List<Found> matching(Predicate<String> command) throws IOException {
        List<Found> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(PROC)) {
            for (Path entry : (Iterable<Path>) entries::iterator) {
                String name = entry.getFileName().toString();
                if (!name.chars().allMatch(Character::isDigit)
                        || Long.parseLong(name) == ProcessHandle.current().pid()) {
                    continue;
                }
                String line = commandLine(Long.parseLong(name));
                if (line != null && !line.isEmpty() && command.test(line)) {
                    found.add(new Found(Long.parseLong(name), line));
                }
            }
        }
        return found;
    }

    /** Processes of which the command line names something below that directory. */
    public static List<Found> naming(Path directory) throws IOException {
        return matching(line -> line.contains(directory + "/"));
    }

    /** Processes that name something below that directory or work in it: PostgreSQL's backends only do the latter. */
    static List<Long> livingOff(Path directory) throws IOException {
        List<Long> pids = new ArrayList<>();
        for (Found found : matching(line -> true)) {
            if (found.command().contains(directory + "/") || worksIn(found.pid(), directory)) {
                pids.add(found.pid());
            }
        }
        return pids;
    }

    private static boolean worksIn(long pid, Path directory) throws IOException {
        try {
            return Files.readSymbolicLink(PROC.resolve(pid + "/cwd")).startsWith(directory);
        } catch (AccessDeniedException e) {
            // Even root may not look at the machine's own first processes.
            return false;
        } catch (IOException e) {
            if (alive(pid)) {
                throw e;
            }
            return false;
        }
    }

    /** Null when there is no such process any more. */
    public static @Nullable String commandLine(long pid) throws IOException {
        try {
            return new String(Files.readAllBytes(PROC.resolve(pid + "/cmdline")), StandardCharsets.UTF_8)
                    .replace('\0', ' ')
                    .strip();
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            if (!Files.exists(PROC.resolve(Long.toString(pid))) || "No such process".equals(e.getMessage())) {
                return null;
            }
            throw e;
        }
    }

    /** Whether it is there and not a zombie. */
    public static boolean alive(long pid) throws IOException {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"));
            return !stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException e) {
            if ("No such process".equals(e.getMessage())) {
                return false;
            }
            throw e;
        }
    }

    /** Sends SIGSTOP: it hangs, its sockets stay open. */
    public static void freeze(long pid) throws IOException, InterruptedException {
        HostCommand.run("kill", "-STOP", Long.toString(pid));
    }

    /** Sends SIGCONT. */
    public static void thaw(long pid) throws IOException, InterruptedException {
        HostCommand.run("kill", "-CONT", Long.toString(pid));
    }

    /** Sends SIGKILL to all of them and waits until they are gone. */
    public static void kill(List<Long> pids) throws IOException, InterruptedException {
        for (long pid : pids) {
            HostCommand.attempt("kill", "-KILL", Long.toString(pid));
        }
        awaitGone(pids, Duration.ofSeconds(10));
    }

    /** @throws IOException when one of them is still there after that time */
    static void awaitGone(List<Long> pids, Duration within) throws IOException, InterruptedException {
        long end = System.nanoTime() + within.toNanos();
        for (long pid : pids) {
            while (alive(pid)) {
                if (System.nanoTime() > end) {
                    throw new IOException("process " + pid + " does not end: " + commandLine(pid));
                }
                Thread.sleep(10);
            }
        }
    }

    /** Bytes of the process in memory, pages shared with others counted in full. */
    public static long residentBytes(long pid) throws IOException {
        return kibibytes(PROC.resolve(pid + "/status"), "VmRSS:");
    }

    /** Bytes of the process in memory, each shared page divided among those that share it. */
    public static long proportionalBytes(long pid) throws IOException {
        return kibibytes(PROC.resolve(pid + "/smaps_rollup"), "Pss:");
    }

    private static long kibibytes(Path file, String key) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(key)) {
                return Long.parseLong(
                                line.substring(key.length()).replace("kB", "").strip())
                        * 1024;
            }
        }
        throw new IOException("no " + key + " in " + file);
    }

    /** Processor time that the process has taken since its start, user and system. */
    public static Duration processorTime(long pid) throws IOException {
        return processorTime(pid, 14);
    }

    /** Processor time that those children took that have ended. */
    public static Duration endedChildrenTime(long pid) throws IOException {
        return processorTime(pid, 16);
    }

    /** Fields of proc(5), counted from 1: 14 and 15 are utime and stime, 16 and 17 the same of ended children. */
    private static Duration processorTime(long pid, int field) throws IOException {
        String stat = Files.readString(PROC.resolve(pid + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        // What was cut off begins with field 3. USER_HZ is 100 on every Linux that Java runs on.
        return Duration.ofMillis((Long.parseLong(fields[field - 3]) + Long.parseLong(fields[field - 2])) * 10);
    }
}
