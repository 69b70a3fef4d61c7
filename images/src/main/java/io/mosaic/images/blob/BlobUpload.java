package io.mosaic.images.blob;

import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Content on its way into the store. For one thread at a time; closing it keeps what has come, to be resumed.
 */
public interface BlobUpload extends AutoCloseable {

    UUID id();

    /** Bytes that have come so far. */
    long size() throws IOException;

    /**
     * Appends what the stream gives, to its end but at most so many bytes. What came before a fault is kept.
     *
     * @return bytes appended
     * @throws ReadFailedException when the stream fails
     * @throws StoreFullException when there is no room for it
     * @throws IOException when the store fails
     */
    long append(InputStream in, long most) throws IOException;

    /**
     * What has come so far, to be read beside the upload by another thread, and on after it is finished; null where the store does
     * not show it, or the upload is over. Its size is that of the moment; nothing of it is proven.
     */
    default @Nullable BlobContent soFar() throws IOException {
        return null;
    }

    /** Forgets all that came after that many bytes. */
    void truncate(long size) throws IOException;

    /**
     * Makes the content durable and gives it its name, if it has that digest; the upload is over then. Otherwise it is as
     * before.
     *
     * @return the blob's size in bytes
     * @throws DigestMismatchException when it has another digest
     * @throws StoreFullException when there is no room for it
     */
    long finish(Digest expected) throws IOException;

    /** The SHA-256 of what has come, for who cannot say beforehand what it will be. */
    Digest sha256() throws IOException;

    /** Gives up what has come, and its space. */
    void abort() throws IOException;

    @Override
    void close() throws IOException;
}
