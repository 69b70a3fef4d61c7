package io.mosaic.images.blob;

import java.security.MessageDigest;

/**
 * The SHA-256 of an upload's beginning, kept between its calls. When the process ends it is lost, and the content is read
 * once more. For one thread at a time.
 */
public final class RunningHash {

    private final MessageDigest hash = Digest.Algorithm.SHA256.start();
    private long hashed;

    /** Bytes that are in it. */
    public long hashed() {
        return hashed;
    }

    public void add(byte[] bytes, int length) {
        hash.update(bytes, 0, length);
        hashed += length;
    }

    public void reset() {
        hash.reset();
        hashed = 0;
    }

    /** Of all that is in it; more may be added after that. */
    public Digest digest() {
        try {
            return Digest.of(Digest.Algorithm.SHA256, (MessageDigest) hash.clone());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's SHA-256 can be copied", e);
        }
    }
}
