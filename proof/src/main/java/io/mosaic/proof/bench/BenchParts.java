package io.mosaic.proof.bench;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What a benchmark started. Closed in reverse order when it ends, and when Ctrl-C or SIGTERM ends it.
 *
 * <p>Thread-safe.
 */
final class BenchParts implements AutoCloseable {

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private final boolean keep;
    private boolean closed;

    /** @param keep whether to leave everything running for a look */
    BenchParts(boolean keep) {
        this.keep = keep;
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "bench-cleanup"));
    }

    /** Takes charge of it. */
    synchronized <T extends AutoCloseable> T add(T part) {
        parts.push(part);
        return part;
    }

    @Override
    public synchronized void close() {
        if (closed || keep) {
            return;
        }
        closed = true;
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                System.err.println("not removed cleanly: " + e);
            }
        }
    }
}
