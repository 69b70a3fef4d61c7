package io.mosaic.images.registry;

import io.mosaic.images.blob.Digest;

/** Where content can be had again that was lost. Thread-safe. */
@FunctionalInterface
public interface BlobSource {

    /** One that has nothing. */
    BlobSource NONE = digest -> new Outcome(false, "nothing is mirrored");

    /**
     * What came of it.
     *
     * @param restored whether the content is in the store and in the catalog again
     * @param words from where it came, or why it did not
     */
    record Outcome(boolean restored, String words) {}

    /** Gets a blob again and puts it in its place. */
    Outcome restore(Digest digest) throws InterruptedException;
}
