package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Bytes;
import io.mosaic.model.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The repository as a process of its own, which can be killed. What it keeps is below the home. */
public final class KillableImages implements AutoCloseable {

    private static final Pattern SERVED = Pattern.compile("images served at http://127\\.0\\.0\\.1:(\\d+)");

    private final Process process;
    private final RegistryClient client;

    KillableImages(ClusterFixture cluster, Path home, String token) throws IOException {
        this(cluster.config(null, Bytes.mebi(64)), home, token);
    }

    /** One of that configuration; returns when it serves. */
    public KillableImages(ImagesConfig settings, Path home, String token) throws IOException {
        Path config = home.resolve("images.json");
        Files.write(config, Json.bytes(settings));
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx256m",
                // It lives for seconds: its start is most of what it costs.
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "io.mosaic.images.Main",
                "--config",
                config.toString());
        builder.environment().put("MOS_HOME", home.toString());
        process = builder.redirectErrorStream(true).start();
        client = new RegistryClient(port(process.inputReader()), token);
    }

    private static int port(BufferedReader output) throws IOException {
        StringBuilder all = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            all.append(line).append('\n');
            Matcher served = SERVED.matcher(line);
            if (served.find()) {
                Thread.ofVirtual().start(() -> drain(output));
                return Integer.parseInt(served.group(1));
            }
        }
        throw new AssertionError("it does not start:\n" + all);
    }

    /** A process whose output nobody reads stands still when the pipe is full. */
    private static void drain(BufferedReader output) {
        try (output) {
            while (output.readLine() != null) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            // It ended.
            return;
        }
    }

    public RegistryClient client() {
        return client;
    }

    /** As kill -9 does. */
    public void kill() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    /** Stops it in order. */
    @Override
    public void close() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }
}
