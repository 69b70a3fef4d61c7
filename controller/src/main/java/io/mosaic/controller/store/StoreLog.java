package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The cluster log over a {@link Store}. One thread does all that moves the image ({@link LogSteps}): it commits the callers
 * that wait, in groups, and follows what other controllers commit. So each image, each listener and each caller sees one order.
 * While a group is on its way to the database, another thread decides the next one ({@link LogAhead}).
 *
 * <p>While the database is away, callers wait up to their time and get UNAVAILABLE; the thread tries on until it is back.
 * A group whose COMMIT was not answered is looked up before anything else happens, so that no write is lost or doubled.
 *
 * <p>Thread-safe. Does not close its store.
 */
public final class StoreLog implements ClusterLog {
    private static final Logger LOG = LoggerFactory.getLogger(StoreLog.class);

    /** What wakes the thread without work to commit. */
    private static final PendingCommit WAKE = new PendingCommit(Commit.of(head -> Decision.Decided.NOTHING));

    private final Store store;
    private final LogSettings settings;
    private final LogAhead ahead;
    private final LogSteps steps;
    private final BlockingQueue<PendingCommit> waiting;
    private final AtomicBoolean woken = new AtomicBoolean();
    private final Thread thread;
    private final LogTrimmer trimmer;
    private final Listening listening;
    private volatile boolean closed;

    private StoreLog(Store store, LogSettings settings, Clock clock, Snapshot snapshot) {
        this.store = store;
        this.settings = settings;
        this.waiting = new ArrayBlockingQueue<>(settings.waitingMax());
        this.ahead = new LogAhead(waiting, settings.groupMax(), WAKE, () -> woken.set(false));
        this.steps = new LogSteps(store, settings, clock, snapshot, ahead);
        this.thread = Thread.ofPlatform().name("log").unstarted(this::run);
        this.trimmer = new LogTrimmer(store, settings.keep(), clock, steps::compacted);
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
        log.ahead.start();
        log.thread.start();
        log.trimmer.start();
        LOG.info("log open at revision {}", log.image().revision());
        return log;
    }

    @Override
    public ClusterImage image() {
        return steps.image();
    }

    @Override
    public ClusterImage imageAtLeast(long revision, Duration timeout) throws InterruptedException {
        return steps.feed().atLeast(revision, timeout, this::wake);
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
                    outage() == null ? "too many changes wait for the database" : "the database is away: " + outage());
        }
        if (closed) {
            // The thread may have looked for the last time before the offer.
            pending.refuse(stopping());
        }
        return pending.await(settings.commitTimeout(), this::outage);
    }

    @Override
    public Subscription subscribe(Listener listener) {
        return steps.feed().subscribe(listener);
    }

    @Override
    public long compactedTo() {
        return steps.compactedTo();
    }

    @Override
    public List<Change> changesAfter(long revision, int limit) {
        List<Change> recent = steps.feed().recentAfter(revision, limit);
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
        return steps.outage();
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

    private void committedSomewhere(UUID log, long revision) {
        if (!log.equals(steps.id()) && revision > image().revision()) {
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
                if (!steps.busy()) {
                    steps.take(nextGroup());
                }
                Duration pause = steps.step();
                if (!pause.isZero() && !closed) {
                    Thread.sleep(pause);
                }
            } catch (InterruptedException e) {
                LOG.warn("the log's thread was interrupted; it goes on until the log is closed");
            } catch (RuntimeException e) {
                LOG.error("the log failed unexpectedly and goes on", e);
            }
        }
        ahead.close();
        steps.refuse(stopping());
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

    private void refuseWaiting() {
        List<PendingCommit> left = new ArrayList<>();
        waiting.drainTo(left);
        left.forEach(pending -> pending.refuse(stopping()));
    }

    private static ProblemException stopping() {
        return new ProblemException(
                Problem.Kind.UNAVAILABLE, "the controller is stopping; whether this was committed is not known");
    }
}
