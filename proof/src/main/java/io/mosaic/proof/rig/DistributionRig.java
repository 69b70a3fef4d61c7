package io.mosaic.proof.rig;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Debian's {@code docker-registry} with its content in files below {@code /tmp}, on loopback and without any authentication. */
public final class DistributionRig implements AutoCloseable {

    private static final String PROGRAM = "docker-registry";
    private static final Duration READY_DEADLINE = Duration.ofSeconds(20);
    private static final long POLL_MILLIS = 50;

    private final Path directory;
    private final int port;
    private final RigProcess process;

    private DistributionRig(Path directory, int port, RigProcess process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    /** Starts one and waits until it listens. */
    public static DistributionRig start(String name) throws IOException, InterruptedException {
        Path directory = RigDirectory.create(name);
        int port = FreePorts.next();
        Path config = directory.resolve("config.yml");
        Files.writeString(config, """
                version: 0.1
                log:
                  level: error
                  accesslog:
                    disabled: true
                storage:
                  filesystem:
                    rootdirectory: %s
                  delete:
                    enabled: true
                http:
                  addr: 127.0.0.1:%d
                """.formatted(directory.resolve("content"), port));
        RigProcess process =
                new RigProcess("docker-registry", List.of(PROGRAM, "serve", config.toString()), Map.of(), directory);
        DistributionRig rig = new DistributionRig(directory, port, process);
        process.start();
        rig.awaitListening();
        return rig;
    }

    private void awaitListening() throws IOException, InterruptedException {
        long end = System.nanoTime() + READY_DEADLINE.toNanos();
        while (true) {
            try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (IOException e) {
                if (!process.alive() || System.nanoTime() > end) {
                    throw new IOException("docker-registry does not start\n" + process.quoteLog(), e);
                }
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    public int port() {
        return port;
    }

    public Duration processorTime() throws IOException {
        return HostProcesses.processorTime(process.pid());
    }

    /** Deletes all content; it keeps nothing of it in memory. Nobody may be calling it. */
    public void clear() throws IOException {
        RigDirectory.delete(directory.resolve("content"));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.close();
        RigDirectory.clear(directory);
    }
}
