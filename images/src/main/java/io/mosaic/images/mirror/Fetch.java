package io.mosaic.images.mirror;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.BlobUpload;
import io.mosaic.images.blob.StoreFullException;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One blob that is being fetched, and all who wait for it. They may read it as it comes, but not its last bytes before all of it is
 * proven: so nobody ever gets the whole of what is wrong. Thread-safe.
 */
final class Fetch {

    /** What is not handed on before the whole is proven. What is no longer, a configuration mostly, is proven before any of it is. */
    private static final int HELD_BACK_BYTES = 64 * 1024;

    private enum State {
        ASKED,
        COMING,
        DONE,
        FAILED
    }

    private State state = State.ASKED;
    private long size = -1;
    private long come;
    private @Nullable BlobUpload upload;
    private @Nullable Exception fault;

    /**
     * It begins to come.
     *
     * @param whole size, bytes; -1: not known
     * @param into where it comes to
     */
    synchronized void coming(long whole, BlobUpload into) {
        size = whole;
        upload = into;
        state = State.COMING;
        notifyAll();
    }

    /** So much has come, and can be read. */
    synchronized void come(long bytes) {
        come = bytes;
        notifyAll();
    }

    /** It is in the store and in the catalog. */
    synchronized void done() {
        state = State.DONE;
        upload = null;
        notifyAll();
    }

    /** @param why an {@link UpstreamException}, an {@link IOException} or a {@link ProblemException} mostly */
    synchronized void failed(Exception why) {
        fault = why;
        state = State.FAILED;
        upload = null;
        notifyAll();
    }

    /** Waits until it is there. */
    synchronized void await() throws IOException, UpstreamException, InterruptedException {
        while (state == State.ASKED || state == State.COMING) {
            wait();
        }
        requireGood();
    }

    /**
     * Waits until it begins to come.
     *
     * @return what can be read on the way; null when it must be there first
     */
    synchronized @Nullable BlobContent reader() throws IOException, UpstreamException, InterruptedException {
        while (state == State.ASKED) {
            wait();
        }
        requireGood();
        // Of what shall be empty nothing could be held back.
        BlobContent soFar = upload == null || size <= 0 ? null : upload.soFar();
        return soFar == null ? null : new Reader(soFar, size);
    }

    private void requireGood() throws IOException, UpstreamException {
        switch (fault) {
            case null -> {}
            case UpstreamException e -> throw e.again();
            case StoreFullException e -> throw new StoreFullException(String.valueOf(e.getMessage()));
            case ProblemException e -> throw new ProblemException(e.problem());
            case Exception e -> throw new IOException("the fetch of a blob failed: " + e.getMessage(), e);
        }
    }

    /** Waits until there is more than that to be shown; says up to where. */
    private synchronized long shownBeyond(long position, boolean whole)
            throws IOException, UpstreamException, InterruptedException {
        while (true) {
            requireGood();
            long shown = state == State.DONE ? size : whole ? Math.min(come, size - HELD_BACK_BYTES) : 0;
            if (shown > position) {
                return shown;
            }
            wait();
        }
    }

    /** Reads what comes. */
    private final class Reader implements BlobContent {
        private final BlobContent soFar;
        private final long whole;

        Reader(BlobContent soFar, long whole) {
            this.soFar = soFar;
            this.whole = whole;
        }

        @Override
        public long size() {
            return whole;
        }

        /** A part that is asked for alone could be all that somebody wants: it waits for the end. */
        @Override
        public void copy(long offset, long length, Sink sink) throws IOException {
            boolean all = offset == 0 && length == whole;
            long at = offset;
            try {
                while (at < offset + length) {
                    long some = Math.min(shownBeyond(at, all), offset + length) - at;
                    soFar.copy(at, some, sink);
                    at += some;
                }
            } catch (UpstreamException e) {
                throw new IOException(e.getMessage(), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public void close() throws IOException {
            soFar.close();
        }
    }
}
