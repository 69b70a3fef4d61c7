package io.mosaic.controller.store;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drops now and then what the store need not keep. Every controller does it: each round starts from what is there, so
 * two at once only share the work.
 */
final class LogTrimmer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogTrimmer.class);
    private static final Duration STOP = Duration.ofSeconds(10);

    private final Store store;
    private final LogSettings.Keep keep;
    private final Clock clock;
    private final LongConsumer compacted;
    private final Thread thread;
    private final Object lock = new Object();
    private boolean closed;

    /** @param compacted told after each round to which revision the log is compacted */
    LogTrimmer(Store store, LogSettings.Keep keep, Clock clock, LongConsumer compacted) {
        this.store = store;
        this.keep = keep;
        this.clock = clock;
        this.compacted = compacted;
        this.thread = Thread.ofPlatform().daemon().name("log-trimmer").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
        }
        try {
            if (!thread.join(STOP)) {
                LOG.warn("a round of trimming still runs; it ends when the database answers");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (pause()) {
                trim();
            }
        } catch (InterruptedException e) {
            LOG.warn("trimming was interrupted and ends");
        }
    }

    /** Waits for the next round; false when there is none. */
    private boolean pause() throws InterruptedException {
        long end = System.nanoTime() + keep.trimEvery().toNanos();
        synchronized (lock) {
            while (!closed) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return true;
                }
                lock.wait(left / 1_000_000, (int) (left % 1_000_000));
            }
            return false;
        }
    }

    private void trim() {
        Instant now = clock.instant();
        try {
            compacted.accept(store.trim(new Store.Retention(
                    keep.changes(),
                    now.minus(keep.changesFor()),
                    now.minus(keep.keysFor()),
                    keep.events(),
                    keep.audit())));
        } catch (StoreException e) {
            LOG.warn("could not trim the log: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("trimming the log failed unexpectedly", e);
        }
    }
}
