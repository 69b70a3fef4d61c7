package io.mosaic.model;

import org.jspecify.annotations.Nullable;

/**
 * How far long work on the image repository's content has come.
 *
 * @param check absent: none is under way
 * @param garbage the collection; absent: none is under way
 */
public record ImageWork(@Nullable Work check, @Nullable Work garbage) {

    /**
     * One that is under way.
     *
     * @param step what is done now, in words
     * @param blobs that are done
     * @param blobsAll that were to be done at the beginning; 0: not known yet
     * @param bytes of those that are done
     * @param bytesAll of those that were to be done
     */
    public record Work(String step, long blobs, long blobsAll, Bytes bytes, Bytes bytesAll) {}
}
