package io.mosaic.proof.bench;

import io.mosaic.model.AppMember;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Watches an app's sets and notes which of them one release ever came to, however soon it was taken back. Thread-safe. */
final class TouchedSets implements AutoCloseable {

    private static final Duration DEADLINE = Duration.ofMinutes(1);

    private final Watch<SetResource> watch;
    private final int release;
    private final Thread reader;
    private final Set<String> touched = new HashSet<>();
    private long heard;
    private @Nullable RuntimeException fault;

    private TouchedSets(Watch<SetResource> watch, int release, long from) {
        this.watch = watch;
        this.release = release;
        this.heard = from;
        this.reader = Thread.ofVirtual().name("touched").start(this::read);
    }

    /** From now on. */
    static TouchedSets watch(MosaicClient client, String app, int release) {
        long from = client.sets().list(SetQuery.ALL.withLimit(1)).revision();
        return new TouchedSets(client.sets().watch(SetQuery.ALL.withApp(app), from), release, from);
    }

    private void read() {
        try {
            while (true) {
                WatchEvent<SetResource> event = watch.next(Duration.ofSeconds(1));
                if (event != null) {
                    hear(event);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            synchronized (this) {
                fault = e;
                notifyAll();
            }
        }
    }

    private synchronized void hear(WatchEvent<SetResource> event) {
        SetResource set = event.item();
        AppMember member = set == null ? null : set.app();
        if (set != null && member != null && member.release() == release) {
            touched.add(set.name());
        }
        heard = Math.max(heard, event.revision());
        notifyAll();
    }

    /**
     * How many there were up to that revision.
     *
     * @throws IllegalStateException when the watch broke, or does not come so far
     */
    synchronized int upTo(long revision) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (heard < revision && fault == null && System.nanoTime() < end) {
            wait(DEADLINE.toMillis());
        }
        if (heard < revision) {
            throw new IllegalStateException("the watch came to revision " + heard + " of " + revision, fault);
        }
        return touched.size();
    }

    @Override
    public void close() throws InterruptedException {
        reader.interrupt();
        reader.join();
        watch.close();
    }
}
