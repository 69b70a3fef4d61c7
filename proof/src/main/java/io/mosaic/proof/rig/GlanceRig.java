package io.mosaic.proof.rig;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Debian's {@code glance-api} with its content in files and its records in SQLite below {@code /tmp}, on loopback and without any
 * authentication; else as it is by itself.
 */
public final class GlanceRig implements AutoCloseable {

    private static final Duration READY_DEADLINE = Duration.ofSeconds(60);
    private static final long POLL_MILLIS = 100;

    private final Path directory;
    private final int port;
    private final RigProcess process;

    private GlanceRig(Path directory, int port, RigProcess process) {
        this.directory = directory;
        this.port = port;
        this.process = process;
    }

    /** Prepares its database, starts it and waits until it listens. */
    public static GlanceRig start(String name) throws IOException, InterruptedException {
        Path directory = RigDirectory.create(name);
        Path content = Files.createDirectories(directory.resolve("content"));
        int port = FreePorts.next();
        Path config = directory.resolve("glance-api.conf");
        Files.writeString(config, """
                [DEFAULT]
                bind_host = 127.0.0.1
                bind_port = %d
                [database]
                connection = sqlite:///%s
                [glance_store]
                stores = file
                default_store = file
                filesystem_store_datadir = %s
                [paste_deploy]
                config_file = /etc/glance/glance-api-paste.ini
                flavor =
                """.formatted(port, directory.resolve("glance.sqlite"), content));
        HostCommand.run("glance-manage", "--config-file", config.toString(), "db_sync");
        RigProcess process = new RigProcess(
                "glance-api", List.of("glance-api", "--config-file", config.toString()), Map.of(), directory);
        GlanceRig rig = new GlanceRig(directory, port, process);
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
                    throw new IOException("glance-api does not start\n" + process.quoteLog(), e);
                }
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    public int port() {
        return port;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        process.close();
        RigDirectory.clear(directory);
    }
}
