package io.mosaic.cli.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** So many bytes of another stream, and then its end. Not thread-safe. */
public final class BoundedInput extends FilterInputStream {
    private long left;

    public BoundedInput(InputStream in, long bytes) {
        super(in);
        left = bytes;
    }

    @Override
    public int read() throws IOException {
        int one = left == 0 ? -1 : super.read();
        left -= one < 0 ? 0 : 1;
        return one;
    }

    @Override
    public int read(byte[] into, int from, int count) throws IOException {
        if (left == 0) {
            return -1;
        }
        int n = super.read(into, from, (int) Math.min(count, left));
        left -= Math.max(0, n);
        return n;
    }

    @Override
    public long skip(long count) throws IOException {
        long n = super.skip(Math.min(count, left));
        left -= n;
        return n;
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(left, super.available());
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
