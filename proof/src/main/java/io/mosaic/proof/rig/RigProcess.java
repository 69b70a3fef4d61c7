package io.mosaic.proof.rig;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A program in a process of its own, which can be ended, killed, frozen and started again; its output goes to one log file
 * over all its starts. It may run inside the namespaces of a {@link HostRig}.
 *
 * <p>Thread-safe.
 */
public class RigProcess implements AutoCloseable {

    private static final Duration STOP_DEADLINE = Duration.ofSeconds(30);
    private static final Duration ENTER_DEADLINE = Duration.ofSeconds(10);

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path directory;
    private final LogFile log;
    /** The command that enters a host's namespaces at this moment; null for this machine's own. */
    private final @Nullable Supplier<List<String>> inside;

    private @Nullable Process process;
    /** Of the program itself, in this machine's numbers: {@code process} may only be what entered the namespaces for it. */
    private long pid;

    private int starts;

    /**
     * Starts nothing yet.
     *
     * @param directory where it works and its log is
     */
    RigProcess(String name, List<String> command, Map<String, String> environment, Path directory) {
        this(name, command, environment, directory, null);
    }

    RigProcess(
            String name,
            List<String> command,
            Map<String, String> environment,
            Path directory,
            @Nullable Supplier<List<String>> inside) {
        this.name = name;
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
        this.directory = directory;
        this.log = new LogFile(directory.resolve(name + ".log"));
        this.inside = inside;
    }

    /** Starts it; nothing happens when it runs. */
    public synchronized void start() throws IOException {
        if (alive()) {
            return;
        }
        Files.writeString(
                log.path(),
                "=== start " + ++starts + " of " + name + "\n",
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        // A session of its own, so that Ctrl-C in a terminal reaches only the one who ends the parts in order.
        List<String> all = new ArrayList<>(List.of("setsid"));
        if (inside != null) {
            all.addAll(inside.get());
        }
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.path().toFile()));
        // By its working directory a later run knows what this one left, should it be killed.
        builder.directory(directory.toFile());
        builder.environment().putAll(environment);
        Process started = builder.start();
        process = started;
        pid = inside == null ? started.pid() : childOf(started);
    }

    /** Who enters a process namespace stays outside itself: the program is its child. */
    private long childOf(Process entering) throws IOException {
        long end = System.nanoTime() + ENTER_DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            var child = entering.toHandle().children().findFirst();
            if (child.isPresent()) {
                return child.get().pid();
            }
            if (!entering.isAlive()) {
                throw new IOException(name + " ended with " + entering.exitValue() + " at its start\n" + quoteLog());
            }
            Thread.onSpinWait();
        }
        throw new IOException(name + " did not enter its host");
    }

    /**
     * Ends it in order (SIGTERM) and returns its exit code.
     *
     * @throws IOException when it does not end in 30 s; then it is killed
     */
    public synchronized int stop() throws IOException, InterruptedException {
        Process current = required();
        if (alive()) {
            thaw();
            HostCommand.attempt("kill", "-TERM", Long.toString(pid));
        }
        if (!current.waitFor(STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
            kill9();
            throw new IOException(name + " did not end in " + STOP_DEADLINE.toSeconds() + " s\n" + quoteLog());
        }
        return current.exitValue();
    }

    public synchronized void kill9() throws IOException, InterruptedException {
        Process current = required();
        if (current.isAlive()) {
            HostCommand.attempt("kill", "-KILL", Long.toString(pid));
            thawEntering();
        }
        current.waitFor();
    }

    public synchronized void sigstop() throws IOException, InterruptedException {
        required();
        HostProcesses.freeze(pid);
    }

    public synchronized void sigcont() throws IOException, InterruptedException {
        required();
        if (alive()) {
            thaw();
        }
    }

    private void thaw() throws IOException, InterruptedException {
        HostProcesses.thaw(pid);
        thawEntering();
    }

    /** nsenter stops itself when its child is stopped, and reaps nothing until it goes on. */
    void thawEntering() throws IOException, InterruptedException {
        Process current = process;
        if (inside != null && current != null && current.isAlive()) {
            HostCommand.attempt("kill", "-CONT", Long.toString(current.pid()));
        }
    }

    public synchronized boolean alive() throws IOException {
        return process != null && process.isAlive() && HostProcesses.alive(pid);
    }

    /** In this machine's numbers. */
    public synchronized long pid() {
        required();
        return pid;
    }

    public String name() {
        return name;
    }

    /** Keeps its output in the report directory and quotes a few lines of it, for the message of a failure. */
    public String quoteLog() throws IOException {
        return log.quote();
    }

    /** Its whole output so far. */
    public String output() throws IOException {
        return Files.exists(log.path()) ? Files.readString(log.path()) : "";
    }

    /** Ends it if it runs, by force if it must be. */
    @Override
    public synchronized void close() throws IOException, InterruptedException {
        if (alive()) {
            stop();
        }
    }

    private Process required() {
        if (process == null) {
            throw new IllegalStateException(name + " was not started");
        }
        return process;
    }
}
