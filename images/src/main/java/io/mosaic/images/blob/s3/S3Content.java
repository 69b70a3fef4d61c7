package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.ContentDamagedException;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.StoreUnavailableException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A blob in an object. What is read whole is hashed on its way, and its end is held back until the hash is right: wrong content never
 * arrives whole. Where the way to the endpoint breaks, reading goes on from there.
 */
final class S3Content implements BlobContent {

    private static final Logger LOG = LoggerFactory.getLogger(S3Content.class);

    private static final int BUFFER_BYTES = 64 * 1024;

    /** An endpoint that breaks off again and again is given up, unless that much comes in between. */
    private static final long PROGRESS_BYTES = 1 << 20;

    private final S3BlobStore store;
    private final Digest digest;
    private final long size;

    S3Content(S3BlobStore store, Digest digest, long size) {
        this.store = store;
        this.digest = digest;
        this.size = size;
    }

    @Override
    public long size() {
        return size;
    }

    /** Hands on one buffer late. */
    private static final class Held {
        private final Sink sink;
        private final @Nullable MessageDigest hash;
        private byte[] held = new byte[BUFFER_BYTES];
        private byte[] next = new byte[BUFFER_BYTES];
        private int length;
        private long come;

        Held(Sink sink, @Nullable MessageDigest hash) {
            this.sink = sink;
            this.hash = hash;
        }

        /** To be filled and then {@link #take taken}. */
        byte[] next() {
            return next;
        }

        void take(int count) throws IOException {
            if (hash != null) {
                hash.update(next, 0, count);
            }
            end();
            byte[] empty = held;
            held = next;
            next = empty;
            length = count;
            come += count;
        }

        void end() throws IOException {
            if (length > 0) {
                sink.write(held, 0, length);
                length = 0;
            }
        }
    }

    @Override
    public void copy(long offset, long length, Sink sink) throws IOException {
        if (length == 0) {
            return;
        }
        if (offset + length > size) {
            throw new EOFException("the blob has only " + size + " bytes");
        }
        MessageDigest hash = length == size ? digest.algorithm().start() : null;
        Held held = new Held(sink, hash);
        int attempts = store.attempts();
        int made = 1;
        while (held.come < length) {
            long before = held.come;
            IOException fault = part(offset, length, held);
            if (fault != null) {
                made = held.come - before >= PROGRESS_BYTES ? 1 : made + 1;
                if (made > attempts) {
                    throw new StoreUnavailableException("the object store does not give " + digest, fault);
                }
                LOG.debug("{} broke off after {} bytes and is gone on with", digest, held.come, fault);
                store.pause(made - 1);
            }
        }
        if (hash != null) {
            Digest found = Digest.of(digest.algorithm(), hash);
            if (!found.equals(digest)) {
                LOG.error("the object store gives for {} the content {}: run a check", digest, found);
                throw new ContentDamagedException(digest, found);
            }
        }
        held.end();
    }

    /** Reads on as far as it comes, and says what broke it off, if it was not the sink. */
    private @Nullable IOException part(long offset, long length, Held held) throws IOException {
        try (InputStream in = store.read(digest, offset + held.come, length - held.come)) {
            while (held.come < length) {
                byte[] buffer = held.next();
                int count;
                try {
                    count = in.readNBytes(buffer, 0, (int) Math.min(buffer.length, length - held.come));
                } catch (IOException e) {
                    return e;
                }
                if (count == 0) {
                    return new EOFException("the answer ended early");
                }
                held.take(count);
            }
            return null;
        }
    }

    @Override
    public void close() {
        // Nothing is open between two reads.
    }
}
