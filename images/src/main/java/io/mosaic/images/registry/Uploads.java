package io.mosaic.images.registry;

import io.mosaic.images.blob.BlobStore;
import io.mosaic.images.blob.BlobUpload;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.DigestMismatchException;
import io.mosaic.images.blob.ReadFailedException;
import io.mosaic.images.blob.StoreFullException;
import io.mosaic.images.catalog.BlobCatalog;
import io.mosaic.images.catalog.Referral;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Uploads of blobs into repositories, in one piece or in many, over any number of calls and restarts of the process.
 * Thread-safe; two calls about one upload exclude each other.
 */
public final class Uploads {

    private static final Logger LOG = LoggerFactory.getLogger(Uploads.class);

    private final BlobStore store;
    private final BlobCatalog catalog;
    private final DigestLocks locks;
    private final RegistryLimits limits;
    private final Set<UUID> busy = ConcurrentHashMap.newKeySet();

    Uploads(BlobStore store, BlobCatalog catalog, DigestLocks locks, RegistryLimits limits) {
        this.store = store;
        this.catalog = catalog;
        this.locks = locks;
        this.limits = limits;
    }

    /** Why a piece was not taken; what came before it is kept. */
    public enum Refusal {
        /** There is no such upload in that repository. */
        UNKNOWN,
        /** It does not begin where the upload ends, or another call is at it. */
        OUT_OF_ORDER,
        /** It is not as long as was said, or too long altogether. */
        SIZE
    }

    /** A piece was not taken. */
    public static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final Refusal refusal;
        private final long size;

        RefusedException(Refusal refusal, String message, long size) {
            super(message, null, false, false);
            this.refusal = refusal;
            this.size = size;
        }

        public Refusal refusal() {
            return refusal;
        }

