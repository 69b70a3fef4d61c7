package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.store.Store.Append;
import io.mosaic.controller.store.Store.Listening;
import io.mosaic.controller.store.Store.Snapshot;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster log over a {@link Store}. One thread does all that moves the image: it commits the callers that wait, in
 * groups, and follows what other controllers commit. So each image, each listener and each caller sees one order.
 *
 * <p>While the database is away, callers wait up to their time and get UNAVAILABLE; the thread tries on until it is back.
 * A group whose COMMIT was not answered is looked up before anything else happens, so that no write is lost or doubled.
 *
 * <p>Thread-safe. Does not close its store.
 */
public final class StoreLog implements ClusterLog {
    private static final Logger LOG = LoggerFactory.getLogger(StoreLog.class);

    /** Changes of other controllers read in one go. */
    private static final int FOLLOW_LIMIT = 2_000;

    private static final Duration BACKOFF_MIN = Duration.ofMillis(50);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(1);

    /** What wakes the thread without work to commit. */
    private static final PendingCommit WAKE = new PendingCommit(Commit.of(head -> Decision.Decided.NOTHING));

    private final UUID id = UUID.randomUUID();
    private final Store store;
    private final LogSettings settings;
    private final Clock clock;
    private final LogFeed feed;
    private final BlockingQueue<PendingCommit> waiting;
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Thread thread;
    private final LogTrimmer trimmer;
    private final Listening listening;
    private final AtomicLong compactedTo;
    private volatile boolean closed;
    /** Why the database is away, absent while it answers. */
    private volatile @Nullable String outage;

    private StoreLog(Store store, LogSettings settings, Clock clock, Snapshot snapshot) {
        this.store = store;
        this.settings = settings;
        this.clock = clock;
        this.waiting = new ArrayBlockingQueue<>(settings.waitingMax());
        this.feed = new LogFeed(ClusterImage.of(snapshot.revision(), snapshot.resources()), settings.recent());
        this.compactedTo = new AtomicLong(snapshot.compactedTo());
        this.thread = Thread.ofPlatform().name("log").unstarted(this::run);
        this.trimmer = new LogTrimmer(store, settings.keep(), clock, this::compacted);
        this.listening = store.listen(this::committedSomewhere);
    }

    /**
     * Loads the image and starts to follow the log.
     *
     * @param clock for the times that are kept; waiting goes by the machine's monotonic clock
     * @throws StoreException when the store cannot be read
     */
    public static StoreLog open(Store store, LogSettings settings, Clock clock) throws StoreException {
        StoreLog log = new StoreLog(store, settings, clock, store.load());
        log.thread.start();
        log.trimmer.start();
        LOG.info("log open at revision {}", log.image().revision());
        return log;
    }

    @Override
    public ClusterImage image() {
        return feed.image();
    }

    @Override
    public ClusterImage imageAtLeast(long revision, Duration timeout) throws InterruptedException {
        return feed.atLeast(revision, timeout, this::wake);
    }

    @Override
    public Committed commit(Commit commit) throws InterruptedException {
        PendingCommit pending = new PendingCommit(commit);
        if (closed) {
            throw stopping();
        }
        if (!waiting.offer(pending)) {
            throw new ProblemException(
                    Problem.Kind.UNAVAILABLE,
                    outage == null ? "too many changes wait for the database" : "the database is away: " + outage);
        }
        if (closed) {
            // The thread may have looked for the last time before the offer.
            pending.refuse(stopping());
        }
        return pending.await(settings.commitTimeout(), this::outage);
    }

    @Override
    public Subscription subscribe(Listener listener) {
        return feed.subscribe(listener);
    }

    @Override
    public long compactedTo() {
        return compactedTo.get();
    }

