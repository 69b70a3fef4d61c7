package io.mosaic.cli.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs a program to its end, with a deadline and a bound on what is kept of its output. No shell. */
final class Programs {

    private static final int OUTPUT_BYTES_MAX = 64 * 1024;

    /** Paths of administration programs are missing from some users' PATH. */
    static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private Programs() {}

    /**
     * What a program did.
     *
     * @param output both its streams, cut at 64 KiB
     */
    record Ended(int exit, String output) {
        boolean ok() {
            return exit == 0;
        }

        /** The last line that says anything: where programs put their error. */
        String lastLine() {
            return output.lines().filter(line -> !line.isBlank()).reduce("", (a, b) -> b);
        }
    }

    static Ended run(Duration deadline, String... argv) throws StepFailedException, InterruptedException {
        return run(deadline, List.of(argv));
    }

    /** @throws StepFailedException when there is no such program, or it does not end in time */
    static Ended run(Duration deadline, List<String> argv) throws StepFailedException, InterruptedException {
        Process process;
        try {
            ProcessBuilder builder = new ProcessBuilder(argv).redirectErrorStream(true);
            builder.environment().merge("PATH", PATH, (own, more) -> own + ":" + more);
            builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
            process = builder.start();
        } catch (IOException e) {
            throw new StepFailedException(argv.getFirst() + " could not be run: " + e.getMessage(), e);
        }
        CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> read(process.getInputStream()));
        if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
            throw new StepFailedException(
                    String.join(" ", argv) + " did not end within " + deadline.toSeconds() + " s");
        }
        return new Ended(process.exitValue(), output.join());
    }

    private static String read(InputStream stream) {
        try (stream) {
            byte[] kept = stream.readNBytes(OUTPUT_BYTES_MAX);
            stream.transferTo(java.io.OutputStream.nullOutputStream());
            return new String(kept, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "(its output could not be read: " + e.getMessage() + ")";
        }
    }
}