        /** Bytes that the upload has; 0 where that is not known. */
        public long size() {
            return size;
        }
    }

    /**
     * A piece of an upload.
     *
     * @param body read to its end
     * @param start where it says that it begins; absent: where the upload ends
     * @param length bytes that it says that it has; -1: however many come
     */
    public record Piece(InputStream body, @Nullable Long start, long length) {}

    /** Begins one; see {@link BlobCatalog#beginUpload} for what it throws. */
    public UUID begin(RepositoryName repository) throws IOException {
        UUID id = UUID.randomUUID();
        catalog.beginUpload(id, repository, limits.tenantUploads());
        boolean begun = false;
        try (BlobUpload _ = store.begin(id)) {
            begun = true;
        } finally {
            if (!begun) {
                catalog.endUpload(id);
            }
        }
        return id;
    }

    /** Bytes that have come. */
    public long size(RepositoryName repository, UUID id) throws IOException, RefusedException {
        require(repository, id);
        try (BlobUpload upload = opened(id)) {
            return upload.size();
        }
    }

    /**
     * Takes a piece.
     *
     * @return bytes that have come with it
     * @throws ReadFailedException when the piece did not come whole; what came is kept, but for a piece that says its place
     */
    public long append(RepositoryName repository, UUID id, Piece piece) throws IOException, RefusedException {
        require(repository, id);
        return alone(id, upload -> append(upload, piece));
    }

    /**
     * Takes a last piece, which may be empty, and makes the upload a blob of the repository.
     *
     * @return the blob's size, bytes
     * @throws DigestMismatchException when the content has another digest; the upload is given up
     */
    public long finish(RepositoryName repository, UUID id, Digest digest, Piece last)
            throws IOException, RefusedException {
        require(repository, id);
        return alone(id, upload -> {
            append(upload, last);
            return store(repository, upload, digest);
        });
    }

    /**
     * Content that is in the store.
     *
     * @param size bytes
     */
    public record Stored(Digest digest, long size) {}

    /** What refers to content, asked once all of it has come. */
    @FunctionalInterface
    public interface Wanted {
        /** @throws IOException when the content is not wanted after all */
        Referral once(long size) throws IOException;
    }

    /**
     * Takes a last piece of content that nobody said the digest of, and makes the upload a blob of the repository that is
     * referred to from the moment on that it is there.
     *
     * @throws Referral.GoneException when what should refer to it is gone; the content is gone as well
     */
    public Stored finish(RepositoryName repository, UUID id, Piece last, Wanted wanted)
            throws IOException, RefusedException {
        require(repository, id);
        return alone(id, upload -> {
            append(upload, last);
            Referral referral = wanted.once(upload.size());
            Digest digest = upload.sha256();
            return new Stored(digest, store(repository, upload, digest, referral));
        });
    }

    private long store(RepositoryName repository, BlobUpload upload, Digest digest) throws IOException {
        return store(repository, upload, digest, Referral.NONE);
    }

    private long store(RepositoryName repository, BlobUpload upload, Digest digest, Referral referral)
            throws IOException {
        try (DigestLocks.Held _ = locks.hold(digest)) {
            long size = upload.finish(digest);
            // From here on the content is there under its name, and no upload is left: only the rows are to be written.
            // When that
            // fails, or the process ends here, the collector finds content that no row knows.
            catalog.stored(repository, digest, size, upload.id(), referral);
            return size;
        } catch (DigestMismatchException e) {
            giveUp(upload);
            throw e;
        } catch (ProblemException e) {
            if (e.is(Problem.Kind.QUOTA)) {
                dropUnwanted(upload.id(), digest);
            }
            throw e;
        } catch (Referral.GoneException e) {
            dropUnwanted(upload.id(), digest);
            throw e;
        }
    }

    /**
     * Makes content that came otherwise than by an upload into a repository a blob, and has its rows written before anybody
     * could delete it. When it fails the caller gives the content up.
     *
     * @param rows gets the blob's size, bytes
     * @throws DigestMismatchException when the content has another digest
     */
    public void settle(BlobUpload content, Digest digest, LongConsumer rows) throws IOException {
        try (DigestLocks.Held _ = locks.hold(digest)) {
            rows.accept(content.finish(digest));
        }
    }

    /** What the tenant may not have is nobody's, unless somebody else has it too. */
    private void dropUnwanted(UUID upload, Digest digest) throws IOException {
        try (DigestLocks.Held _ = locks.hold(digest)) {
            catalog.endUpload(upload);
            if (!catalog.knows(digest)) {
                store.delete(digest);
            }
        }
    }

    /** Gives one up. */
    public void abort(RepositoryName repository, UUID id) throws IOException, RefusedException {
        require(repository, id);
        alone(id, upload -> {
            giveUp(upload);
            return 0;
        });
    }

    private void giveUp(BlobUpload upload) throws IOException {
        upload.abort();
        catalog.endUpload(upload.id());
    }

    private interface Work<T> {
        T on(BlobUpload upload) throws IOException, RefusedException;
    }

    private <T> T alone(UUID id, Work<T> work) throws IOException, RefusedException {
        if (!busy.add(id)) {
            throw new RefusedException(Refusal.OUT_OF_ORDER, "another call is at this upload", 0);
        }
        try (BlobUpload upload = opened(id)) {
            try {
                return work.on(upload);
            } catch (StoreFullException e) {
                // Its space is needed by others, and it could not go on where there is none.
                giveUp(upload);
                throw e;
            }
        } finally {
            busy.remove(id);
        }
    }

    private long append(BlobUpload upload, Piece piece) throws IOException, RefusedException {
        long before = upload.size();
        Long start = piece.start();
        if (start != null && start != before) {
            throw new RefusedException(
                    Refusal.OUT_OF_ORDER, "the piece begins at " + start + ", the upload ends at " + before, before);
        }
        long most = limits.blobBytes() - before;
        if (piece.length() > most) {
            throw new RefusedException(
                    Refusal.SIZE, "a blob may have at most " + limits.blobBytes() + " bytes", before);
        }
        if (piece.length() > store.room()) {
            throw new StoreFullException("the store has no room for " + piece.length() + " bytes");
        }
        boolean whole = false;
        try {
            long come = upload.append(piece.body(), piece.length() < 0 ? most : piece.length());
            boolean asSaid = piece.length() < 0 || come == piece.length();
            if (!asSaid || piece.body().read() >= 0) {
                throw new RefusedException(Refusal.SIZE, "the piece is not as long as it says, or too long", before);
            }
            whole = true;
            return before + come;
        } catch (ReadFailedException e) {
            // What has no place of its own can be gone on with from where it broke off.
            whole = start == null;
            throw e;
        } finally {
            if (!whole) {
                upload.truncate(before);
            }
        }
    }

    private void require(RepositoryName repository, UUID id) throws RefusedException {
        if (!repository.equals(catalog.uploadOf(id))) {
            throw unknown();
        }
    }

    private BlobUpload opened(UUID id) throws IOException, RefusedException {
        BlobUpload upload = store.resume(id);
        if (upload == null) {
            throw unknown();
        }
        return upload;
    }

    private static RefusedException unknown() {
        return new RefusedException(Refusal.UNKNOWN, "there is no such upload in this repository", 0);
    }

    /**
     * Gives up what has been idle for too long.
     *
     * @return how many
     */
    int expire(Instant now) throws IOException {
        int expired = 0;
        store.sweep(now, limits.uploadIdle());
        for (UUID id : store.idleUploads(now, limits.uploadIdle())) {
            try {
                alone(id, upload -> {
                    giveUp(upload);
                    return 0;
                });
                expired++;
            } catch (RefusedException e) {
                LOG.debug("upload {} is not idle after all", id, e);
            } catch (ProblemException e) {
                if (!e.is(Problem.Kind.UNAVAILABLE)) {
                    throw e;
                }
                LOG.warn("upload {} could not be given up: {}", id, e.getMessage());
            }
        }
        for (UUID id : catalog.uploadsBegunBefore(limits.uploadIdle())) {
            try (BlobUpload upload = store.resume(id)) {
                if (upload == null) {
                    // Its content got its name, but the database did not hear of it.
                    catalog.endUpload(id);
                    expired++;
                }
            }
        }
        return expired;
    }
}
