package io.mosaic.agent.docker;

import io.mosaic.agent.docker.Docker.Output;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Output of a container as the daemon sends it: raw from a terminal, else in frames of a channel, three zeros, a
 * big-endian length and that many bytes. Not thread-safe.
 */
final class OutputReader {

    private static final int PIECE_BYTES = 32 * 1024;
    private static final int HEADER_BYTES = 8;
    private static final int STDERR = 2;
    /** The daemon's own words on why the stream fails. */
    private static final int SYSTEM_ERROR = 3;

    private final InputStream in;
    private final boolean raw;
    private final byte[] buffer = new byte[PIECE_BYTES];
    private int channel;
    private long left;

    OutputReader(InputStream in, boolean raw) {
        this.in = in;
        this.raw = raw;
    }

    /** Null at the end; long frames come in pieces, since nothing bounds a frame. */
    @Nullable
    Output next() throws IOException {
        if (raw) {
            int count = in.read(buffer, 0, PIECE_BYTES);
            return count < 0 ? null : new Output(false, Arrays.copyOf(buffer, count));
        }
        while (left == 0) {
            if (!header()) {
                return null;
            }
        }
        int count = in.read(buffer, 0, (int) Math.min(PIECE_BYTES, left));
        if (count < 0) {
            throw new EOFException("the stream ended within a frame");
        }
        left -= count;
        return new Output(channel == STDERR || channel == SYSTEM_ERROR, Arrays.copyOf(buffer, count));
    }

    private boolean header() throws IOException {
        int count = in.readNBytes(buffer, 0, HEADER_BYTES);
        if (count == 0) {
            return false;
        }
        if (count < HEADER_BYTES) {
            throw new EOFException("the stream ended within a frame");
        }
        channel = buffer[0];
        if (channel < 0 || channel > SYSTEM_ERROR || buffer[1] != 0 || buffer[2] != 0 || buffer[3] != 0) {
            throw new IOException("the stream is not in frames");
        }
        left = Integer.toUnsignedLong(ByteBuffer.wrap(buffer).getInt(4));
        return true;
    }
}
