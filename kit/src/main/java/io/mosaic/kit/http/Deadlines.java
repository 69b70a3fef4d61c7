package io.mosaic.kit.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Bounds blocking socket calls, which have no timeout of their own: a thread that stays in one past its deadline is
 * interrupted, which closes the socket under it.
 *
 * <p>Thread-safe. Exact to half a second.
 */
final class Deadlines implements AutoCloseable {

    private static final Duration TICK = Duration.ofMillis(500);

    private final Set<Entry> entries = ConcurrentHashMap.newKeySet();
    private final Thread ticker;

    Deadlines(String name) {
        ticker = Thread.ofPlatform().name(name).daemon().start(this::tick);
    }

    /** The current thread has that long, until it closes the entry. */
    Entry enter(Duration allowed) {
        Entry entry = new Entry(Thread.currentThread(), System.nanoTime() + allowed.toNanos());
        entries.add(entry);
        return entry;
    }

    private void tick() {
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Thread.sleep(TICK);
            } catch (InterruptedException e) {
                return;
            }
            long now = System.nanoTime();
            for (Entry entry : entries) {
                entry.interruptIfPast(now);
            }
        }
    }

    @Override
    public void close() {
        ticker.interrupt();
    }

    /** One bounded stretch of a thread. */
    final class Entry implements AutoCloseable {
        private final Thread thread;
        private final long deadline;
        private boolean over;

        private Entry(Thread thread, long deadline) {
            this.thread = thread;
            this.deadline = deadline;
        }

        private synchronized void interruptIfPast(long now) {
            if (!over && now - deadline > 0) {
                over = true;
                thread.interrupt();
            }
        }

        @Override
        public void close() {
            entries.remove(this);
            synchronized (this) {
                over = true;
            }
        }
    }
}
