package io.mosaic.cli.image;

import io.mosaic.model.Names;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * The local docker daemon, as far as images go in and out of it. It speaks HTTP/1.0: an answer ends with its connection, and needs no
 * more to be read. Thread-safe.
 */
public final class DockerSocket {
    private static final String UNIX = "unix://";
    private static final int HEAD_MAX = 16 << 10;
    private static final int ERROR_MAX = 4 << 10;
    private static final int ANSWER_MAX = 1 << 20;

    private final Path socket;

    public DockerSocket(Path socket) {
        this.socket = socket;
    }

    /** The one that docker's own command would call. */
    public static DockerSocket of(Map<String, String> environment) throws ImageFault {
        String host = environment.getOrDefault("DOCKER_HOST", "");
        if (host.isEmpty()) {
            return new DockerSocket(Path.of("/var/run/docker.sock"));
        }
        if (!host.startsWith(UNIX)) {
            throw new ImageFault("only a daemon of this machine is spoken to, and DOCKER_HOST is " + host);
        }
        return new DockerSocket(Path.of(host.substring(UNIX.length())));
    }

    /** Writes an image as {@code docker save} does. */
    public void save(String name, Path file) throws IOException {
        if (!Names.validImage(name)) {
            throw new ImageFault("not the name of an image: " + name);
        }
        try (SocketChannel channel = connect();
                OutputStream out = Files.newOutputStream(file)) {
            head(channel, "GET /images/" + name + "/get HTTP/1.0\r\nHost: docker\r\n\r\n");
            answer(channel, "docker has no image that it can save as " + name).transferTo(out);
        }
    }

    /** Takes an image in as {@code docker load} does; says what the daemon says. */
    public String load(Path archive) throws IOException {
        try (SocketChannel channel = connect()) {
            head(
                    channel,
                    "POST /images/load?quiet=1 HTTP/1.0\r\nHost: docker\r\nContent-Type: application/x-tar\r\nContent-Length: "
                            + Files.size(archive) + "\r\n\r\n");
            Files.copy(archive, Channels.newOutputStream(channel));
            String said = new String(
                    answer(channel, "docker did not take the image").readNBytes(ANSWER_MAX), StandardCharsets.UTF_8);
            if (said.contains("\"errorDetail\"")) {
                throw new ImageFault("docker did not take the image: " + said.strip());
            }
            return said;
        }
    }

    private SocketChannel connect() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw new ImageFault("no docker daemon answers at " + socket + " (" + e.getMessage() + ")", e);
        }
    }

    private static void head(SocketChannel channel, String head) throws IOException {
        Channels.newOutputStream(channel).write(head.getBytes(StandardCharsets.US_ASCII));
    }

    /** The body of a good answer. */
    private static InputStream answer(SocketChannel channel, String failed) throws IOException {
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int one = in.read();
            if (one < 0 || head.length() > HEAD_MAX) {
                throw new ImageFault(failed + ": its answer is not HTTP");
            }
            head.append((char) one);
        }
        if (!head.toString().matches("(?s)HTTP/1\\.[01] 200 .*")) {
            String why = new String(in.readNBytes(ERROR_MAX), StandardCharsets.UTF_8).strip();
            throw new ImageFault(failed + ": " + why);
        }
        return in;
    }
}
