package io.mosaic.agent.share;

import java.util.concurrent.TimeUnit;

/** Lets so many bytes a second go, over all that are sent at once; who comes first goes first. Thread-safe. */
final class Uplink {

    /** What may go at once after a rest. */
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final long bytesPerSecond;
    private long freeAt = System.nanoTime();

    /** @param bytesPerSecond 0: no limit */
    Uplink(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Waits until so many more may go. */
    void take(int bytes) throws InterruptedException {
        if (bytesPerSecond == 0) {
            return;
        }
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
