package io.mosaic.proof.rig;

import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** gzip that does not try to compress: random bytes do not get shorter, only later. */
public final class StoredGzip extends GZIPOutputStream {

    private static final int BUFFER_BYTES = 1 << 20;

    public StoredGzip(OutputStream out) throws IOException {
        super(out, BUFFER_BYTES);
        def.setLevel(Deflater.NO_COMPRESSION);
    }
}
