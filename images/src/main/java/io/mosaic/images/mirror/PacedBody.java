package io.mosaic.images.mirror;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A body that must go on coming: one of which nothing comes for too long, or far too little, is cut off. Read by one thread.
 */
final class PacedBody extends FilterInputStream {

    /** Slower than any line on which images are pulled. */
    private static final long BYTES_PER_SECOND_MIN = 8 * 1024;

    private static final long GRACE_NANOS = Duration.ofMinutes(1).toNanos();
    private static final long LOOK_MILLIS = 250;

    private final Watch watch;
    private final long began = System.nanoTime();
    private volatile long last = began;
    private volatile long come;
    private volatile boolean cut;

    PacedBody(InputStream in, Watch watch) {
        super(in);
        this.watch = watch;
        watch.bodies.add(this);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    public int read(byte[] into, int offset, int length) throws IOException {
        int count;
        try {
            count = in.read(into, offset, length);
        } catch (IOException e) {
            throw cut ? new IOException("nothing came for too long", e) : e;
        }
        if (cut) {
            throw new IOException("nothing came for too long");
        }
        last = System.nanoTime();
        come += Math.max(0, count);
        return count;
    }

    private boolean slow(long now, long stallNanos) {
        long all = now - began;
        return now - last > stallNanos || (all > GRACE_NANOS && come < all / 1_000_000_000 * BYTES_PER_SECOND_MIN);
    }

    private void cutOff() throws IOException {
        cut = true;
        in.close();
    }

    @Override
    public void close() throws IOException {
        watch.bodies.remove(this);
        in.close();
    }

    /** Looks at all open bodies of one registry. Thread-safe. */
    static final class Watch implements AutoCloseable {
        private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

        private final Set<PacedBody> bodies = ConcurrentHashMap.newKeySet();
        private final long stallNanos;
        private final Thread thread;

        Watch(Duration stall) {
            this.stallNanos = stall.toNanos();
            this.thread = Thread.ofVirtual().name("mirror-pace").start(this::run);
        }

        private void run() {
            try {
                while (true) {
                    Thread.sleep(LOOK_MILLIS);
                    long now = System.nanoTime();
                    bodies.stream().filter(each -> each.slow(now, stallNanos)).forEach(Watch::cutOff);
                }
            } catch (InterruptedException e) {
                bodies.forEach(Watch::cutOff);
            }
        }

        private static void cutOff(PacedBody body) {
            try {
                body.cutOff();
            } catch (IOException e) {
                LOG.debug("a body that was cut off did not close", e);
            }
        }

        @Override
        public void close() {
            thread.interrupt();
        }
    }
}
