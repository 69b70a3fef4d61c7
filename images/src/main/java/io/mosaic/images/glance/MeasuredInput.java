package io.mosaic.images.glance;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** Keeps of what is read its MD5, which the API's clients check, and its last bytes. For one thread. */
final class MeasuredInput extends FilterInputStream {

    private final MessageDigest md5;
    private final byte[] last = new byte[DiskFormats.TAIL_BYTES];
    private int kept;

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
            md5.update(into, offset, count);
            keep(into, offset, count);
        }
        return count;
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

    /** Of all that was read, hex. To be asked once. */
    String md5() {
        return HexFormat.of().formatHex(md5.digest());
    }

    /** The last bytes that were read, at most {@link DiskFormats#TAIL_BYTES}. */
    byte[] tail() {
        return Arrays.copyOf(last, kept);
    }
}
