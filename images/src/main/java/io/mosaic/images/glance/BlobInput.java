package io.mosaic.images.glance;

import io.mosaic.images.blob.BlobContent;
import java.io.IOException;
import java.io.InputStream;

/** A blob as a stream, for what can only read such a one. Closes nothing. For one thread. */
final class BlobInput extends InputStream {

    private static final int BUFFER_BYTES = 256 * 1024;

    private final BlobContent content;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private long next;
    private int from;
    private int to;

    BlobInput(BlobContent content) {
        this.content = content;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (from == to && !fill()) {
            return -1;
        }
        int count = Math.min(length, to - from);
        System.arraycopy(buffer, from, into, offset, count);
        from += count;
        return count;
    }

    @Override
    public int available() {
        // More than nothing as long as there is more: who unpacks asks this to find out whether another part follows.
        return next < content.size() ? to - from + 1 : to - from;
    }

    private boolean fill() throws IOException {
        long count = Math.min(buffer.length, content.size() - next);
        from = 0;
        to = 0;
        if (count <= 0) {
            return false;
        }
        content.copy(next, count, (bytes, offset, length) -> {
            System.arraycopy(bytes, offset, buffer, to, length);
            to += length;
        });
        next += count;
        return true;
    }
}
