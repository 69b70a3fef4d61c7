package io.mosaic.images.glance;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** What the content of a layer is: a tar, packed with gzip or not. */
final class Layers {

    static final String TAR = "application/vnd.oci.image.layer.v1.tar";
    static final String GZIP = TAR + "+gzip";

    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int BLOCK = 512;
    private static final int MARK_AT = 257;
    private static final byte[] MARK = "ustar".getBytes(StandardCharsets.US_ASCII);

    private Layers() {}

    /**
     * A layer.
     *
     * @param diff the digest of its tar, not packed
     */
    record Layer(String mediaType, Digest diff) {}

    /**
     * Looks at one.
     *
     * @param most bytes that it may have, unpacked
     * @throws GlanceError when it is none, or too large
     */
    static Layer of(BlobContent content, Digest digest, long most) throws IOException {
        byte[] head = new byte[(int) Math.min(BLOCK, content.size())];
        try (InputStream in = new BlobInput(content)) {
            in.readNBytes(head, 0, head.length);
        }
        if (head.length < 2 || (head[0] & 0xff) != 0x1f || (head[1] & 0xff) != 0x8b) {
            requireTar(head);
            return new Layer(TAR, digest);
        }
        try (InputStream unpacked = new GZIPInputStream(new BlobInput(content), BUFFER_BYTES)) {
            return new Layer(GZIP, unpacked(unpacked, most));
        } catch (ZipException | EOFException e) {
            throw new GlanceError(400, "the content is refused: no good gzip: " + e.getMessage());
        }
    }

    private static Digest unpacked(InputStream in, long most) throws IOException {
        MessageDigest hash = Digest.Algorithm.SHA256.start();
        byte[] buffer = new byte[BUFFER_BYTES];
        int count = in.readNBytes(buffer, 0, BLOCK);
        requireTar(Arrays.copyOf(buffer, count));
        long all = 0;
        while (count > 0) {
            all += count;
            if (all > most) {
                throw new GlanceError(413, "a layer has at most " + most + " bytes, unpacked");
            }
            hash.update(buffer, 0, count);
            count = in.read(buffer);
        }
        return Digest.of(Digest.Algorithm.SHA256, hash);
    }

    /** An empty tar is two blocks of zeros. */
    private static void requireTar(byte[] block) {
        boolean marked =
                block.length == BLOCK && Arrays.equals(block, MARK_AT, MARK_AT + MARK.length, MARK, 0, MARK.length);
        boolean empty = block.length == BLOCK && Arrays.equals(block, new byte[BLOCK]);
        if (!marked && !empty) {
            throw new GlanceError(400, "the content is refused: a layer is a tar, or a tar packed with gzip");
        }
    }
}
