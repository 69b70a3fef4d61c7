package io.mosaic.agent.share;

import java.util.concurrent.TimeUnit;

/** Lets so many bytes a second go, over all who take of it at once; who comes first goes first. Thread-safe. */
public final class RateLimit {

    /** No limit. */
    public static final RateLimit NONE = new RateLimit(0);

    /** What may go at once after a rest. */
    private static final long BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final long bytesPerSecond;
    private final Time time;
    private long freeAt;

    /** What the limit goes by. */
    public interface Time {
        /** Nanoseconds from any beginning. */
        long nanos();

        void sleep(long nanos) throws InterruptedException;
    }

    private static final class SystemTime implements Time {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void sleep(long nanos) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    }

    /** @param bytesPerSecond 0: no limit */
    public RateLimit(long bytesPerSecond) {
        this(bytesPerSecond, new SystemTime());
    }

    /** The same by another clock. */
    public RateLimit(long bytesPerSecond, Time time) {
        this.bytesPerSecond = bytesPerSecond;
        this.time = time;
        this.freeAt = time.nanos();
    }

    /** Bytes that one who takes of it again and again should take at once: all get their turn some times a second. */
    public int portion(int most) {
        return bytesPerSecond == 0 ? most : Math.clamp(bytesPerSecond / 32, 1, most);
    }

    /** Waits until so many more may go. */
    public void take(int bytes) throws InterruptedException {
        if (bytesPerSecond == 0) {
            return;
        }
        long wait;
        synchronized (this) {
            long now = time.nanos();
            freeAt = Math.max(freeAt, now - BURST_NANOS) + bytes * 1_000_000_000L / bytesPerSecond;
            wait = freeAt - now;
        }
        if (wait > 0) {
            time.sleep(wait);
        }
    }
}
