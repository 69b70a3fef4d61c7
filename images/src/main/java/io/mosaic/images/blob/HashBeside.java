package io.mosaic.images.blob;

import java.io.InterruptedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Hashes buffers on a thread of its own while the next ones are read and written. A fixed few buffers go round, so that
 * neither side runs ahead of the other. Used by one thread, which must end it.
 */
public final class HashBeside {

    /** Takes the beginning of a buffer. */
    @FunctionalInterface
    public interface Hash {
        void add(byte[] bytes, int length);
    }

    private record Filled(byte[] bytes, int length) {}

    private static final Filled END = new Filled(new byte[0], -1);

    private final BlockingQueue<byte[]> free;
    private final BlockingQueue<Filled> filled;
    private final Hash hash;
    private final Thread hasher;

    /**
     * @param hash called in order, on that thread alone until it is ended
     * @param buffers that go round; with more than two, neither side waits for a short stop of the other
     * @param bufferBytes size of each
     */
    public HashBeside(Hash hash, int buffers, int bufferBytes) {
        this.free = new ArrayBlockingQueue<>(buffers);
        this.filled = new ArrayBlockingQueue<>(buffers + 1);
        this.hash = hash;
        for (int i = 0; i < buffers; i++) {
            free.add(new byte[bufferBytes]);
        }
        this.hasher = Thread.ofVirtual().name("hash").start(this::run);
    }

    /**
     * A buffer to fill; waits for one.
     *
     * @throws InterruptedIOException when the thread is interrupted, which it stays
     */
    public byte[] buffer() throws InterruptedIOException {
        try {
            return free.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Hands a filled buffer over, to be hashed and given out again. */
    public void hash(byte[] bytes, int length) {
        filled.add(new Filled(bytes, length));
    }

    /** Returns when all that was handed over is in the hash; an interrupt does not break that off, it is kept for later. */
    public void end() {
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
