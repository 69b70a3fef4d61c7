package io.mosaic.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A process that outlives the command that started it, known by a file that holds its pid and when it began: a pid that
 * the system gave to somebody else meanwhile is never taken for it.
 *
 * @param name for people
 * @param log what it writes is appended here
 */
record BackgroundProcess(String name, Path pidFile, Path log) {

    private static final int LOG_TAIL_LINES = 12;
    private static final Duration KILL_WAIT = Duration.ofSeconds(5);
    private static final Duration POLL = Duration.ofMillis(20);

    /** Starts it in a session of its own, so that Ctrl-C in this terminal does not reach it. */
    void start(List<String> argv) throws StepFailedException {
        List<String> detached = new ArrayList<>(List.of("setsid"));
        detached.addAll(argv);
        try {
            Files.createDirectories(pidFile.getParent());
            Files.createDirectories(log.getParent());
            ProcessBuilder builder = new ProcessBuilder(detached)
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().merge("PATH", Programs.PATH, (own, more) -> own + ":" + more);
            write(builder.start().pid());
        } catch (IOException e) {
            throw new StepFailedException(name + " could not be started: " + e.getMessage(), e);
        }
    }

    /** Takes a process that runs already for this one. */
    void adopt(ProcessHandle handle) throws StepFailedException {
        try {
            Files.createDirectories(pidFile.getParent());
            write(handle.pid());
        } catch (IOException e) {
            throw new StepFailedException("cannot write " + pidFile + ": " + e.getMessage(), e);
        }
    }

    private void write(long pid) throws IOException {
        Path next = pidFile.resolveSibling(pidFile.getFileName() + ".new");
        Files.writeString(next, pid + " " + ProcessTable.began(pid) + "\n");
        Files.move(next, pidFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** The process, if it lives. */
    Optional<ProcessHandle> find() {
        try {
            String[] parts = Files.readString(pidFile).strip().split(" ", -1);
            long pid = Long.parseLong(parts[0]);
            long began = parts.length > 1 ? Long.parseLong(parts[1]) : -1;
            return ProcessTable.alive(pid) && ProcessTable.began(pid) == began
                    ? ProcessHandle.of(pid)
                    : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            // No file, or a torn one: then it was not started, or the machine lost power and it is gone.
            return Optional.empty();
        }
    }

    boolean alive() {
        return find().isPresent();
    }

    /**
     * Asks it to end, and kills it when it does not in time; nothing happens when it does not run.
     *
     * @return whether it ran
     */
    boolean stop(Duration patience) throws StepFailedException, InterruptedException {
        Optional<ProcessHandle> found = find();
        if (found.isPresent()) {
            List<Long> pid = List.of(found.get().pid());
            found.get().destroy();
            if (!ended(pid, patience)) {
                found.get().destroyForcibly();
                if (!ended(pid, KILL_WAIT)) {
                    throw new StepFailedException(
                            name + " (pid " + found.get().pid() + ") does not end, not even when killed");
                }
            }
        }
        try {
            Files.deleteIfExists(pidFile);
        } catch (IOException e) {
            throw new StepFailedException("cannot remove " + pidFile + ": " + e.getMessage(), e);
        }
        return found.isPresent();
    }

    /** The end of its log, for an error message. */
    String logTail() {
        try {
            List<String> lines = Files.readAllLines(log);
            List<String> last = lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size());
            return "Its log (" + log + ") ends:\n  " + String.join("\n  ", last);
        } catch (IOException e) {
            return "Its log " + log + " cannot be read: " + e.getMessage();
        }
    }

    /** Waits until all have ended; false when they do not in time. A zombie, which nobody may ever reap, has ended. */
    static boolean ended(List<Long> pids, Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (pids.stream().anyMatch(ProcessTable::alive)) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Thread.sleep(POLL);
        }
        return true;
    }
}
