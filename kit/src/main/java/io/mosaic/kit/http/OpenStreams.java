package io.mosaic.kit.http;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/** The streams and sockets that are open now: no more than allowed, and all told when the server stops. Thread-safe. */
final class OpenStreams {

    private final Semaphore permits;
    private final int max;
    private final Set<Stop> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    OpenStreams(int max) {
        this.max = max;
        this.permits = new Semaphore(max);
    }

    /** @throws ProblemException of kind TOO_MANY when there are as many as allowed, UNAVAILABLE when the server stops */
    void acquire() {
        if (stopping) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, "the server is stopping");
        }
        if (!permits.tryAcquire()) {
            throw new ProblemException(Problem.Kind.TOO_MANY, "as many streams are open as allowed: " + max);
        }
    }

    void release() {
        permits.release();
    }

    int count() {
        return max - permits.availablePermits();
    }

    boolean stopping() {
        return stopping;
    }

    /** Runs the action when the server stops, at once if it does already. */
    Stop onStop(Runnable action) {
        Stop stop = new Stop(action);
        open.add(stop);
        if (stopping) {
            action.run();
        }
        return stop;
    }

    /** Tells every stream, and waits that long for them to end. */
    void stop(Duration grace) throws InterruptedException {
        stopping = true;
        open.forEach(stop -> stop.action.run());
        long deadline = System.nanoTime() + grace.toNanos();
        while (count() > 0 && deadline - System.nanoTime() > 0) {
            Thread.sleep(10);
        }
    }

    /** An action that is forgotten when closed. */
    final class Stop implements AutoCloseable {
        private final Runnable action;

        private Stop(Runnable action) {
            this.action = action;
        }

        @Override
        public void close() {
            open.remove(this);
        }
    }
}
