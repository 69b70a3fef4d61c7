package io.mosaic.proof.rig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a command of the host: an argument array, never a shell line, and always with a deadline. */
public final class HostCommand {

    private static final Duration DEADLINE = Duration.ofSeconds(30);

    private HostCommand() {}

    /**
     * What a command left.
     *
     * @param output stdout and stderr together
     */
    public record Outcome(int code, String output) {}

    /**
     * Returns what the command wrote.
     *
     * @throws IOException when it cannot be run, does not end in 30 s, or ends with a code other than 0
     */
    public static String run(String... command) throws IOException, InterruptedException {
        Outcome outcome = attempt(command);
        if (outcome.code() != 0) {
            throw new IOException(List.of(command) + " ended with code " + outcome.code() + ": "
                    + outcome.output().strip());
        }
        return outcome.output();
    }

    /**
     * Runs the command, whatever code it ends with.
     *
     * @throws IOException when it cannot be run or does not end in 30 s
     */
    public static Outcome attempt(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("mosaic-proof-", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            process.getOutputStream().close();
            if (!process.waitFor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IOException(List.of(command) + " did not end in " + DEADLINE.toSeconds() + " s");
            }
            return new Outcome(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(output);
        }
    }
}
