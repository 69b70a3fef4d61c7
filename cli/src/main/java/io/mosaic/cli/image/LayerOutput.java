package io.mosaic.cli.image;

import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.zip.GZIPOutputStream;

/**
 * Takes a tar and packs it into a layer's file, with both digests. The same tar gives the same bytes with the same JDK: gzip's header
 * holds no time. Not thread-safe.
 */
public final class LayerOutput extends FilterOutputStream {
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final MessageDigest plain = Digests.sha256();
    private final MessageDigest packed = Digests.sha256();

    public LayerOutput(Path file) throws IOException {
        super(OutputStream.nullOutputStream());
        this.file = file;
        OutputStream disk = new BufferedOutputStream(Files.newOutputStream(file), BUFFER);
        out = new DigestOutputStream(new GZIPOutputStream(new DigestOutputStream(disk, packed), BUFFER), plain);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
        out.write(bytes, from, count);
    }

    /** Ends it; the layer is whole then. */
    public LayerFile finish() throws IOException {
        close();
        return new LayerFile(file, Digests.text(packed.digest()), Files.size(file), Digests.text(plain.digest()));
    }
}
