package io.mosaic.kit.unix;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An HTTP/1.1 client over a unix socket. Each call has a deadline after which its connection is closed under it and it
 * throws {@link SocketTimeoutException}; a few connections are kept for the next calls.
 *
 * <p>A call is sent a second time only when a kept connection turned out to be closed, and then only when no byte of it
 * went out, or when it is idempotent and no byte of an answer came.
 *
 * <p>Thread-safe; made for virtual threads, of which each call blocks its own.
 */
public final class UnixHttpClient implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(UnixHttpClient.class);

    /** Enough for a list of some thousand containers; an answer past it is a fault. */
    private static final int ANSWER_BYTES_MAX = 32 * 1024 * 1024;

    /** A refusal to stream is told in a sentence. */
    private static final int REFUSAL_BYTES_MAX = 64 * 1024;

    private static final int CHUNK_BYTES = 32 * 1024;
    private static final Duration IDLE_MAX = Duration.ofSeconds(60);

    private final Path socket;
    private final String authority;
    private final int keptMax;
    private final Deque<UnixConnection> kept = new ArrayDeque<>();
    private boolean closed;

    /**
     * @param authority what the Host header says
     * @param keptMax how many idle connections are kept
     */
    public UnixHttpClient(Path socket, String authority, int keptMax) {
        this.socket = socket;
        this.authority = authority;
        this.keptMax = keptMax;
    }

    /**
     * Sends the call and reads the whole answer, all within the deadline.
     *
     * @throws SocketTimeoutException past the deadline
     */
    public HttpAnswer exchange(HttpCall call, Duration deadline) throws IOException {
        try (HttpStream stream = start(call, deadline)) {
            return new HttpAnswer(stream.head(), stream.readAll(ANSWER_BYTES_MAX));
        }
    }

    /**
     * Sends the call; the deadline ends with the head of the answer. The caller reads and closes the stream, and sets a
     * deadline of its own on it where there should be one.
     */
    public HttpStream stream(HttpCall call, Duration deadline) throws IOException {
        HttpStream stream = start(call, deadline);
        stream.connection().watchdog().disarm();
        return stream;
    }

    /**
     * Sends the call with {@code Upgrade: tcp} and takes the connection over; the deadline ends with the head.
     *
     * @throws HttpUpgrade.RefusedException when the daemon answers anything but 101, or 200 without a length
     */
    public HttpUpgrade upgrade(HttpCall call, Duration deadline) throws IOException {
        UnixConnection connection = UnixConnection.open(socket, System.nanoTime() + deadline.toNanos());
        try {
            HttpStream stream = send(connection, call, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
            if (stream.status() != 101 && !(stream.status() == 200 && stream.endsWithConnection())) {
                throw new HttpUpgrade.RefusedException(
                        new HttpAnswer(stream.head(), stream.readAll(REFUSAL_BYTES_MAX)));
            }
            connection.watchdog().disarm();
            return new HttpUpgrade(connection, stream.head());
        } catch (IOException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private HttpStream start(HttpCall call, Duration deadline) throws IOException {
        long end = System.nanoTime() + deadline.toNanos();
        UnixConnection reused = call.stream() == null ? takeKept() : null;
        if (reused != null) {
            reused.watchdog().arm(UnixConnection.remaining(end));
            try {
                return send(reused, call, "");
            } catch (IOException e) {
                reused.close();
                if (!mayRepeat(reused, call, e)) {
                    throw e;
                }
                LOG.debug("a kept connection to {} was closed; connecting anew", socket);
            }
        }
        UnixConnection fresh = UnixConnection.open(socket, end);
        try {
            return send(fresh, call, "");
        } catch (IOException | RuntimeException e) {
            fresh.close();
            throw e;
        }
    }

    private static boolean mayRepeat(UnixConnection connection, HttpCall call, IOException e) {
        if (e instanceof SocketTimeoutException
                || connection.watchdog().fired()
                || Thread.currentThread().isInterrupted()) {
            return false;
        }
        return connection.written() == 0 || (call.idempotent() && connection.received() == 0);
    }

    private HttpStream send(UnixConnection connection, HttpCall call, String upgrade) throws IOException {
        connection.resetCounters();
        connection.write(head(call, upgrade));
        boolean whole = true;
        InputStream body = call.stream();
        if (body != null) {
            whole = sendChunks(connection, body);
        }
        HttpHead head = HttpHead.read(connection);
        return new HttpStream(this, connection, head, head.body(call.method(), connection), whole);
    }

    private ByteBuffer head(HttpCall call, String upgrade) {
        StringBuilder head = new StringBuilder(256);
        head.append(call.method()).append(' ').append(call.target()).append(" HTTP/1.1\r\n");
        head.append("Host: ")
                .append(authority)
                .append("\r\nUser-Agent: mosaic\r\n")
                .append(upgrade);
        call.headers()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        if (call.contentType() != null) {
            head.append("Content-Type: ").append(call.contentType()).append("\r\n");
        }
        byte[] body = call.body() == null ? new byte[0] : call.body();
        if (call.stream() != null) {
            head.append("Transfer-Encoding: chunked\r\n");
        } else if (body.length > 0 || call.method().equals("POST")) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        ByteBuffer text = UnixConnection.ascii(head.append("\r\n"));
        // One write for small requests: the daemon wakes once.
        return ByteBuffer.allocate(text.remaining() + body.length)
                .put(text)
                .put(body)
                .flip();
    }

    /** False when the daemon stopped reading: it has answered early, and the answer says why. */
    private static boolean sendChunks(UnixConnection connection, InputStream body) throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        while (true) {
            int count = body.readNBytes(chunk, 0, chunk.length);
            ByteBuffer framed = ByteBuffer.allocate(count + 32);
            if (count > 0) {
                framed.put((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                framed.put(chunk, 0, count).put((byte) '\r').put((byte) '\n');
            } else {
                framed.put("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            try {
                connection.write(framed.flip());
            } catch (SocketTimeoutException e) {
                throw e;
            } catch (IOException e) {
                LOG.debug("the daemon stopped reading a request", e);
                return false;
            }
            if (count == 0) {
                return true;
            }
        }
    }

    private @Nullable UnixConnection takeKept() throws IOException {
        List<UnixConnection> stale = new ArrayList<>();
        UnixConnection found = null;
        while (found == null) {
            UnixConnection candidate;
            synchronized (this) {
                candidate = kept.pollLast();
            }
            if (candidate == null) {
                break;
            }
            if (candidate.idleLongerThan(IDLE_MAX) || !candidate.quiet()) {
                stale.add(candidate);
            } else {
                found = candidate;
            }
        }
        for (UnixConnection connection : stale) {
            connection.close();
        }
        return found;
    }

    void release(UnixConnection connection) throws IOException {
        boolean usable = connection.watchdog().disarm() && !connection.hasLeftover();
        synchronized (this) {
            if (usable && !closed && kept.size() < keptMax) {
                connection.idleFromNow();
                kept.addLast(connection);
                return;
            }
        }
        connection.close();
    }

    /** Closes the kept connections; calls under way end by themselves. */
    @Override
    public void close() throws IOException {
        List<UnixConnection> all;
        synchronized (this) {
            closed = true;
            all = new ArrayList<>(kept);
            kept.clear();
        }
        for (UnixConnection connection : all) {
            connection.close();
        }
    }
}