    @Override
    public List<Change> changesAfter(long revision, int limit) {
        List<Change> recent = feed.recentAfter(revision, limit);
        if (recent != null) {
            return recent;
        }
        try {
            long newest = image().revision();
            return store.changesAfter(revision, limit).stream()
                    .filter(change -> change.revision() <= newest)
                    .toList();
        } catch (StoreException e) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, e.reason());
        }
    }

    /** Why the database is away, or null while it answers; for a readiness check. */
    public @Nullable String outage() {
        return outage;
    }

    /** Ends the group under way, then refuses all who still wait. */
    @Override
    public void close() {
        closed = true;
        wake();
        listening.close();
        trimmer.close();
        try {
            if (!thread.join(settings.commitTimeout().plus(settings.poll()))) {
                LOG.warn("the log's thread still waits for the database; it ends when that call does");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        refuseWaiting();
    }

    private void compacted(long to) {
        compactedTo.accumulateAndGet(to, Math::max);
    }

    private void committedSomewhere(UUID log, long revision) {
        if (!log.equals(id) && revision > image().revision()) {
            wake();
        }
    }

    private void wake() {
        if (woken.compareAndSet(false, true) && !waiting.offer(WAKE)) {
            // The queue is full, so the thread is about to commit, and a commit sees what others committed.
            woken.set(false);
        }
    }

    private void run() {
        while (!closed) {
            try {
                Deque<PendingCommit> group = nextGroup();
                if (group.isEmpty()) {
                    follow();
                } else {
                    commitAll(group);
                }
            } catch (InterruptedException e) {
                LOG.warn("the log's thread was interrupted; it goes on until the log is closed");
            } catch (RuntimeException e) {
                LOG.error("the log failed unexpectedly and goes on", e);
            }
        }
        refuseWaiting();
    }

    /** Waits for commits, and takes all there are, up to a group; empty when there is something else to look after. */
    private Deque<PendingCommit> nextGroup() throws InterruptedException {
        Deque<PendingCommit> group = new ArrayDeque<>();
        PendingCommit first = waiting.poll(settings.poll().toNanos(), TimeUnit.NANOSECONDS);
        if (first != null) {
            group.add(first);
            waiting.drainTo(group, settings.groupMax() - 1);
        }
        if (group.remove(WAKE)) {
            woken.set(false);
        }
        return group;
    }

    private void follow() throws InterruptedException {
        try {
            List<Change> changes;
            do {
                changes = store.changesAfter(image().revision(), FOLLOW_LIMIT);
                ClusterImage next = image();
                for (Change change : changes) {
                    next = next.apply(change);
                }
                feed.publish(changes, next);
                answered();
            } while (changes.size() == FOLLOW_LIMIT && !closed);
        } catch (StoreException e) {
            away(e, BACKOFF_MAX);
        } catch (ProblemException e) {
            resync(e);
        }
    }

    /** Commits the group, in as many transactions and attempts as it takes. */
    private void commitAll(Deque<PendingCommit> group) throws InterruptedException {
        Duration backoff = BACKOFF_MIN;
        try {
            while (!closed && !group.isEmpty()) {
                try {
                    commitOnce(group);
                    backoff = BACKOFF_MIN;
                } catch (StoreException e) {
                    switch (e.kind()) {
                        case REFUSED -> single(group, e);
                        case BEHIND -> follow();
                        case UNAVAILABLE, DENIED, UNKNOWN -> {
                            away(e, backoff);
                            backoff = min(backoff.multipliedBy(2), BACKOFF_MAX);
                        }
                    }
                } catch (ProblemException e) {
                    resync(e);
                }
                group.removeIf(PendingCommit::done);
            }
        } catch (RuntimeException e) {
            ProblemException internal =
                    new ProblemException(Problem.Kind.INTERNAL, "an unexpected fault; the controller's log has it");
            group.forEach(pending -> pending.refuse(internal));
            throw e;
        } finally {
            group.forEach(pending -> pending.refuse(stopping()));
        }
    }

    private void commitOnce(Deque<PendingCommit> group) throws StoreException, InterruptedException {
        ClusterImage known = image();
        GroupAttempt attempt = new GroupAttempt(new ArrayList<>(group), known, settings.changesMax(), clock.instant());
        try {
            store.append(new Append(id, attempt.id(), known.revision(), attempt.keys()), attempt);
        } catch (StoreException e) {
            if (e.kind() != StoreException.Kind.UNKNOWN) {
                throw e;
            }
            if (!resolved(attempt, e)) {
                throw new StoreException(StoreException.Kind.UNAVAILABLE, e.reason(), e);
            }
        }
        compacted(attempt.compactedTo());
        feed.publish(attempt.published(), attempt.image());
        // Before the callers go on: who was told of success must not find the database away.
        answered();
        attempt.answer();
    }

    /** Asks until it is known whether the attempt was kept. */
    private boolean resolved(GroupAttempt attempt, StoreException lost) throws StoreException, InterruptedException {
        Duration backoff = BACKOFF_MIN;
        away(lost, backoff);
        while (true) {
            try {
                boolean kept = store.committed(id, attempt.id());
                LOG.info("a commit whose answer was lost was {}", kept ? "kept" : "not kept, and is made again");
                return kept;
            } catch (StoreException e) {
                if (closed) {
                    throw e;
                }
                away(e, backoff);
                backoff = min(backoff.multipliedBy(2), BACKOFF_MAX);
            }
        }
    }

    /** The store refused the group: commits one by one, so that only the one at fault fails. */
    private void single(Deque<PendingCommit> group, StoreException refused) throws InterruptedException {
        if (group.size() > 1) {
            for (PendingCommit pending : group) {
                commitAll(new ArrayDeque<>(List.of(pending)));
            }
            return;
        }
        LOG.error("the database refused a commit", refused);
        group.remove().refuse(new ProblemException(Problem.Kind.INTERNAL, refused.reason()));
    }

    /** The changes after our image were compacted while we were away: takes the whole state anew. */
    private void resync(ProblemException why) throws InterruptedException {
        if (!why.is(Problem.Kind.COMPACTED)) {
            throw why;
        }
        try {
            Snapshot snapshot = store.load();
            ClusterImage before = image();
            ClusterImage after = ClusterImage.of(snapshot.revision(), snapshot.resources());
            LOG.warn(
                    "changes after revision {} are compacted; loaded revision {}", before.revision(), after.revision());
            compacted(snapshot.compactedTo());
            feed.restart(ImageGap.between(before, after), after);
        } catch (StoreException e) {
            away(e, BACKOFF_MAX);
        }
    }

    private void away(StoreException e, Duration pause) throws InterruptedException {
        if (outage == null) {
            LOG.warn("the database is away: {}", e.reason());
        }
        outage = e.reason();
        if (!closed) {
            Thread.sleep(pause);
        }
    }

    private void answered() {
        if (outage != null) {
            outage = null;
            LOG.info("the database is back, at revision {}", image().revision());
        }
    }

    private void refuseWaiting() {
        List<PendingCommit> left = new ArrayList<>();
        waiting.drainTo(left);
        left.forEach(pending -> pending.refuse(stopping()));
    }

    private static ProblemException stopping() {
        return new ProblemException(
                Problem.Kind.UNAVAILABLE, "the controller is stopping; whether this was committed is not known");
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) <= 0 ? a : b;
    }
}
