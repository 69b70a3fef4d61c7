package io.mosaic.cli.image;

import io.mosaic.model.client.RegistryCalls;
import java.io.ByteArrayInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A configuration or a layer of an image.
 *
 * @param size bytes
 * @param content where this machine has it
 * @param from the repository that holds it already, from where it is mounted; absent: only this machine has it
 */
public record Blob(
        String mediaType,
        String digest,
        long size,
        RegistryCalls.Content content,
        @Nullable String from) {

    /** One that this machine has. */
    public Blob(String mediaType, String digest, long size, RegistryCalls.Content content) {
        this(mediaType, digest, size, content, null);
    }

    /** One held in memory. */
    public static Blob of(String mediaType, byte[] content) {
        return new Blob(mediaType, Digests.of(content), content.length, offset -> {
            ByteArrayInputStream in = new ByteArrayInputStream(content);
            in.skipNBytes(offset);
            return in;
        });
    }
}
