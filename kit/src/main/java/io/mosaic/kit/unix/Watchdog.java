package io.mosaic.kit.unix;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a channel when its time is up, which wakes whoever is blocked on it. It is the one way that works whatever the
 * peer does: a blocking read has no timeout of its own on a unix socket.
 *
 * <p>Thread-safe. One thread serves all watchdogs; closing never blocks it.
 */
final class Watchdog {

    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);

    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private final SocketChannel channel;
    private @Nullable ScheduledFuture<?> armed;
    private int round;
    private boolean fired;

    Watchdog(SocketChannel channel) {
        this.channel = channel;
    }

    /** From now on that long; replaces what was armed before. */
    synchronized void arm(Duration time) {
        disarm();
        int mine = ++round;
        armed = TIMER.schedule(() -> fire(mine), Math.max(0, time.toNanos()), TimeUnit.NANOSECONDS);
    }

    /** True when it had not fired, and now will not. */
    synchronized boolean disarm() {
        round++;
        if (armed != null) {
            armed.cancel(false);
            armed = null;
        }
        return !fired;
    }

    synchronized boolean fired() {
        return fired;
    }

    private void fire(int mine) {
        synchronized (this) {
            if (mine != round) {
                return;
            }
            fired = true;
        }
        try {
            channel.close();
        } catch (IOException e) {
            LOG.warn("closing an overdue connection failed", e);
        }
    }

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("unix-deadlines").factory());
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }
}
