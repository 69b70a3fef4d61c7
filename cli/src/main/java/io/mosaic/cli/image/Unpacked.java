package io.mosaic.cli.image;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZInputStream;

/** Packed streams, known by their first bytes and unpacked: gzip, xz, and zstd by this machine's command of that name. */
public final class Unpacked {
    private static final int MAGIC = 6;
    private static final int BUFFER = 1 << 16;

    /** Of a dictionary's memory that xz may take; its strongest preset takes 64 MiB. KiB. */
    private static final int XZ_MEMORY = 100 << 10;

    private static final long STOP_SECONDS = 10;

    private Unpacked() {}

    /** Whether that beginning is one of a packed stream. */
    public static boolean packed(byte[] begin) {
        return gzip(begin) || xz(begin) || zstd(begin);
    }

    static boolean gzip(byte[] begin) {
        return begins(begin, 0x1f, 0x8b);
    }

    private static boolean xz(byte[] begin) {
        return begins(begin, 0xfd, '7', 'z', 'X', 'Z', 0);
    }

    private static boolean zstd(byte[] begin) {
        return begins(begin, 0x28, 0xb5, 0x2f, 0xfd);
    }

    private static boolean begins(byte[] content, int... magic) {
        if (content.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((content[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * What is packed in it, or itself. Closing it closes the stream.
     *
     * @throws ImageFault when it is packed by zstd and the command is not there
     */
    public static InputStream of(InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, BUFFER);
        buffered.mark(MAGIC);
        byte[] begin = buffered.readNBytes(MAGIC);
        buffered.reset();
        if (gzip(begin)) {
            return worded(new GZIPInputStream(buffered, BUFFER), "gzip");
        }
        if (xz(begin)) {
            return worded(new XZInputStream(buffered, XZ_MEMORY), "xz");
        }
        return zstd(begin) ? worded(new Zstd(buffered), "zstd") : buffered;
    }

    /** The libraries' own words are of blocks and trailers. */
    private static InputStream worded(InputStream in, String name) {
        return new FilterInputStream(in) {
            @Override
            public int read(byte[] into, int from, int count) throws IOException {
                try {
                    return super.read(into, from, count);
                } catch (EOFException e) {
                    throw new ImageFault("the " + name + " stream ends early: it was cut off", e);
                } catch (ZipException | org.tukaani.xz.XZIOException e) {
                    throw new ImageFault("the " + name + " stream is broken: " + e.getMessage(), e);
                }
            }

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }
        };
    }

    /** The command zstd, fed on a thread beside. */
    private static final class Zstd extends InputStream {
        private final InputStream packed;
        private final Process process;
        private final Thread feeder;
        private volatile @Nullable IOException fault;

        Zstd(InputStream packed) throws IOException {
            this.packed = packed;
            try {
                process = new ProcessBuilder("zstd", "-dcq")
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
            } catch (IOException e) {
                throw new ImageFault(
                        "this is packed by zstd, and the command zstd is not there: install it, or unpack it first", e);
            }
            feeder = Thread.ofVirtual().start(this::feed);
        }

        private void feed() {
            try (OutputStream out = process.getOutputStream()) {
                packed.transferTo(out);
            } catch (IOException e) {
                fault = e;
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int count) throws IOException {
            int n = process.getInputStream().read(into, from, count);
            if (n < 0) {
                ended();
            }
            return n;
        }

        private void ended() throws IOException {
            try {
                if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                    throw new ImageFault("the zstd stream is broken, or was cut off", fault);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new java.io.InterruptedIOException("interrupted");
            }
        }

        @Override
        public void close() throws IOException {
            process.destroy();
            feeder.interrupt();
            packed.close();
        }
    }
}
