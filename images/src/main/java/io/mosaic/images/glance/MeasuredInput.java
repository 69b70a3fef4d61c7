package io.mosaic.images.glance;

import io.mosaic.images.blob.HashBeside;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Keeps of what is read its MD5, which the API's clients check, and its last bytes. MD5 is slower than all else that is done with the
 * bytes, so that of much content is made on a thread beside; closing ends it, and does not close what is read. For one thread.
 */
final class MeasuredInput extends FilterInputStream {

    /** MD5 takes 0.1 ms for it, handing it over some microseconds. */
    private static final int BUFFER_BYTES = 64 * 1024;

    /** One is being filled, one hashed, one lies between. */
    private static final int BUFFERS = 3;

    private final MessageDigest md5;
    private final byte[] last = new byte[DiskFormats.TAIL_BYTES];
    private int kept;

    /** What is read and not hashed, or not handed over yet. */
    private byte[] buffer = new byte[BUFFER_BYTES];

    private int buffered;

    /** Absent as long as one buffer was enough. */
    private @Nullable HashBeside beside;

    MeasuredInput(InputStream in) {
        super(in);
        try {
            this.md5 = MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has MD5", e);
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        int count = super.read(into, offset, length);
        if (count > 0) {
            add(into, offset, count);
            keep(into, offset, count);
        }
        return count;
    }

    private void add(byte[] from, int offset, int count) throws IOException {
        int done = 0;
        while (done < count) {
            if (buffered == buffer.length) {
                handOver();
            }
            int some = Math.min(count - done, buffer.length - buffered);
            System.arraycopy(from, offset + done, buffer, buffered, some);
            buffered += some;
            done += some;
        }
    }

    private void handOver() throws IOException {
        HashBeside hasher = beside;
        if (hasher == null) {
            md5.update(buffer, 0, buffered);
            hasher = new HashBeside((bytes, length) -> md5.update(bytes, 0, length), BUFFERS, BUFFER_BYTES);
            beside = hasher;
        } else {
            hasher.hash(buffer, buffered);
        }
        // None is held while one is waited for: what is interrupted here is over.
        buffered = 0;
        buffer = hasher.buffer();
    }

    private void keep(byte[] from, int offset, int count) {
        int fresh = Math.min(count, last.length);
        int old = Math.min(kept, last.length - fresh);
        System.arraycopy(last, kept - old, last, 0, old);
        System.arraycopy(from, offset + count - fresh, last, old, fresh);
        kept = old + fresh;
    }

    @Override
    public long skip(long count) throws IOException {
        throw new IOException("what is measured is read");
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Of all that was read, hex. To be asked once, and nothing is read after that. */
    String md5() {
        close();
        return HexFormat.of().formatHex(md5.digest());
    }

    /** The last bytes that were read, at most {@link DiskFormats#TAIL_BYTES}. */
    byte[] tail() {
        return Arrays.copyOf(last, kept);
    }

    @Override
    public void close() {
        HashBeside hasher = beside;
        beside = null;
        if (hasher != null) {
            hasher.end();
        }
        md5.update(buffer, 0, buffered);
        buffered = 0;
    }
}
