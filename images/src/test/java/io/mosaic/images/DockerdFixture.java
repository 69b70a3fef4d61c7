package io.mosaic.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** A real docker daemon of a test's own, without a bridge; needs root. */
final class DockerdFixture implements AutoCloseable {

    private static final Duration COMMAND = Duration.ofMinutes(2);

    private final Path directory;
    private final Process process;

    /** @param more options of dockerd */
    DockerdFixture(String... more) throws Exception {
        // A socket's path may have 107 characters only.
        directory = Files.createTempDirectory(Path.of("/tmp"), "mosi");
        List<String> line = new ArrayList<>(List.of(
                "dockerd",
                "--data-root=" + directory.resolve("data"),
                "--exec-root=" + directory.resolve("exec"),
                "--pidfile=" + directory.resolve("docker.pid"),
                "--host=unix://" + socket(),
                "--bridge=none",
                "--iptables=false",
                "--ip-forward=false",
                "--log-level=warn"));
        line.addAll(List.of(more));
        process = new ProcessBuilder(line)
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

    /** An image of several layers of 1.5 MB, made without a registry; says its id. */
    String build(String name, int layers, long seed) throws IOException, CommandException {
        Path context = Files.createTempDirectory(directory, "context");
        StringBuilder file = new StringBuilder("FROM scratch\n");
        for (int i = 0; i < layers; i++) {
            byte[] content = new byte[1_500_000];
            new Random(seed + i).nextBytes(content);
            Files.write(context.resolve("f" + i), content);
            file.append("COPY f").append(i).append(" /f").append(i).append('\n');
        }
        Files.writeString(context.resolve("Dockerfile"), file);
        run("build", "-q", "-t", name, context.toString());
        return id(name);
    }

    String id(String name) throws CommandException {
        return run("image", "inspect", "-f", "{{.Id}}", name).strip();
    }

    /** @param good whether it must do well */
    static CommandResult skopeo(boolean good, String... arguments) throws CommandException {
        List<String> line = new ArrayList<>(List.of("skopeo"));
        line.addAll(List.of(arguments));
        CommandResult result = Commands.tryRun(COMMAND, line.toArray(String[]::new));
        assertThat(result.ok() || !good)
                .as("%s: %s %s", line, result.out(), result.err())
                .isTrue();
        return result;
    }

    @Override
    public void close() throws Exception {
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        Commands.run(COMMAND, "rm", "-rf", "--one-file-system", directory.toString());
    }
}
