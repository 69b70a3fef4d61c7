package io.mosaic.images.blob;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Hashes buffers on a thread of its own while the next ones are read and written. A fixed few buffers go round, so that
 * neither side runs ahead of the other. Used by one thread, which must end it.
 */
final class HashBeside {

    /** One is being filled, one hashed, and two lie between, so that neither waits for a short stop of the other. */
    private static final int BUFFERS = 4;

    private record Filled(byte[] bytes, int length) {}

    private static final Filled END = new Filled(new byte[0], -1);

    private final BlockingQueue<byte[]> free = new ArrayBlockingQueue<>(BUFFERS);
    private final BlockingQueue<Filled> filled = new ArrayBlockingQueue<>(BUFFERS + 1);
    private final RunningHash hash;
    private final Thread hasher;

    HashBeside(RunningHash hash, int bufferBytes) {
        this.hash = hash;
        for (int i = 0; i < BUFFERS; i++) {
            free.add(new byte[bufferBytes]);
        }
        this.hasher = Thread.ofVirtual().name("hash").start(this::run);
    }

    /** A buffer to fill; waits for one. */
    byte[] buffer() throws InterruptedException {
        return free.take();
    }

    /** Hands a filled buffer over, to be hashed and given out again. */
    void hash(byte[] bytes, int length) {
        filled.add(new Filled(bytes, length));
    }

    /** Returns when all that was handed over is in the hash; an interrupt does not break that off, it is kept for later. */
    void end() {
        filled.add(END);
        boolean interrupted = false;
        while (true) {
            try {
                hasher.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            for (Filled next = filled.take(); next.length() >= 0; next = filled.take()) {
                hash.add(next.bytes(), next.length());
                free.add(next.bytes());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        }
    }
}
