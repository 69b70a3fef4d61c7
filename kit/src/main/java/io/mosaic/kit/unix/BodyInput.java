package io.mosaic.kit.unix;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/** The body of an answer: of a known length, in chunks, or until the connection closes. Not thread-safe. */
final class BodyInput extends InputStream {

    private static final int CHUNK_LINE_BYTES_MAX = 4 * 1024;
    private static final int TRAILERS_MAX = 64;

    private enum End {
        LENGTH,
        CHUNKED,
        CLOSE
    }

    private final UnixConnection connection;
    private final End end;
    /** Of the body, or of the chunk. */
    private long left;

    private boolean firstChunk = true;
    private boolean done;

    private BodyInput(UnixConnection connection, End end, long length) {
        this.connection = connection;
        this.end = end;
        this.left = length;
        this.done = end == End.LENGTH && length == 0;
    }

    static BodyInput fixed(UnixConnection connection, long length) {
        return new BodyInput(connection, End.LENGTH, length);
    }

    static BodyInput chunked(UnixConnection connection) {
        return new BodyInput(connection, End.CHUNKED, 0);
    }

    static BodyInput untilClose(UnixConnection connection) {
        return new BodyInput(connection, End.CLOSE, Long.MAX_VALUE);
    }

    /** Whether all of it was read, so that the connection stands at the next answer. */
    boolean done() {
        return done && end != End.CLOSE;
    }

    /** Whether its length is not told and so only the closed connection ends it. */
    boolean endsWithConnection() {
        return end == End.CLOSE;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!done && end == End.CHUNKED && left == 0) {
            nextChunk();
        }
        if (done) {
            return -1;
        }
        int count = connection.read(target, offset, (int) Math.min(length, left));
        if (count < 0) {
            if (end != End.CLOSE) {
                throw new EOFException("the connection ended within the body of an answer");
            }
            done = true;
            return -1;
        }
        if (end != End.CLOSE) {
            left -= count;
            done = end == End.LENGTH && left == 0;
            if (end == End.CHUNKED && left == 0) {
                firstChunk = false;
            }
        }
        return count;
    }

    private void nextChunk() throws IOException {
        if (!firstChunk && !connection.line(CHUNK_LINE_BYTES_MAX).isEmpty()) {
            throw new IOException("a chunk is longer than it says");
        }
        String line = connection.line(CHUNK_LINE_BYTES_MAX);
        int extension = line.indexOf(';');
        String size = (extension < 0 ? line : line.substring(0, extension)).strip();
        if (!size.matches("[0-9A-Fa-f]{1,15}")) {
            throw new IOException("not the size of a chunk");
        }
        left = Long.parseLong(size, 16);
        if (left == 0) {
            for (int trailers = 0; !connection.line(CHUNK_LINE_BYTES_MAX).isEmpty(); trailers++) {
                if (trailers >= TRAILERS_MAX) {
                    throw new IOException("more than " + TRAILERS_MAX + " trailers");
                }
            }
            done = true;
        }
    }
}
