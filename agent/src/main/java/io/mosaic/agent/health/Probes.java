package io.mosaic.agent.health;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.HealthCheck;
import io.mosaic.model.Interval;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one health check of a container, from inside its set's network.
 *
 * <p>Thread-safe; each check blocks its thread, at most for the check's timeout.
 */
public final class Probes {

    private static final Logger LOG = LoggerFactory.getLogger(Probes.class);

    /** Longer status lines are no HTTP. */
    private static final int STATUS_LINE_BYTES_MAX = 1024;

    /** Read on behind the status line so that the server sees no broken connection; the rest does not matter. */
    private static final int DRAIN_BYTES_MAX = 64 * 1024;

    private final Docker docker;

    public Probes(Docker docker) {
        this.docker = docker;
    }

    /**
     * Checks once.
     *
     * @param networkPid a process of the set's infra container, whose network the set shares
     * @param containerId the container whose file system a file is looked for in
     * @throws DockerException when a file is asked for and the daemon does not answer: that says nothing of the container
     */
    public ProbeResult check(HealthCheck check, int networkPid, String containerId) throws DockerException {
        if (check.http() != null) {
            return http(networkPid, URI.create(check.http()), check.timeout());
        }
        if (check.tcp() != null) {
            return tcp(networkPid, check.tcp(), check.timeout());
        }
        if (check.file() != null) {
            return docker.pathExists(containerId, check.file())
                    ? ProbeResult.healthy("file is there")
                    : ProbeResult.unhealthy("no file " + check.file());
        }
        return ProbeResult.unhealthy("the check names nothing to look at");
    }

    ProbeResult tcp(int pid, int port, Interval timeout) {
        Deadline deadline = new Deadline(timeout);
        try (Socket socket = connect(pid, "localhost", port, deadline)) {
            return ProbeResult.healthy("port " + port + " accepts");
        } catch (IOException e) {
            return ProbeResult.unhealthy("port " + port + ": " + words(e, timeout));
        }
    }

    ProbeResult http(int pid, URI url, Interval timeout) {
        Deadline deadline = new Deadline(timeout);
        int port = url.getPort() < 0 ? 80 : url.getPort();
        try (Socket socket = connect(pid, url.getHost(), port, deadline)) {
            socket.getOutputStream().write(request(url));
            int status = status(statusLine(socket, deadline));
            drain(socket, deadline);
            boolean healthy = status >= 200 && status < 400;
            return new ProbeResult(healthy, "HTTP " + status);
        } catch (IOException e) {
            return ProbeResult.unhealthy("port " + port + ": " + words(e, timeout));
        }
    }

    private static byte[] request(URI url) {
        String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        String text = "GET " + path + query + " HTTP/1.1\r\nHost: " + url.getRawAuthority()
                + "\r\nUser-Agent: mosaic-health\r\nAccept: */*\r\nConnection: close\r\n\r\n";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String statusLine(Socket socket, Deadline deadline) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder line = new StringBuilder();
        byte[] buffer = new byte[512];
        while (line.length() < STATUS_LINE_BYTES_MAX) {
            socket.setSoTimeout(deadline.millis());
            int count = in.read(buffer);
            if (count < 0) {
                throw new IOException(line.isEmpty() ? "closed without an answer" : "not an HTTP answer");
            }
            line.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
            int end = line.indexOf("\n");
            if (end >= 0) {
                return line.substring(0, end).strip();
            }
        }
        throw new IOException("not an HTTP answer");
    }

    private static int status(String line) throws IOException {
        if (!line.matches("HTTP/1\\.[01] [1-9][0-9][0-9]( .*)?")) {
            throw new IOException("not an HTTP answer");
        }
        return Integer.parseInt(line.substring(9, 12));
    }

    private static void drain(Socket socket, Deadline deadline) {
        byte[] buffer = new byte[4096];
        int left = DRAIN_BYTES_MAX;
        try {
            while (left > 0) {
                socket.setSoTimeout(deadline.millis());
                int count = socket.getInputStream().read(buffer);
                if (count < 0) {
                    return;
                }
                left -= count;
            }
        } catch (IOException e) {
            // A slow or broken-off body changes nothing: the status has come in time, and it is what was asked for.
            LOG.trace("the body of a health answer broke off", e);
        }
    }

    /** {@code localhost} is both loopback addresses, as it is to everyone who runs a server. */
    private static Socket connect(int pid, String host, int port, Deadline deadline) throws IOException {
        if (!host.equals("localhost")) {
            return connect(pid, InetAddress.ofLiteral(host), port, deadline);
        }
        try {
            return connect(pid, InetAddress.ofLiteral("127.0.0.1"), port, deadline);
        } catch (ConnectException first) {
            try {
                return connect(pid, InetAddress.ofLiteral("::1"), port, deadline);
            } catch (IOException second) {
                first.addSuppressed(second);
                throw first;
            }
        }
    }

    private static Socket connect(int pid, InetAddress address, int port, Deadline deadline) throws IOException {
        StandardProtocolFamily family =
                address instanceof Inet6Address ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
        Socket socket = NetworkNamespace.open(pid, family).socket();
        try {
            socket.connect(new InetSocketAddress(address, port), deadline.millis());
            return socket;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    private static String words(IOException e, Interval timeout) {
        if (e instanceof SocketTimeoutException) {
            return "no answer in " + timeout;
        }
        String message = String.valueOf(e.getMessage());
        return message.toLowerCase(Locale.ROOT).contains("refused") ? "connection refused" : message;
    }

    /** What is left of a time that began when it was made. */
    private static final class Deadline {
        private final long end;

        Deadline(Interval timeout) {
            end = System.nanoTime() + timeout.duration().toNanos();
        }

        /** At least 1, since 0 means for ever to a socket. */
        int millis() throws SocketTimeoutException {
            long left = Duration.ofNanos(end - System.nanoTime()).toMillis();
            if (left <= 0) {
                throw new SocketTimeoutException("no time left");
            }
            return (int) Math.min(left, Integer.MAX_VALUE);
        }
    }
}
