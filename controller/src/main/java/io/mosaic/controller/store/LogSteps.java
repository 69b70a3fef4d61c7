package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.store.Store.Append;
import io.mosaic.controller.store.Store.Batch;
import io.mosaic.controller.store.Store.Snapshot;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All that moves a log's image, one step at a time and without ever waiting: commits the group under way, finds out about
 * one whose answer was lost, follows what other controllers commit. Each step says how long to wait before the next, so
 * the same steps run on the log's thread and in simulated time.
 *
 * <p>{@link #step} and {@link #take} are for one thread; the rest may be asked from any.
 */
final class LogSteps {
    private static final Logger LOG = LoggerFactory.getLogger(LogSteps.class);

    /** Changes of other controllers read in one go. */
    private static final int FOLLOW_LIMIT = 2_000;

    private static final Duration BACKOFF_MIN = Duration.ofMillis(50);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(1);

    private final UUID id = UUID.randomUUID();
    private final Store store;
    private final LogSettings settings;
    private final InstantSource clock;
    private final LogFeed feed;
    private final AtomicLong compactedTo;
    private final Deque<PendingCommit> group = new ArrayDeque<>();
    private final Ahead ahead;
    /** What the last of the group were decided to be while the attempt before was on its way; null when nothing was. */
    private @Nullable GroupAttempt prepared;
    /** So many of the group go one by one: the store refused them together. */
    private int alone;
    /** An attempt that the store may have kept or not; nothing else happens until that is known. */
    private @Nullable GroupAttempt unknown;

    private Duration backoff = BACKOFF_MIN;
    /** Why the database is away, absent while it answers. */
    private volatile @Nullable String outage;

    /** Decides commits while others are on their way to the store. */
    interface Ahead {
        Ahead NONE = new Ahead() {
            @Override
            public void begin(GroupAttempt next) {
                // Nobody waits while a step is taken.
            }

            @Override
            public void end() {
                // Nothing was begun.
            }
        };

        /** From now on commits that come are added to that attempt. Does not wait. */
        void begin(GroupAttempt next);

        /** Nothing is added any more once this returns. */
        void end();
    }

    /** @param ahead decides the next group meanwhile */
    LogSteps(Store store, LogSettings settings, InstantSource clock, Snapshot snapshot, Ahead ahead) {
        this.ahead = ahead;
        this.store = store;
        this.settings = settings;
        this.clock = clock;
        this.feed = new LogFeed(
                ClusterImage.of(snapshot.revision(), snapshot.resources(), snapshot.newer()), settings.recent());
        this.compactedTo = new AtomicLong(snapshot.compactedTo());
    }

    /** Names this life of the log. */
    UUID id() {
        return id;
    }

    LogFeed feed() {
        return feed;
    }

    ClusterImage image() {
        return feed.image();
    }

    long compactedTo() {
        return compactedTo.get();
    }

    void compacted(long to) {
        compactedTo.accumulateAndGet(to, Math::max);
    }

    /** Why the database is away, or null while it answers. */
    @Nullable
    String outage() {
        return outage;
    }

    /** Whether a group is under way; until it is done no other is to be taken. */
    boolean busy() {
        return unknown != null || !group.isEmpty();
    }

    void take(Collection<PendingCommit> commits) {
        group.addAll(commits);
    }

    /** Tells the callers of the group under way that they will not be served. */
    void refuse(ProblemException why) {
        group.forEach(pending -> pending.refuse(why));
        group.clear();
        prepared = null;
        alone = 0;
    }

    /**
     * Does one thing for the group under way, or without one follows the log.
     *
     * @return how long to wait before the next step; zero unless the database is away
     */
    Duration step() {
        try {
            if (unknown != null) {
                return resolve(unknown);
            }
            group.removeIf(PendingCommit::done);
            return group.isEmpty() ? follow() : commit();
        } catch (RuntimeException e) {
            refuse(new ProblemException(Problem.Kind.INTERNAL, "an unexpected fault; the controller's log has it"));
            throw e;
        }
    }

    private Duration follow() {
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
            } while (changes.size() == FOLLOW_LIMIT);
            return Duration.ZERO;
        } catch (StoreException e) {
            return away(e, BACKOFF_MAX);
        } catch (ProblemException e) {
            return resync(e);
        }
    }

    private Duration commit() {
        GroupAttempt attempt = nextAttempt();
        try {
            GroupAttempt next = append(attempt);
            kept(attempt);
            prepared = next;
            return Duration.ZERO;
        } catch (StoreException e) {
            return switch (e.kind()) {
                case REFUSED -> refused(e);
                case BEHIND -> follow();
                case UNAVAILABLE, DENIED -> awayLonger(e);
                case UNKNOWN -> {
                    unknown = attempt;
                    backoff = BACKOFF_MIN;
                    yield awayLonger(e);
                }
            };
        } catch (ProblemException e) {
            return resync(e);
        }
    }

    private GroupAttempt nextAttempt() {
        GroupAttempt decided = prepared;
        prepared = null;
        if (decided != null && alone == 0) {
            return decided;
        }
        List<PendingCommit> commits = alone > 0 ? List.of(group.element()) : new ArrayList<>(group);
        return new GroupAttempt(commits, image(), settings.changesMax(), clock.instant());
    }

    /**
     * Appends it, while the commits that come are decided on what it leaves. Those join the group, whatever becomes of it.
     *
     * @return the attempt that they were decided in; null when there are none
     */
    private @Nullable GroupAttempt append(GroupAttempt attempt) throws StoreException {
        Append append = new Append(id, attempt.id(), attempt.known().revision(), attempt.keys(), attempt.holds());
        List<GroupAttempt> begun = new ArrayList<>(1);
        try {
            store.append(append, head -> {
                Batch batch = attempt.decide(head);
                if (alone == 0 && !batch.isEmpty()) {
                    GroupAttempt next = attempt.ahead(head, clock.instant());
                    begun.add(next);
                    ahead.begin(next);
                }
                return batch;
            });
        } finally {
            for (GroupAttempt next : begun) {
                ahead.end();
                group.addAll(next.group());
            }
        }
        return begun.isEmpty() || begun.getFirst().group().isEmpty() ? null : begun.getFirst();
    }

    private void kept(GroupAttempt attempt) {
        backoff = BACKOFF_MIN;
        compacted(attempt.compactedTo());
        feed.publish(attempt.published(), attempt.image());
        // Before the callers go on: who was told of success must not find the database away.
        answered();
        attempt.answer();
        int before = group.size();
        group.removeIf(PendingCommit::done);
        alone = Math.max(0, alone - (before - group.size()));
    }

    /** Asks whether the attempt was kept. */
    private Duration resolve(GroupAttempt attempt) {
        try {
            boolean kept = store.committed(id, attempt.id());
            LOG.info("a commit whose answer was lost was {}", kept ? "kept" : "not kept, and is made again");
            unknown = null;
            if (kept) {
                kept(attempt);
                return Duration.ZERO;
            }
            // The answer to the next try may get lost as well.
            return BACKOFF_MIN;
        } catch (StoreException e) {
            return awayLonger(e);
        }
    }

    /** The store refused the group: commits one by one, so that only the one at fault fails. */
    private Duration refused(StoreException refused) {
        if (alone == 0 && group.size() > 1) {
            alone = group.size();
            return Duration.ZERO;
        }
        LOG.error("the database refused a commit", refused);
        group.remove().refuse(new ProblemException(Problem.Kind.INTERNAL, refused.reason()));
        alone = Math.max(0, alone - 1);
        return Duration.ZERO;
    }

    /** The changes after our image were compacted while we were away: takes the whole state anew. */
    private Duration resync(ProblemException why) {
        if (!why.is(Problem.Kind.COMPACTED)) {
            throw why;
        }
        try {
            Snapshot snapshot = store.load();
            ClusterImage before = image();
            ClusterImage after = ClusterImage.of(snapshot.revision(), snapshot.resources(), snapshot.newer());
            LOG.warn(
                    "changes after revision {} are compacted; loaded revision {}", before.revision(), after.revision());
            compacted(snapshot.compactedTo());
            feed.restart(ImageGap.between(before, after), after);
            return Duration.ZERO;
        } catch (StoreException e) {
            return away(e, BACKOFF_MAX);
        }
    }

    private Duration awayLonger(StoreException e) {
        Duration pause = backoff;
        Duration twice = backoff.multipliedBy(2);
        backoff = twice.compareTo(BACKOFF_MAX) <= 0 ? twice : BACKOFF_MAX;
        return away(e, pause);
    }

    private Duration away(StoreException e, Duration pause) {
        if (outage == null) {
            LOG.warn("the database is away: {}", e.reason());
        }
        outage = e.reason();
        return pause;
    }

    private void answered() {
        if (outage != null) {
            outage = null;
            LOG.info("the database is back, at revision {}", image().revision());
        }
    }
}
