package io.mosaic.cli.image;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Copies a tar that is to become a layer, and looks at every entry on the way: no name leads out of the root, nothing is cut off, and no
 * more comes out than the limits allow, however little went in. Not thread-safe.
 */
public final class RootTar {
    private static final int ENTRIES_MAX = 2_000_000;
    private static final int NAME_CHARS_MAX = 4096;

    /** Of headers between two entries; the longest name and extended attributes take less. Bytes. */
    private static final long HEADERS_MAX = 1 << 20;

    /** After the end: tar fills its last record, of 10 KiB or what the user chose. Bytes. */
    private static final long PADDING_MAX = 64 << 20;

    /** gzip packs zeros 1 to 1000; roots come to 1 to 4. Looked at beyond {@link #RATIO_FROM}. */
    private static final long RATIO_MAX = 200;

    private static final long RATIO_FROM = 256L << 20;
    private static final int BLOCK = 512;
    private static final int BUFFER = 1 << 16;

    private final long bytesMax;

    /** @param bytesMax the most that may come out */
    public RootTar(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** Hears of each entry whose name was found good. */
    public interface Visitor {
        void entry(TarArchiveEntry entry, String name) throws IOException;
    }

    /**
     * Copies all of it.
     *
     * @param packed as it came, packed or not
     * @return how many entries it has, which may be none
     * @throws ImageFault saying what is wrong with it
     */
    public int copy(InputStream packed, OutputStream out, Visitor visitor) throws IOException {
        Counted in = new Counted(packed);
        Plain plain = new Plain(Unpacked.of(in), in, out);
        int entries = 0;
        try (TarArchiveInputStream tar = new TarArchiveInputStream(plain, BLOCK, BLOCK, "UTF-8", false)) {
            byte[] buffer = new byte[BUFFER];
            while (true) {
                plain.header();
                TarArchiveEntry entry = next(tar, entries);
                if (entry == null) {
                    break;
                }
                if (++entries > ENTRIES_MAX) {
                    throw new ImageFault("more than " + ENTRIES_MAX + " entries");
                }
                String name = name(entry);
                if (entry.getSize() < 0 || entry.getRealSize() > bytesMax || entry.getSize() > bytesMax) {
                    throw new ImageFault(name + " says that it is larger than " + bytesMax + " bytes");
                }
                visitor.entry(entry, name);
                plain.allow(entry.getSize() + BLOCK * 40L);
                while (read(tar, buffer, name) >= 0) {
                    plain.check();
                }
            }
            plain.end();
        } catch (IllegalArgumentException e) {
            throw new ImageFault("not a tar, or a broken one: " + e.getMessage(), e);
        }
        return entries;
    }

    private static @org.jspecify.annotations.Nullable TarArchiveEntry next(TarArchiveInputStream tar, int entries)
            throws IOException {
        try {
            return tar.getNextEntry();
        } catch (ImageFault e) {
            throw e;
        } catch (IOException e) {
            throw new ImageFault(
                    (entries == 0 ? "not a tar: " : "the tar is broken after " + entries + " entries: ")
                            + e.getMessage(),
                    e);
        }
    }

    private static int read(TarArchiveInputStream tar, byte[] buffer, String name) throws IOException {
        try {
            return tar.read(buffer);
        } catch (ImageFault e) {
            throw e;
        } catch (IOException e) {
            throw new ImageFault("the tar was cut off within " + name, e);
        }
    }

    /** As images name files: below the root, without a slash in front. */
    private static String name(TarArchiveEntry entry) throws ImageFault {
        String name = within(entry.getName(), "an entry");
        if (entry.isLink()) {
            within(entry.getLinkName(), "the hard link " + name);
        }
        return name;
    }

    /**
     * The name of plain parts.
     *
     * @param what for the fault's words
     * @throws ImageFault when it leads out of the root, or is no name at all
     */
    public static String within(String name, String what) throws ImageFault {
        if (name.length() > NAME_CHARS_MAX || name.indexOf('\0') >= 0) {
            throw new ImageFault(what + " has a name of " + name.length() + " characters, or with NUL");
        }
        if (name.startsWith("/")) {
            throw new ImageFault(what + " names an absolute path, " + name);
        }
        StringBuilder plain = new StringBuilder();
        for (String part : name.split("/", -1)) {
            if (part.equals("..")) {
                throw new ImageFault(what + " leads out of the root, " + name);
            }
            if (!part.isEmpty() && !part.equals(".")) {
                plain.append(plain.isEmpty() ? "" : "/").append(part);
            }
        }
        return plain.toString();
    }

    /** Counts what came in. */
    private static final class Counted extends FilterInputStream {
        private long bytes;

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            bytes += one < 0 ? 0 : 1;
            return one;
        }

        @Override
        public int read(byte[] into, int from, int count) throws IOException {
            int n = super.read(into, from, count);
            bytes += Math.max(0, n);
            return n;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    /** The plain tar: passed on as it is read, and counted. */
    private final class Plain extends InputStream {
        private final InputStream in;
        private final Counted packed;
        private final OutputStream out;
        private long bytes;
        private long allowed = Long.MAX_VALUE;
        private long zeros;

        Plain(InputStream in, Counted packed, OutputStream out) {
            this.in = in;
            this.packed = packed;
            this.out = out;
        }

        /** So many from here on, before it is asked again. */
        void allow(long more) {
            allowed = bytes + more;
        }

        /** What comes next is a header, or the end: zeros of the file before it are no end mark. */
        void header() {
            allow(HEADERS_MAX);
            zeros = 0;
        }

        void check() throws ImageFault {
            if (bytes > bytesMax) {
                throw new ImageFault("more than " + bytesMax + " bytes come out of it");
            }
            if (bytes > RATIO_FROM && bytes / RATIO_MAX > packed.bytes) {
                throw new ImageFault("it unpacks to more than " + RATIO_MAX + " times its size: refused");
            }
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int from, int count) throws IOException {
            int n = in.read(into, from, count);
            if (n <= 0) {
                return n;
            }
            bytes += n;
            if (bytes > allowed) {
                throw new ImageFault("its headers are larger than any tar's: refused");
            }
            check();
            int last = from + n - 1;
            while (last >= from && into[last] == 0) {
                last--;
            }
            int trailing = from + n - 1 - last;
            zeros = trailing == n ? zeros + n : trailing;
            out.write(into, from, n);
            return n;
        }

        /** Passes on what follows the end, which must be zeros. */
        void end() throws IOException {
            if (zeros < BLOCK) {
                throw new ImageFault("the tar ends without its end mark: it was cut off");
            }
            allow(PADDING_MAX);
            byte[] buffer = new byte[BUFFER];
            for (int n = read(buffer); n >= 0; n = read(buffer)) {
                if (zeros < n) {
                    throw new ImageFault("something follows the end of the tar");
                }
            }
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
