package io.mosaic.cli.image;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A layer as it travels, in a file.
 *
 * @param size of the file, bytes
 * @param diffId digest of the tar that is packed in it, by which images name their layers
 */
public record LayerFile(Path file, String digest, long size, String diffId) {
    public static final String MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip";

    public Blob blob() {
        return new Blob(MEDIA_TYPE, digest, size, offset -> open(file, offset));
    }

    /** The file from that byte on. */
    public static InputStream open(Path file, long offset) throws IOException {
        InputStream in = Files.newInputStream(file);
        try {
            in.skipNBytes(offset);
            return in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }
}
