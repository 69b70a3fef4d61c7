package io.mosaic.images.blob;

import java.io.IOException;

/** A blob that is open to be read. For one thread. */
public interface BlobContent extends AutoCloseable {

    /** In bytes. */
    long size();

    /** Takes bytes as they are read. */
    @FunctionalInterface
    interface Sink {
        void write(byte[] bytes, int offset, int length) throws IOException;
    }

    /**
     * Hands a part of the content on.
     *
     * @throws IOException when the store or the sink fails, or the content ends too early
     */
    void copy(long offset, long length, Sink sink) throws IOException;

    @Override
    void close() throws IOException;
}
