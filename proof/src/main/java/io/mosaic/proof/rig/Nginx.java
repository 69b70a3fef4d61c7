package io.mosaic.proof.rig;

import io.mosaic.kit.tls.Credentials;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** nginx with the project's own configuration, on loopback ports. Thread-safe. */
public final class Nginx implements AutoCloseable {

    private static final String PROGRAM = "/usr/sbin/nginx";

    private final Path directory;
    private final int apiPort;
    private final int linkPort;
    private @Nullable Process process;

    private Nginx(Path directory, int apiPort, int linkPort) {
        this.directory = directory;
        this.apiPort = apiPort;
        this.linkPort = linkPort;
    }

    /**
     * Starts it.
     *
     * @param apis {@code host:port} of each controller for users
     * @param links the same for agents
     * @throws IOException when it is not installed or does not take the configuration
     */
    static Nginx start(Path directory, Credentials credentials, Path authority, List<String> apis, List<String> links)
            throws IOException, InterruptedException {
        if (!Files.isExecutable(Path.of(PROGRAM))) {
            throw new IOException("nginx is missing: apt-get install nginx-light libnginx-mod-stream");
        }
        int api = FreePorts.next();
        int link = FreePorts.next();
        Path certificate = directory.resolve("nginx.pem");
        Path key = directory.resolve("nginx.key");
        try {
            Files.writeString(certificate, credentials.chainPem());
        } catch (CertificateException e) {
            throw new IOException(e);
        }
        Files.createFile(key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(key, credentials.keyPem());
        String config = Files.readString(template())
                .replace("/run/mosaic/nginx.pid", directory.resolve("nginx.pid").toString())
                .replace(
                        "/var/log/nginx/mosaic.log",
                        directory.resolve("error.log").toString())
                .replace("/etc/mosaic/nginx.pem", certificate.toString())
                .replace("/etc/mosaic/nginx.key", key.toString())
                .replace("/etc/mosaic/ca.pem", authority.toString())
                .replace("listen 8443", "listen 127.0.0.1:" + api)
                .replace("listen 8444", "listen 127.0.0.1:" + link)
                // Rigs have no image repository: nobody listens where it would be.
                .replace("listen 8445", "listen 127.0.0.1:" + FreePorts.next())
                .replace("images.example:8445", "127.0.0.1:" + FreePorts.next());
        for (int i = 0; i < 3; i++) {
            String name = "c" + (i + 1) + ".example";
            config = config.replace(name + ":8443", apis.get(i)).replace(name + ":8444", links.get(i));
        }
        Files.writeString(directory.resolve("nginx.conf"), config);
        Nginx nginx = new Nginx(directory, api, link);
        nginx.start();
        return nginx;
    }

    /** Starts it again, on the same ports; nothing happens when it runs. */
    public synchronized void start() throws IOException, InterruptedException {
        if (process != null && process.isAlive()) {
            return;
        }
        Path output = directory.resolve("nginx.out");
        Process started = new ProcessBuilder(
                        "setsid",
                        PROGRAM,
                        "-p",
                        directory.toString(),
                        "-c",
                        directory.resolve("nginx.conf").toString(),
                        "-g",
                        "daemon off;")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(new File("/dev/null"))
                .start();
        process = started;
        if (started.waitFor(500, TimeUnit.MILLISECONDS)) {
            throw new IOException("nginx ended: " + Files.readString(output));
        }
    }

    /** Kills it whole: a worker that outlives its master goes on serving. */
    public synchronized void kill9() throws IOException, InterruptedException {
        HostProcesses.kill(pids());
    }

    /** Freezes it: its ports accept connections, and nobody answers. */
    public synchronized void sigstop() throws IOException, InterruptedException {
        for (long pid : pids()) {
            HostProcesses.freeze(pid);
        }
    }

    public synchronized void sigcont() throws IOException, InterruptedException {
        for (long pid : pids()) {
            HostProcesses.thaw(pid);
        }
    }

    /** Master first, so that it starts no worker anew. */
    private List<Long> pids() {
        Process current = process;
        if (current == null || !current.isAlive()) {
            return List.of();
        }
        return Stream.concat(Stream.of(current.toHandle()), current.descendants())
                .map(ProcessHandle::pid)
                .toList();
    }

    /** In the project's folder, from wherever the tests run. */
    private static Path template() throws IOException {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            Path file = at.resolve("dist/nginx/mosaic.conf");
            if (Files.exists(file)) {
                return file;
            }
        }
        throw new IOException(
                "dist/nginx/mosaic.conf is not found from " + Path.of("").toAbsolutePath());
    }

    int apiPort() {
        return apiPort;
    }

    int linkPort() {
        return linkPort;
    }

    @Override
    public synchronized void close() throws IOException, InterruptedException {
        Process current = process;
        if (current != null && current.isAlive()) {
            sigcont();
            current.destroy();
            if (!current.waitFor(10, TimeUnit.SECONDS)) {
                kill9();
            }
        }
    }
}
