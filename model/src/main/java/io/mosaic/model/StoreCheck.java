package io.mosaic.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a check of the image repository's content found.
 *
 * @param blobs looked at
 * @param bytes read
 * @param broken those that are not there or not what their digest says, at most a thousand of them; they are not served until
 *     they are pushed again
 * @param mended were broken at an earlier check and are right now
 * @param repaired those that were broken and were fetched again from a mirrored registry, at most a thousand of them
 * @param orphans files that nothing knows of; the next collection takes them
 */
public record StoreCheck(
        long blobs, Bytes bytes, List<Broken> broken, long mended, List<Repaired> repaired, long orphans) {
    public StoreCheck {
        broken = Lists.copy(broken);
        repaired = Lists.copy(repaired);
    }

    /**
     * One blob that is good again.
     *
     * @param fault that it had, in words
     * @param from repository of a mirror
     */
    public record Repaired(String digest, String fault, String from) {}

    /**
     * One broken blob.
     *
     * @param fault in words
     * @param images some of those that need it
     * @param unrepaired why it was not fetched again; absent: nobody asked for that
     */
    public record Broken(
            String digest,
            String fault,
            List<String> images,
            @Nullable String unrepaired) {
        public Broken {
            images = Lists.copy(images);
        }
    }
}
