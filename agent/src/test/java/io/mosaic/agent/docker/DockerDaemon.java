package io.mosaic.agent.docker;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.CommandResult;
import io.mosaic.kit.command.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A real dockerd of the tests' own, with its own directories and bridge, beside any that runs on the machine. Fails,
 * saying what is missing, where it cannot run.
 *
 * <p>{@link #shared()} is one for all tests of a JVM that do it no harm; it goes when the JVM does.
 */
public final class DockerDaemon implements AutoCloseable {

    /** What containers in tests are made of. */
    public static final String IMAGE = "mosaic/test:1";

    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final Duration COMMAND = Duration.ofSeconds(30);
    private static @Nullable DockerDaemon shared;
    private static int count;

    private final Path directory;
    private final String bridge;
    private final int number;
    private Process process;

    private DockerDaemon() throws IOException, DockerException {
        synchronized (DockerDaemon.class) {
            number = ++count;
        }
        directory = Files.createTempDirectory(Path.of("/tmp"), "mosd");
        bridge = "mt" + ProcessHandle.current().pid() + "x" + number;
        addBridge();
        process = launch();
        awaitUp();
        try (DockerClient client = client()) {
            BusyBoxImage.ensure(client, IMAGE, Path.of("/bin/busybox"));
        }
    }

    /** One of its own, for tests that stop or kill it. */
    public static DockerDaemon start() {
        try {
            return new DockerDaemon();
        } catch (IOException | DockerException e) {
            throw new AssertionError("these tests need root and dockerd (apt-get install docker.io): " + e, e);
        }
    }

    public static synchronized DockerDaemon shared() {
        if (shared == null) {
            DockerDaemon started = start();
            Runtime.getRuntime().addShutdownHook(new Thread(started::close));
            shared = started;
        }
        return shared;
    }

    public Path socket() {
        return directory.resolve("docker.sock");
    }

    public Path directory() {
        return directory;
    }

    public DockerClient client() {
        return new DockerClient(socket());
    }

    /** SIGSTOP, SIGCONT, SIGKILL ... by name. */
    public void signal(String name) {
        run("kill", "-" + name, Long.toString(process.pid()));
    }

    /** Ends the daemon; its containers run on. */
    public void stop() {
        process.destroy();
        awaitExit();
    }

    /** Kills the daemon; its containers run on. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** Starts it again on the same directories. */
    public void restart() {
        try {
            Files.deleteIfExists(directory.resolve("docker.pid"));
            forgetDeadContainerd();
            process = launch();
            awaitUp();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** dockerd takes a dead containerd that nobody has reaped yet for a living one, and waits for it in vain. */
    private void forgetDeadContainerd() throws IOException {
        Path pidFile = directory.resolve("exec/containerd/containerd.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        Path stat = Path.of("/proc", Files.readString(pidFile).strip(), "stat");
        long end = System.nanoTime() + STOP.toNanos();
        while (Files.exists(stat) && !Files.readString(stat).contains(") Z ")) {
            if (System.nanoTime() > end) {
                throw new AssertionError("containerd outlives its dockerd");
            }
            sleep();
        }
        Files.delete(pidFile);
    }

    private Process launch() throws IOException {
        List<String> command = new ArrayList<>(List.of("dockerd", "--live-restore"));
        command.addAll(List.of("--data-root", directory.resolve("data").toString()));
        command.addAll(List.of("--exec-root", directory.resolve("exec").toString()));
        command.addAll(List.of("--pidfile", directory.resolve("docker.pid").toString()));
        command.addAll(List.of("-H", "unix://" + socket()));
        command.addAll(List.of("--bridge", bridge, "--iptables=false", "--ip-masq=false", "--ip-forward=false"));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("log").toFile()))
                .start();
    }

    private void awaitUp() throws IOException {
        long end = System.nanoTime() + START.toNanos();
        try (DockerClient client = client()) {
            while (true) {
                try {
                    client.ping(Duration.ofSeconds(2));
                    return;
                } catch (DockerException e) {
                    if (!process.isAlive() || System.nanoTime() > end) {
                        throw new AssertionError(
                                "dockerd does not start:\n" + Files.readString(directory.resolve("log")), e);
                    }
                }
                sleep();
            }
        }
    }

    private void addBridge() {
        long pid = ProcessHandle.current().pid();
        String address = "10." + (200 + pid % 50) + "." + (pid / 50 % 25 * 10 + number % 10) + ".1/24";
        run("ip", "link", "add", bridge, "type", "bridge");
        run("ip", "addr", "add", address, "dev", bridge);
        run("ip", "link", "set", bridge, "up");
    }

    private void awaitExit() {
        try {
            if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Removes its containers, stops it, and removes all that it left on the machine. */
    @Override
    public void close() {
        try (DockerClient client = client()) {
            if (!process.isAlive()) {
                restart();
            }
            signal("CONT");
            for (Docker.ContainerSummary container : client.list("io.mosaic.set")) {
                client.remove(container.id());
            }
        } catch (IOException | DockerException e) {
            throw new AssertionError("the test's containers could not be removed", e);
        } finally {
            stop();
            run("ip", "link", "del", bridge);
            unmountBelow();
            delete();
        }
    }

    /** With live restore dockerd leaves its own mounts behind. */
    private void unmountBelow() {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
            mounts.map(line -> line.split(" ", -1)[4])
                    .filter(target -> target.startsWith(directory + "/"))
                    .sorted((a, b) -> b.compareTo(a))
                    .forEach(target -> run("umount", "-l", target));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void delete() {
        run("rm", "-rf", "--one-file-system", directory.toString());
    }

    private static void sleep() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    private static CommandResult run(String... command) {
        try {
            return Commands.run(COMMAND, command);
        } catch (CommandException e) {
            throw new AssertionError(String.join(" ", command) + ": " + e.getMessage(), e);
        }
    }
}
