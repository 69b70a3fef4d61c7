package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A real docker daemon of a test's own, without a bridge; needs root. */
final class DockerdFixture implements AutoCloseable {

    private static final Duration COMMAND = Duration.ofMinutes(2);

    private final Path directory;
    private final Process process;

    DockerdFixture() throws Exception {
        // A socket's path may have 107 characters only.
        directory = Files.createTempDirectory(Path.of("/tmp"), "mosi");
        process = new ProcessBuilder(
                        "dockerd",
                        "--data-root=" + directory.resolve("data"),
                        "--exec-root=" + directory.resolve("exec"),
                        "--pidfile=" + directory.resolve("docker.pid"),
                        "--host=unix://" + socket(),
                        "--bridge=none",
                        "--iptables=false",
                        "--ip-forward=false",
                        "--log-level=warn")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        for (int i = 0; i < 600 && !tryRun("version").ok(); i++) {
            assertThat(process.isAlive())
                    .as(Files.readString(directory.resolve("log")))
                    .isTrue();
            Thread.sleep(100);
        }
    }

    Path socket() {
        return directory.resolve("docker.sock");
    }

    CommandResult tryRun(String... arguments) throws CommandException {
        List<String> line =
                new ArrayList<>(List.of("docker", "-H", "unix://" + socket(), "--config", directory + "/config"));
        line.addAll(List.of(arguments));
        return Commands.tryRun(COMMAND, line.toArray(String[]::new));
    }

    /** What the command says; it must do well. */
    String run(String... arguments) throws CommandException {
        CommandResult result = tryRun(arguments);
        assertThat(result.ok())
                .as("%s: %s %s", List.of(arguments), result.out(), result.err())
                .isTrue();
        return result.out();
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        Commands.run(COMMAND, "rm", "-rf", "--one-file-system", directory.toString());
    }
}
