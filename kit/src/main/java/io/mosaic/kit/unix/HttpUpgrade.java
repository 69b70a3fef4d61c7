package io.mosaic.kit.unix;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * A connection taken over from HTTP: bytes both ways, each side closed on its own. One thread may read while another
 * writes; {@code close} may come from any.
 */
public final class HttpUpgrade implements Closeable {

    private final UnixConnection connection;
    private final HttpHead head;
    private final InputStream input;

    HttpUpgrade(UnixConnection connection, HttpHead head) {
        this.connection = connection;
        this.head = head;
        this.input = BodyInput.untilClose(connection);
    }

    public HttpHead head() {
        return head;
    }

    /** What the daemon sends, beginning with what came right behind the head. */
    public InputStream input() {
        return input;
    }

    /** Blocks until the daemon's socket took all of it. */
    public void write(byte[] bytes) throws IOException {
        connection.write(ByteBuffer.wrap(bytes));
    }

    /** The daemon sees the end of our side; its own side goes on. */
    public void shutdownOutput() throws IOException {
        connection.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }

    /** The daemon answered without giving the connection over. */
    public static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient HttpAnswer answer;

        RefusedException(HttpAnswer answer) {
            super("the daemon answered " + answer.status() + " and kept the connection");
            this.answer = answer;
        }

        public HttpAnswer answer() {
            return answer;
        }
    }
}
