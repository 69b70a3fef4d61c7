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
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A Java program in a process of its own, on this JVM's class path. It can be ended, killed, frozen and started again;
 * its output goes to one log file over all its starts.
 */
public final class JavaProcess implements AutoCloseable {

    private static final Duration STOP_DEADLINE = Duration.ofSeconds(30);

    private final String name;
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path directory;
    private final LogFile log;
    private @Nullable Process process;
    private int starts;

    /**
     * Starts nothing yet.
     *
     * @param jvmOptions such as {@code -Xmx256m}
     * @param directory where it works and its log is
     */
    JavaProcess(
            String name,
            List<String> jvmOptions,
            String mainClass,
            List<String> arguments,
            Map<String, String> environment,
            Path directory) {
        this.name = name;
        this.environment = environment;
        this.directory = directory;
        this.log = new LogFile(directory.resolve(name + ".log"));
        // A session of its own, so that Ctrl-C in a terminal reaches only the one who ends the parts in order.
        List<String> all = new ArrayList<>(List.of("setsid", java()));
        all.addAll(jvmOptions);
        all.addAll(List.of("-cp", classPath(), mainClass));
        all.addAll(arguments);
        this.command = List.copyOf(all);
    }

    /** The program of the JDK that runs this. */
    public static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** This JVM's class path, its entries absolute: the process works in another directory. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Starts it; nothing happens when it runs. */
    public void start() throws IOException {
        if (alive()) {
            return;
        }
        Files.writeString(
                log.path(),
                "=== start " + ++starts + " of " + name + "\n",
                StandardCharsets.UTF_8,
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.path().toFile()));
        // By its working directory a later run knows what this one left, should it be killed.
        builder.directory(directory.toFile());
        builder.environment().putAll(environment);
        process = builder.start();
    }

    /**
     * Ends it in order (SIGTERM) and returns its exit code.
     *
     * @throws IOException when it does not end in 30 s; then it is killed
     */
    public int stop() throws IOException, InterruptedException {
        Process current = required();
        if (current.isAlive()) {
            HostProcesses.thaw(current.pid());
        }
        current.destroy();
        if (!current.waitFor(STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
            current.destroyForcibly().waitFor();
            throw new IOException(name + " did not end in " + STOP_DEADLINE.toSeconds() + " s\n" + quoteLog());
        }
        return current.exitValue();
    }

    public void kill9() throws InterruptedException {
        required().destroyForcibly().waitFor();
    }

    public void sigstop() throws IOException, InterruptedException {
        HostProcesses.freeze(pid());
    }

    public void sigcont() throws IOException, InterruptedException {
        HostProcesses.thaw(pid());
    }

    public boolean alive() {
        return process != null && process.isAlive();
    }

    public long pid() {
        return required().pid();
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
    public void close() throws IOException, InterruptedException {
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
