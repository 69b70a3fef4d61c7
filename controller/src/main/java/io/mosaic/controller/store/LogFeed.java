package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.store.ClusterLog.Listener;
import io.mosaic.controller.store.ClusterLog.Subscription;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a controller shows of the log: its newest image, the recent changes, and the listeners that hear of each.
 * Thread-safe; only the log's own thread publishes, which keeps the order for every listener.
 */
final class LogFeed {
    private static final Logger LOG = LoggerFactory.getLogger(LogFeed.class);

    private final Object lock = new Object();
    private final RecentChanges recent;
    private final List<Subscriber> subscribers = new CopyOnWriteArrayList<>();
    private volatile ClusterImage image;

    LogFeed(ClusterImage image, int recent) {
        this.image = image;
        this.recent = new RecentChanges(recent, image.revision());
    }

    ClusterImage image() {
        return image;
    }

    /** Shows the image, which those changes lead to without a gap, then tells the listeners. */
    void publish(List<Change> changes, ClusterImage next) {
        if (changes.isEmpty()) {
            return;
        }
        List<Subscriber> told;
        synchronized (lock) {
            changes.forEach(recent::add);
            image = next;
            told = new ArrayList<>(subscribers);
            lock.notifyAll();
        }
        tell(told, List.copyOf(changes), next);
    }

    /** Shows an image that was loaded anew; the changes stand for what happened between, whose steps are lost. */
    void restart(List<Change> changes, ClusterImage next) {
        List<Subscriber> told;
        synchronized (lock) {
            recent.restart(next.revision());
            image = next;
            told = new ArrayList<>(subscribers);
            lock.notifyAll();
        }
        if (!changes.isEmpty()) {
            tell(told, changes, next);
        }
    }

    private static void tell(List<Subscriber> told, List<Change> changes, ClusterImage next) {
        for (Subscriber subscriber : told) {
            try {
                subscriber.changed(changes, next);
            } catch (RuntimeException e) {
                LOG.error("a listener of the log failed; the others are told all the same", e);
            }
        }
    }

    Subscription subscribe(Listener listener) {
        synchronized (lock) {
            Subscriber subscriber = new Subscriber(listener, image);
            subscribers.add(subscriber);
            return subscriber;
        }
    }

    /** Waits for that revision; runs {@code absent} once when it is not there yet. */
    ClusterImage atLeast(long revision, Duration timeout, Runnable absent) throws InterruptedException {
        if (image.revision() >= revision) {
            return image;
        }
        absent.run();
        long end = System.nanoTime() + timeout.toNanos();
        synchronized (lock) {
            while (image.revision() < revision) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw new ProblemException(
                            Problem.Kind.TIMEOUT,
                            "revision " + revision + " is not here yet; the newest is " + image.revision());
                }
                lock.wait(left / 1_000_000, (int) (left % 1_000_000));
            }
            return image;
        }
    }

    /** Changes after that revision from memory, or null when they are no longer there. */
    @Nullable
    List<Change> recentAfter(long revision, int limit) {
        synchronized (lock) {
            return recent.covers(revision) ? recent.after(revision, limit) : null;
        }
    }

    private final class Subscriber implements Subscription {
        private final Listener listener;
        private final ClusterImage start;
        private volatile boolean closed;

        Subscriber(Listener listener, ClusterImage start) {
            this.listener = listener;
            this.start = start;
        }

        void changed(List<Change> changes, ClusterImage next) {
            if (!closed) {
                listener.changed(changes, next);
            }
        }

        @Override
        public ClusterImage start() {
            return start;
        }

        @Override
        public void close() {
            closed = true;
            subscribers.remove(this);
        }
    }
}
