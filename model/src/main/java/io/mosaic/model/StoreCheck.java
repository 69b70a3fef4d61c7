package io.mosaic.model;

import java.util.List;

/**
 * What a check of the image repository's content found.
 *
 * @param blobs looked at
 * @param bytes read
 * @param broken those that are not there or not what their digest says, at most a thousand of them; they are not served until
 *     they are pushed again
 * @param mended were broken at an earlier check and are right now
 * @param orphans files that nothing knows of; the next collection takes them
 */
public record StoreCheck(long blobs, Bytes bytes, List<Broken> broken, long mended, long orphans) {
    public StoreCheck {
        broken = Lists.copy(broken);
    }

    /**
     * One broken blob.
     *
     * @param fault in words
     * @param images some of those that need it
     */
    public record Broken(String digest, String fault, List<String> images) {
        public Broken {
            images = Lists.copy(images);
        }
    }
}
