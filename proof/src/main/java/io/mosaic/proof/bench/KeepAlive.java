package io.mosaic.proof.bench;

import io.mosaic.proof.rig.ControllerRig;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * One HTTPS or HTTP connection that is kept, with as little work for each call as can be: the load generator shares the machine
 * with what it measures. Speaks HTTP/1.1 as this server answers it. Used by one thread.
 */
final class KeepAlive implements AutoCloseable {

    private static final int BUFFER_BYTES = 8 * 1024;
    private static final int LINE_BYTES_MAX = 16 * 1024;

    private final String head;
    private final Socket socket;
    private final OutputStream out;
    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int from;
    private int to;

    private KeepAlive(Socket socket, String head) throws IOException {
        this.socket = socket;
        this.head = head;
        this.out = socket.getOutputStream();
        this.in = socket.getInputStream();
    }

    /** Opens connections to one server as its administrator. */
    static final class Opener {
        private final SSLContext tls;
        private final URI server;
        private final String head;

        Opener(ControllerRig rig) throws IOException, GeneralSecurityException {
            this.server = rig.server();
            this.head = "Host: " + server.getAuthority() + "\r\nAuthorization: Bearer " + rig.adminToken() + "\r\n";
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            try (InputStream pem = Files.newInputStream(rig.authority())) {
                trusted.setCertificateEntry(
                        "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            tls = SSLContext.getInstance("TLS");
            tls.init(null, managers.getTrustManagers(), null);
        }

        KeepAlive open() throws IOException {
            SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(server.getHost(), server.getPort());
            socket.setTcpNoDelay(true);
            return new KeepAlive(socket, head);
        }
    }

    /**
     * Opens one to a port of loopback, without TLS.
     *
     * @param headers further ones of each call, each with its end of line
     */
    static KeepAlive plain(int port, String headers) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        return new KeepAlive(socket, "Host: 127.0.0.1:" + port + "\r\n" + headers);
    }

    /** Gets a body of announced length, reads it whole and returns the status. */
    int getWhole(String path) throws IOException {
        out.write(("GET " + path + " HTTP/1.1\r\n" + head + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return answer();
    }

    /** Posts JSON, reads the whole answer and returns its status. */
    int post(String path, byte[] json) throws IOException {
        byte[] top = ("POST " + path + " HTTP/1.1\r\n" + head + "Content-Type: application/json\r\nContent-Length: "
                        + json.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[top.length + json.length];
        System.arraycopy(top, 0, all, 0, top.length);
        System.arraycopy(json, 0, all, top.length, json.length);
        out.write(all);
        out.flush();
        return answer();
    }

    /** Deletes, reads the whole answer and returns its status. */
    int delete(String path) throws IOException {
        out.write(("DELETE " + path + " HTTP/1.1\r\n" + head + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
        return answer();
    }

    /** Sends a GET and returns the status; the body is read by {@link #line} or {@link #skipChunks}. */
    int get(String path) throws IOException {
        out.write(("GET " + path + " HTTP/1.1\r\n" + head + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
        int status = status(line());
        String header = line();
        while (!header.isEmpty()) {
            header = line();
        }
        return status;
    }

    private int answer() throws IOException {
        int status = status(line());
        int length = 0;
        for (String header = line(); !header.isEmpty(); header = line()) {
            if (header.regionMatches(true, 0, "content-length:", 0, 15)) {
                length = Integer.parseInt(header.substring(15).strip());
            }
        }
        skip(length);
        return status;
    }

    /** Reads a chunked body to its end and returns its length in bytes. */
    long skipChunks() throws IOException {
        long total = 0;
        while (true) {
            int size = Integer.parseInt(line().strip(), 16);
            skip(size);
            line();
            if (size == 0) {
                return total;
            }
            total += size;
        }
    }

    private void skip(int length) throws IOException {
        int left = length;
        while (left > 0) {
            fill();
            int some = Math.min(left, to - from);
            from += some;
            left -= some;
        }
    }

    /** Sees to it that there is something in the buffer. */
    private void fill() throws IOException {
        if (from == to) {
            from = 0;
            to = Math.max(0, in.read(buffer));
            if (to == 0) {
                throw new IOException("the server closed the connection");
            }
        }
    }

    /** The next line, without its end. */
    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            fill();
            int end = from;
            while (end < to && buffer[end] != '\n') {
                end++;
            }
            line.append(new String(buffer, from, end - from, StandardCharsets.ISO_8859_1));
            boolean ended = end < to;
            from = ended ? end + 1 : end;
            if (ended) {
                int length = line.length();
                return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
            }
            if (line.length() > LINE_BYTES_MAX) {
                throw new IOException("a line without end");
            }
        }
    }

    private static int status(String line) throws IOException {
        String[] words = line.split(" ", 3);
        if (words.length < 2 || !words[0].startsWith("HTTP/1.1")) {
            throw new IOException("not an answer: " + line);
        }
        return Integer.parseInt(words[1]);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
