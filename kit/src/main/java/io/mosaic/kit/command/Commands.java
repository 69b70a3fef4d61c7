package io.mosaic.kit.command;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program to its end. It gets its arguments as they are (no shell reads them), an empty standard input, the
 * root directory as its working directory, and of the environment nothing but a fixed {@code PATH} and
 * {@code LC_ALL=C}, so that what it prints can be read by programs.
 *
 * <p>Thread-safe.
 */
public final class Commands {

    /** More than any program prints that we read; what comes after it is read and dropped. */
    public static final int CAPTURE_BYTES_MAX = 1 << 20;

    /** The usual places, {@code sbin} too: a daemon started by hand may not have it in its own path. */
    private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /** How long a dead program's output may stay open, since what it left running may hold the pipe for ever. */
    private static final Duration DRAIN = Duration.ofSeconds(1);

    /** 2 is ENOENT, which the JDK tells in its message alone. */
    private static final Pattern ABSENT = Pattern.compile("error[:=] ?2\\b");

    private Commands() {}

    /**
     * Runs the command, which must exit with 0.
     *
     * @param deadline from now; past it the command and all that it started are killed
     * @param argv the program, by name or path, and its arguments
     * @throws CommandException when there is no such program, it takes too long, or exits with another code
     */
    public static CommandResult run(Duration deadline, String... argv) throws CommandException {
        CommandResult result = tryRun(deadline, argv);
        if (!result.ok()) {
            String complaint = result.complaint();
            throw new CommandException(
                    CommandException.Kind.FAILED,
                    argv[0] + " exited with " + result.exit() + (complaint.isEmpty() ? "" : ": " + complaint));
        }
        return result;
    }

    /**
     * Runs the command and returns however it exits.
     *
     * @param deadline from now; past it the command and all that it started are killed
     * @param argv the program, by name or path, and its arguments
     * @throws CommandException when there is no such program, it cannot be started or takes too long
     */
    public static CommandResult tryRun(Duration deadline, String... argv) throws CommandException {
        Process process = start(argv);
        try (Capture out = new Capture(process.getInputStream(), argv[0]);
                Capture err = new Capture(process.getErrorStream(), argv[0])) {
            if (!process.waitFor(deadline.toNanos(), TimeUnit.NANOSECONDS)) {
                kill(process);
                throw new CommandException(
                        CommandException.Kind.TIMEOUT,
                        argv[0] + " did not end within " + deadline.toMillis() + " ms and was killed"
                                + (err.text().isBlank()
                                        ? ""
                                        : ": " + err.text().lines().findFirst().orElse("")));
            }
            return new CommandResult(process.exitValue(), out.text(), err.text());
        } catch (InterruptedException e) {
            kill(process);
            Thread.currentThread().interrupt();
            throw new CommandException(CommandException.Kind.FAILED, argv[0] + " was interrupted", e);
        }
    }

    private static Process start(String... argv) throws CommandException {
        ProcessBuilder builder =
                new ProcessBuilder(argv).directory(Path.of("/").toFile()).redirectInput(new File("/dev/null"));
        minimal(builder.environment());
        try {
            return builder.start();
        } catch (IOException e) {
            boolean absent = ABSENT.matcher(String.valueOf(e.getMessage())).find();
            throw new CommandException(
                    absent ? CommandException.Kind.NOT_FOUND : CommandException.Kind.FAILED,
                    absent ? argv[0] + ": no such program" : argv[0] + " could not be started: " + e.getMessage(),
                    e);
        }
    }

    /** Leaves in that environment of a process to be nothing but what every program may know. */
    public static void minimal(Map<String, String> environment) {
        environment.clear();
        environment.put("PATH", PATH);
        environment.put("LC_ALL", "C");
    }

    private static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /**
     * Reads one of a process's outputs to its end on a thread of its own, so that the process never blocks on a full
     * pipe. A platform thread: reading a pipe would pin a virtual one's carrier.
     */
    private static final class Capture implements AutoCloseable {
        private final InputStream stream;
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
        private final Thread reader;
        private volatile @Nullable IOException fault;

        Capture(InputStream stream, String program) {
            this.stream = stream;
            this.reader =
                    Thread.ofPlatform().daemon().name("output of " + program).start(this::read);
        }

        private void read() {
            byte[] buffer = new byte[8192];
            try {
                for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                    synchronized (kept) {
                        kept.write(buffer, 0, Math.min(n, CAPTURE_BYTES_MAX - kept.size()));
                    }
                }
            } catch (IOException e) {
                // The process is dead and the stream closed below it, or nothing can be read: what was kept stands.
                fault = e;
            }
        }

        String text() throws InterruptedException {
            boolean ended = reader.join(DRAIN);
            IOException seen = fault;
            synchronized (kept) {
                if (ended && seen != null && kept.size() == 0) {
                    return "output not readable: " + seen.getMessage();
                }
                return kept.toString(StandardCharsets.UTF_8);
            }
        }

        @Override
        public void close() {
            if (!reader.isAlive()) {
                try {
                    stream.close();
                } catch (IOException e) {
                    fault = e;
                }
            }
            // Else something that the program left running holds the pipe: its reader ends when that does.
        }
    }
}
