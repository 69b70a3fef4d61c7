package io.mosaic.proof.bench;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * Asks a port over and over, each time on a new connection, and tells how long it did not answer: from the last request
 * that was answered to the first that was again.
 */
final class GapProbe implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 500;
    private static final long PAUSE_MILLIS = 2;

    private final InetSocketAddress target;
    private final Thread thread;
    private volatile boolean closing;
    private volatile long longestNanos;
    private volatile long lastNanos = System.nanoTime();

    private GapProbe(InetSocketAddress target) {
        this.target = target;
        this.thread = Thread.ofPlatform().daemon().name("gap-probe").start(this::run);
    }

    static GapProbe start(String ip, int port) {
        return new GapProbe(new InetSocketAddress(ip, port));
    }

    /** The longest time without an answer since this was asked last. */
    long takeLongest() {
        long longest = Math.max(longestNanos, System.nanoTime() - lastNanos);
        longestNanos = 0;
        return longest;
    }

    private void run() {
        try {
            while (!closing) {
                try (Socket socket = EchoLoad.connect(target, TIMEOUT_MILLIS)) {
                    EchoLoad.request(socket);
                    long now = System.nanoTime();
                    longestNanos = Math.max(longestNanos, now - lastNanos);
                    lastNanos = now;
                } catch (IOException e) {
                    // That is the gap.
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws InterruptedException {
        closing = true;
        thread.join();
    }
}
