package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.store.Store.Listening;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The cluster log without its thread: whoever holds it says when it takes a step, so that it runs in simulated time. The
 * steps are the ones of {@link StoreLog}.
 *
 * <p>Not thread-safe.
 */
public final class SteppedLog implements ClusterLog {
    /** How often a {@link #commit} meets a database that is away before its caller is told. */
    private static final int TRIES_MAX = 4;

    private final Store store;
    private final LogSettings settings;
    private final LogSteps steps;
    private final Queue<PendingCommit> waiting = new ArrayDeque<>();
    private final Listening listening;

    /**
     * Loads the image.
     *
     * @param news told of the head's revision when another log has committed; the caller should take a step soon
     * @throws StoreException when the store cannot be read
     */
    public SteppedLog(Store store, LogSettings settings, InstantSource clock, LongConsumer news) throws StoreException {
        this.store = store;
        this.settings = settings;
        this.steps = new LogSteps(store, settings, clock, store.load(), LogSteps.Ahead.NONE);
        this.listening = store.listen((log, revision) -> {
            if (!log.equals(steps.id())) {
                news.accept(revision);
            }
        });
    }

    /** Does one thing; returns how long to wait before the next, zero unless the database is away. */
    public Duration step() {
        if (!steps.busy()) {
            List<PendingCommit> group = new ArrayList<>();
            while (group.size() < settings.groupMax() && !waiting.isEmpty()) {
                group.add(waiting.remove());
            }
            steps.take(group);
        }
        return steps.step();
    }

    /** Whether commits wait. */
    public boolean busy() {
        return steps.busy() || !waiting.isEmpty();
    }

    /**
     * Lets the commit wait for the next steps.
     *
     * @param outcome told what came of it, one of the two
     */
    public void submit(Commit commit, BiConsumer<@Nullable Committed, @Nullable Throwable> outcome) {
        PendingCommit pending = new PendingCommit(commit);
        waiting.add(pending);
        CompletableFuture<Committed> _ = pending.outcome().whenComplete(outcome);
    }

    /** Steps until it is done, or the database was away so often that a real caller's time would be over. */
    @Override
    public Committed commit(Commit commit) throws InterruptedException {
        PendingCommit pending = new PendingCommit(commit);
        waiting.add(pending);
        for (int away = 0; !pending.done() && away < TRIES_MAX; ) {
            if (!step().isZero()) {
                away++;
            }
        }
        return pending.await(Duration.ZERO, steps::outage);
    }

    @Override
    public ClusterImage image() {
        return steps.image();
    }

    @Override
    public ClusterImage imageAtLeast(long revision, Duration timeout) {
        if (image().revision() < revision) {
            throw new ProblemException(Problem.Kind.TIMEOUT, "revision " + revision + " is not here yet");
        }
        return image();
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

    /** Hears no more news; whoever waits is not told anything. */
    @Override
    public void close() {
        listening.close();
    }
}
