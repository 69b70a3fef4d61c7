package io.mosaic.images.registry;

import io.mosaic.images.blob.Digest;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps storing and deleting of one digest apart. The store and its rows are changed one after the other; between the two,
 * somebody else's change of the same digest could delete what was just acknowledged. Some digests share a lock. Thread-safe.
 */
final class DigestLocks {

    private static final int LOCKS = 64;

    private final ReentrantLock[] locks = new ReentrantLock[LOCKS];

    DigestLocks() {
        for (int i = 0; i < LOCKS; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    /** Holds the digest until it is closed. */
    Held hold(Digest digest) {
        ReentrantLock lock = locks[Math.floorMod(digest.hashCode(), LOCKS)];
        lock.lock();
        return lock::unlock;
    }

    /** A digest that is held. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }
}
