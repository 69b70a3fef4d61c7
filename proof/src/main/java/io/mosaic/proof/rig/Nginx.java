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

/** nginx with the project's own configuration, on loopback ports. */
final class Nginx implements AutoCloseable {

    private static final String PROGRAM = "/usr/sbin/nginx";

    private final Process process;
    private final int apiPort;
    private final int linkPort;

    private Nginx(Process process, int apiPort, int linkPort) {
        this.process = process;
        this.apiPort = apiPort;
        this.linkPort = linkPort;
    }

    /**
     * Starts it.
     *
     * @throws IOException when it is not installed or does not take the configuration
     */
    static Nginx start(Path directory, Credentials credentials, Path authority, List<Integer> apis, List<Integer> links)
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
                .replace("listen 8444", "listen 127.0.0.1:" + link);
        for (int i = 0; i < 3; i++) {
            String name = "c" + (i + 1) + ".example";
            config = config.replace(name + ":8443", "127.0.0.1:" + apis.get(i))
                    .replace(name + ":8444", "127.0.0.1:" + links.get(i));
        }
        Path file = directory.resolve("nginx.conf");
        Files.writeString(file, config);
        Process process = new ProcessBuilder(
                        "setsid", PROGRAM, "-p", directory.toString(), "-c", file.toString(), "-g", "daemon off;")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("nginx.out").toFile())
                .redirectInput(new File("/dev/null"))
                .start();
        if (process.waitFor(500, TimeUnit.MILLISECONDS)) {
            throw new IOException("nginx ended: " + Files.readString(directory.resolve("nginx.out")));
        }
        return new Nginx(process, api, link);
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
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
