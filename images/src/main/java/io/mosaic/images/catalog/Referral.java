package io.mosaic.images.catalog;

import io.mosaic.images.blob.Digest;
import org.jdbi.v3.core.Handle;

/**
 * What begins to refer to a blob in the same transaction that says that it is there: nobody can collect the blob between the
 * two. Made by catalogs, handed through by who stores content.
 */
public final class Referral {

    /** Nothing does yet: something will within the grace of a collection. */
    public static final Referral NONE = new Referral((handle, repository, digest, size) -> {});

    /** Writes the rows that refer. */
    @FunctionalInterface
    interface Rows {
        void write(Handle handle, long repository, Digest digest, long size);
    }

    private final Rows rows;

    Referral(Rows rows) {
        this.rows = rows;
    }

    void write(Handle handle, long repository, Digest digest, long size) {
        rows.write(handle, repository, digest, size);
    }

    /** What should refer to the blob is gone: the blob is not wanted either. */
    public static final class GoneException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public GoneException(String message) {
            super(message, null, false, false);
        }
    }
}
