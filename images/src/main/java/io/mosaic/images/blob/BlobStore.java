package io.mosaic.images.blob;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps content under its digest. A blob is there whole and durable or not at all; what is being uploaded is seen by nobody
 * but who uploads it. The store knows nothing of repositories or rights.
 *
 * <p>Thread-safe. {@link BlobUpload#finish} and {@link #delete} of one digest exclude each other only as far as the caller sees to it.
 * One process at a time owns a store.
 */
public interface BlobStore extends AutoCloseable {

    /**
     * A blob at rest.
     *
     * @param size in bytes
     * @param modified when it was stored last
     */
    record Stored(Digest digest, long size, Instant modified) {}

    /** Names this store among all; made, durable, when it is asked for first. */
    UUID id() throws IOException;

    /**
     * Reads one that was written.
     *
     * @param place to be named when it is none
     */
    static UUID id(String written, String place) throws IOException {
        try {
            return UUID.fromString(written.strip());
        } catch (IllegalArgumentException e) {
            throw new IOException(place + " must hold the store's id", e);
        }
    }

    /** Begins an upload: empty, of no announced length. */
    BlobUpload begin(UUID id) throws IOException;

    /** An upload that was begun and neither finished nor aborted, also by an earlier process; null when there is none. */
    @Nullable
    BlobUpload resume(UUID id) throws IOException;

    /** The size of a blob in bytes; -1 when there is none. */
    long size(Digest digest) throws IOException;

    /**
     * Opens a blob to be read; null when there is none. One that is deleted while it is open stays readable to whoever opened
     * it before, or fails the read; it never gives other bytes.
     */
    @Nullable
    BlobContent open(Digest digest) throws IOException;

    /** Takes a blob away; none there is no fault. */
    void delete(Digest digest) throws IOException;

    /** Tells of every blob, in no order; those that come or go meanwhile are told or not. */
    void each(Consumer<Stored> told) throws IOException;

    /**
     * Uploads that nobody wrote to for that long.
     *
     * @param now the time to count from
     */
    List<UUID> idleUploads(Instant now, Duration idle) throws IOException;

    /**
     * Lets go of what an earlier process left behind that is part of no upload any more, if it is as old as that.
     *
     * @param now the time to count from
     */
    void sweep(Instant now, Duration idle) throws IOException;

    /** Bytes that may still be written; a large number where that is not known. */
    long room() throws IOException;

    @Override
    void close() throws IOException;
}
