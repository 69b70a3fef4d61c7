package io.mosaic.proof.rig;

import io.mosaic.kit.tls.Credentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Debian's {@code docker-registry} with its content in files below {@code /tmp}, and without any authentication. */
public final class DistributionRig implements AutoCloseable {

    private static final String PROGRAM = "docker-registry";
    private static final Duration READY_DEADLINE = Duration.ofSeconds(20);
    private static final long POLL_MILLIS = 50;

    private final Path directory;
    private final String address;
    private final int port;
    private final RigProcess process;

    private DistributionRig(Path directory, String address, int port, RigProcess process) {
        this.directory = directory;
        this.address = address;
        this.port = port;
        this.process = process;
    }

    /** Starts one on loopback and waits until it listens. */
    public static DistributionRig start(String name) throws IOException, InterruptedException {
        return start(name, InetAddress.getLoopbackAddress().getHostAddress(), null);
    }

    /**
     * The same at that address of this machine.
     *
     * @param credentials that it shows; absent: it is not encrypted
     */
    public static DistributionRig start(String name, String address, @Nullable Credentials credentials)
            throws IOException, InterruptedException {
        Path directory = RigDirectory.create(name);
        int port = FreePorts.next();
        Path config = directory.resolve("config.yml");
        Files.writeString(
                config, """
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
                  addr: %s:%d
                """.formatted(directory.resolve("content"), address, port) + tls(directory, credentials));
        RigProcess process =
                new RigProcess("docker-registry", List.of(PROGRAM, "serve", config.toString()), Map.of(), directory);
        DistributionRig rig = new DistributionRig(directory, address, port, process);
        process.start();
        rig.awaitListening();
        return rig;
    }

    private static String tls(Path directory, @Nullable Credentials credentials) throws IOException {
        if (credentials == null) {
            return "";
        }
        Path certificate = directory.resolve("server.pem");
        Path key = directory.resolve("server.key");
        try {
            Files.writeString(certificate, credentials.chainPem());
        } catch (CertificateException e) {
            throw new IOException(e);
        }
        Files.writeString(key, credentials.keyPem());
        return """
                  tls:
                    certificate: %s
                    key: %s
                """.formatted(certificate, key);
    }

    private void awaitListening() throws IOException, InterruptedException {
        long end = System.nanoTime() + READY_DEADLINE.toNanos();
        while (true) {
            try (Socket _ = new Socket(address, port)) {
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
