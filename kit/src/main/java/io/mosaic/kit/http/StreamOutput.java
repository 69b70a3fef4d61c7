package io.mosaic.kit.http;

import io.helidon.webserver.ServerConnectionException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;

/**
 * The client's end of a streamed body. A client that takes nothing for the server's write timeout is cut off: the write
 * then fails.
 *
 * <p>For one thread, except {@link #stopping} and {@link #onStop}.
 */
public final class StreamOutput {

    private final OutputStream out;
    private final Deadlines deadlines;
    private final Duration writeTimeout;
    private final OpenStreams streams;

    StreamOutput(OutputStream out, Deadlines deadlines, Duration writeTimeout, OpenStreams streams) {
        this.out = out;
        this.deadlines = deadlines;
        this.writeTimeout = writeTimeout;
        this.streams = streams;
    }

    /** @throws IOException when the client is gone */
    public void write(byte[] bytes) throws IOException {
        write(bytes, 0, bytes.length);
    }

    /** @throws IOException when the client is gone */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        try (Deadlines.Entry _ = deadlines.enter(writeTimeout)) {
            out.write(bytes, offset, length);
        } catch (UncheckedIOException | ServerConnectionException e) {
            throw new IOException("the client is gone", e);
        }
    }

    /** Sends what was written. */
    public void flush() throws IOException {
        try (Deadlines.Entry _ = deadlines.enter(writeTimeout)) {
            out.flush();
        } catch (UncheckedIOException | ServerConnectionException e) {
            throw new IOException("the client is gone", e);
        }
    }

    /** Whether the server stops, so that the stream should come to a good end. */
    public boolean stopping() {
        return streams.stopping();
    }

    /** Runs the action when the server stops; close the result when the stream ends by itself. The action must not block. */
    public AutoCloseable onStop(Runnable action) {
        return streams.onStop(action);
    }
}
