package io.mosaic.controller.watch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A bounded queue that is cut off for good when it overflows: what is in it stays good, nothing more comes. Thread-safe. */
final class Mailbox<T> {

    private final int max;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<T> queue = new ArrayDeque<>();
    private boolean cutOff;
    private boolean woken;

    Mailbox(int max) {
        this.max = max;
    }

    /** Never waits. */
    void offer(T item) {
        lock.lock();
        try {
            if (!cutOff && queue.size() < max) {
                queue.add(item);
            } else {
                cutOff = true;
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** From now on nobody waits here. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The next item, or null when there is none in that time, or none will come. */
    @Nullable
    T poll(Duration atMost) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = atMost.toNanos();
            while (queue.isEmpty() && !cutOff && !woken && left > 0) {
                left = changed.awaitNanos(left);
            }
            return queue.poll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether it is empty and something may still come. */
    boolean isDrained() {
        lock.lock();
        try {
            return queue.isEmpty() && !cutOff;
        } finally {
            lock.unlock();
        }
    }

    boolean isEmpty() {
        lock.lock();
        try {
            return queue.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    boolean isCutOff() {
        lock.lock();
        try {
            return cutOff;
        } finally {
            lock.unlock();
        }
    }
}
