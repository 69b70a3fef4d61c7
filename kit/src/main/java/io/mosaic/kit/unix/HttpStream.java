package io.mosaic.kit.unix;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An answer whose body is still coming. Read by one thread; {@code close} may come from any, and wakes the reader with
 * an {@code IOException}.
 */
public final class HttpStream implements Closeable {

    private final UnixHttpClient client;
    private final UnixConnection connection;
    private final HttpHead head;
    private final BodyInput body;
    private final boolean reusable;

    HttpStream(
            UnixHttpClient client, UnixConnection connection, HttpHead head, BodyInput body, boolean requestWasWhole) {
        this.client = client;
        this.connection = connection;
        this.head = head;
        this.body = body;
        this.reusable = requestWasWhole && head.keepsAlive();
    }

    public HttpHead head() {
        return head;
    }

    public int status() {
        return head.status();
    }

    public @Nullable String header(String name) {
        return head.header(name);
    }

    /** Ends with an {@code EOFException} when the daemon breaks off, never with a silent end. */
    public InputStream body() {
        return body;
    }

    /** All of the body must be read within that time from now. */
    public void within(Duration total) {
        connection.watchdog().arm(total);
    }

    /** From now on no single read may wait longer; replaces {@link #within}. */
    public void idleAtMost(Duration pause) {
        connection.watchdog().disarm();
        connection.readDeadline(pause);
    }

    /**
     * Reads the rest.
     *
     * @throws IOException when it is longer than that
     */
    byte[] readAll(int bytesMax) throws IOException {
        byte[] bytes = body.readNBytes(bytesMax + 1);
        if (bytes.length > bytesMax) {
            throw new IOException("an answer is longer than " + bytesMax + " bytes");
        }
        return bytes;
    }

    boolean endsWithConnection() {
        return body.endsWithConnection();
    }

    UnixConnection connection() {
        return connection;
    }

    /** Keeps the connection for the next request when the body was read to its end, else closes it. */
    @Override
    public void close() throws IOException {
        if (reusable && body.done()) {
            client.release(connection);
        } else {
            connection.close();
        }
    }
}
