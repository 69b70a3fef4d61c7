package io.mosaic.proof.rig;

import java.util.concurrent.TimeUnit;

/** Lets so many bytes a second go, over all that ask together. Thread-safe. */
final class Pace {

    /** What may go at once after a rest. */
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final long bytesPerSecond;
    private long freeAt = System.nanoTime();

    Pace(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Waits until that many more may go. */
    void take(int bytes) throws InterruptedException {
        long wait;
        synchronized (this) {
            long now = System.nanoTime();
            freeAt = Math.max(freeAt, now - BURST_NANOS) + bytes * 1_000_000_000L / bytesPerSecond;
            wait = freeAt - now;
        }
        if (wait > 0) {
            TimeUnit.NANOSECONDS.sleep(wait);
        }
    }
}
