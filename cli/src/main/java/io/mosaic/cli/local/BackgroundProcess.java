package io.mosaic.cli.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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
            Process process = builder.start();
            Path next = pidFile.resolveSibling(pidFile.getFileName() + ".new");
            Files.writeString(next, process.pid() + " " + began(process.toHandle()) + "\n");
            Files.move(next, pidFile, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new StepFailedException(name + " could not be started: " + e.getMessage(), e);
        }
    }

    /** The process, if it lives. */
    Optional<ProcessHandle> find() {
        try {
            String[] parts = Files.readString(pidFile).strip().split(" ", -1);
            long pid = Long.parseLong(parts[0]);
            long began = parts.length > 1 ? Long.parseLong(parts[1]) : -1;
            return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(handle -> began(handle) == began);
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
            found.get().destroy();
            if (!ended(found.get(), patience)) {
                found.get().destroyForcibly();
                if (!ended(found.get(), KILL_WAIT)) {
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

    private static boolean ended(ProcessHandle handle, Duration patience) throws InterruptedException {
        try {
            handle.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            return !handle.isAlive();
        }
    }

    /**
     * When it began, in clock ticks since boot (field 22 of {@code /proc/PID/stat}, proc(5)): unlike a time of day, a
     * corrected clock does not move it.
     */
    private static long began(ProcessHandle handle) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(handle.pid()), "stat"));
            // The name in parentheses may hold spaces and parentheses of its own.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Long.parseLong(fields[22 - 3]);
        } catch (IOException | NumberFormatException e) {
            // It ended between the two looks.
            return -1;
        }
    }
}
