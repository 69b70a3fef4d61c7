package io.mosaic.cli.image;

import java.util.List;
import java.util.stream.Stream;

/**
 * An image, or several of it for different platforms.
 *
 * @param manifest its bytes as they are digested
 * @param blobs configuration and layers, of one platform's
 * @param parts those that an index lists, in its order
 */
@SuppressWarnings("ArrayRecordComponent")
public record Image(String mediaType, byte[] manifest, List<Blob> blobs, List<Image> parts) {

    public Image {
        blobs = List.copyOf(blobs);
        parts = List.copyOf(parts);
    }

    public String digest() {
        return Digests.of(manifest);
    }

    /** Every blob that it needs, with those of its parts; some of them several times. */
    public Stream<Blob> allBlobs() {
        return Stream.concat(blobs.stream(), parts.stream().flatMap(Image::allBlobs));
    }
}
