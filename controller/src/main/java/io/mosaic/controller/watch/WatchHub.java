package io.mosaic.controller.watch;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamOutput;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands every change of the log to whoever watches. Each watcher has a queue of its own; one that does not keep up is cut
 * off with a bookmark and resumes from there, so that it costs the others nothing.
 *
 * <p>Thread-safe.
 */
public final class WatchHub implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WatchHub.class);

    /** Changes that wait for one watcher; at a burst of 5,000 changes a second it may lag by a fifth of a second. */
    static final int QUEUE_MAX = 1024;

    /** Proxies cut what is silent for a minute. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    /** How long a watcher from a revision that this controller has not seen yet waits for it. */
    private static final Duration CATCH_UP = Duration.ofSeconds(10);

    private static final int HISTORY_PAGE = 1000;

    /** Groups of changes that wait to be handed out. When watchers are so many that it fills, the log waits. */
    private static final int GROUPS_MAX = 1000;

    private final ClusterLog log;
    private final Duration heartbeat;
    private final BlockingQueue<Group> groups = new ArrayBlockingQueue<>(GROUPS_MAX);
    private final Thread thread;
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
    private final ClusterLog.Subscription subscription;
    private final Object order = new Object();
    private long position;

    public WatchHub(ClusterLog log) {
        this(log, HEARTBEAT);
    }

    /** @param heartbeat between two bookmarks of a quiet stream */
    public WatchHub(ClusterLog log, Duration heartbeat) {
        this.log = log;
        this.heartbeat = heartbeat;
        // The listener may be called before subscribe returns, so nobody reads the position until it is set.
        synchronized (order) {
            subscription = log.subscribe(this::changed);
            position = subscription.start().revision();
        }
        thread = Thread.ofPlatform().name("watch-hub").daemon().start(this::handOut);
    }

    /** Changes that were committed together, and the revision after them. */
    private record Group(List<Change> changes, long revision) {}

    /** Streams open now. */
    public int watching() {
        return watchers.size();
    }

    /**
     * The stream of changes after that revision.
     *
     * @param from absent (-1): from now on
     * @throws ProblemException of kind COMPACTED when the changes are no longer there, TIMEOUT when the revision is ahead
     *     of everything that this controller hears in good time
     */
    public Reply watch(WatchFilter filter, long from) throws InterruptedException {
        if (from >= 0) {
            log.imageAtLeast(from, CATCH_UP);
            if (from < log.compactedTo()) {
                throw compacted(from);
            }
        }
        long start = from < 0 ? log.image().revision() : from;
        return Reply.stream(Answer.EVENTS, out -> stream(filter, start, out));
    }

    private ProblemException compacted(long from) {
        return new ProblemException(
                Problem.Kind.COMPACTED,
                "changes after revision " + from + " are gone (kept from " + log.compactedTo()
                        + " on); list anew and watch from there");
    }

    /** On the log's own thread, which commits wait for: waking thousands of watchers is another's work. */
    private void changed(List<Change> changes, ClusterImage image) {
        try {
            groups.put(new Group(changes, image.revision()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void handOut() {
        try {
            while (true) {
                Group group = groups.take();
                try {
                    handOut(group);
                } catch (RuntimeException e) {
                    // A hub that stops would stop the log in the end.
                    LOG.error("changes up to revision {} may not have reached all watchers", group.revision(), e);
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("the hub ends");
        }
    }

    private void handOut(Group group) {
        synchronized (order) {
            for (Change change : group.changes()) {
                WatchedChange watched = new WatchedChange(change);
                for (Watcher watcher : watchers) {
                    watcher.offer(watched);
                }
            }
            position = Math.max(position, group.revision());
        }
    }

    private void stream(WatchFilter filter, long from, StreamOutput out) throws IOException, InterruptedException {
        Watcher watcher = new Watcher(filter, QUEUE_MAX);
        AutoCloseable stop = out.onStop(watcher.mailbox()::wake);
        try {
            out.write(SseEvent.bookmark(from));
            out.flush();
            long delivered = history(watcher, from, Long.MAX_VALUE, out);
            long live;
            synchronized (order) {
                watchers.add(watcher);
                live = position;
            }
            delivered = history(watcher, delivered, live, out);
            if (out.stopping()) {
                // The history was broken off: what is bookmarked is only what was told.
                out.write(SseEvent.bookmark(delivered));
                out.flush();
                return;
            }
            live(watcher, Math.max(delivered, live), out);
        } finally {
            watchers.remove(watcher);
            close(stop);
        }
    }

    static void close(AutoCloseable stop) {
        try {
            stop.close();
        } catch (Exception e) {
            throw new IllegalStateException("a stop hook does not fail to close", e);
        }
    }

    /** Tells what the log keeps after that revision, up to {@code to} or until there is no more; returns how far it got. */
    private long history(Watcher watcher, long from, long to, StreamOutput out) throws IOException {
        long delivered = from;
        while (delivered < to && !out.stopping()) {
            List<Change> page = changesAfter(delivered);
            for (Change change : page) {
                if (change.revision() > to) {
                    return delivered;
                }
                tell(watcher, new WatchedChange(change), out);
                delivered = change.revision();
            }
            out.flush();
            if (page.size() < HISTORY_PAGE) {
                return delivered;
            }
        }
        return delivered;
    }

    private List<Change> changesAfter(long revision) throws IOException {
        try {
            return log.changesAfter(revision, HISTORY_PAGE);
        } catch (ProblemException e) {
            // The answer's head is long gone: all that is left is to end, and the client's next try is told why.
            LOG.info("a watch from revision {} ends: {}", revision, e.getMessage());
            throw new IOException(e);
        }
    }

    private void live(Watcher watcher, long from, StreamOutput out) throws IOException, InterruptedException {
        long delivered = from;
        while (true) {
            WatchedChange next = watcher.mailbox().poll(heartbeat);
            if (next == null) {
                delivered = quietAt(watcher, delivered);
                out.write(SseEvent.bookmark(delivered));
                out.flush();
                if (watcher.mailbox().isCutOff() || out.stopping()) {
                    return;
                }
                continue;
            }
            if (next.revision() > delivered) {
                tell(watcher, next, out);
                delivered = next.revision();
            }
            if (watcher.mailbox().isEmpty()) {
                out.flush();
            }
        }
    }

    /** How far the watcher is when its queue is empty: at the hub's own position, for all before it was not for it. */
    private long quietAt(Watcher watcher, long delivered) {
        synchronized (order) {
            return watcher.mailbox().isDrained() ? Math.max(delivered, position) : delivered;
        }
    }

    private static void tell(Watcher watcher, WatchedChange change, StreamOutput out) throws IOException {
        Boolean asDelete = watcher.concerns(change);
        if (asDelete != null) {
            out.write(change.bytes(asDelete));
        }
    }

    @Override
    public void close() {
        subscription.close();
        thread.interrupt();
    }
}
