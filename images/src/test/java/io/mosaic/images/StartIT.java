package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process' start when the database is not as it should be, and its stop meanwhile. */
class StartIT {

    @TempDir
    private Path home;

    private ClusterFixture cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = new ClusterFixture();
    }

    @AfterEach
    void stop() throws Exception {
        cluster.close();
    }

    private Process process(String url, Path password) throws IOException {
        Path config = home.resolve("images.json");
        Files.write(
                config,
                Json.bytes(Map.of(
                        "api", Map.of("port", 0),
                        "database", Map.of("url", url, "user", "mosaic", "passwordFile", password.toString()))));
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.mosaic.images.Main",
                "--config",
                config.toString());
        builder.environment().put("MOS_HOME", home.toString());
        return builder.redirectErrorStream(true).start();
    }

    private static String until(Process process, String word) throws IOException {
        BufferedReader output = process.inputReader();
        StringBuilder all = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            all.append(line).append('\n');
            if (line.contains(word)) {
                return line;
            }
        }
        throw new AssertionError("it did not say '" + word + "':\n" + all);
    }

    private static String nowhere() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "jdbc:postgresql://127.0.0.1:" + socket.getLocalPort() + "/mosaic";
        }
    }

    @Test
    void waitsForADatabaseThatIsAwayAndStopsCleanlyMeanwhile() throws Exception {
        Process process = process(nowhere(), cluster.passwordFile());
        try {
            assertThat(until(process, "the start waits")).contains("the database does not answer");
            process.toHandle().destroy();
            until(process, "stopped");
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void doesNotWaitForADatabaseThatRefusesIt() throws Exception {
        Path wrong = Files.writeString(home.resolve("password"), "wrong\n");
        Process process = process(cluster.settings().url(), wrong);
        try {
            assertThat(until(process, "mosaic images:")).contains("the database refuses the user or password");
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
        } finally {
            process.destroyForcibly();
        }
    }
}
