package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The log as the rest of a controller sees it: commit decisions, read the image, hear of every change in order.
 *
 * <p>Thread-safe.
 */
public interface ClusterLog extends AutoCloseable {

    /** The newest image that this controller has; never goes back. */
    ClusterImage image();

    /**
     * Waits until the image is at least at that revision.
     *
     * @throws ProblemException of kind TIMEOUT when it is not there in time
     */
    ClusterImage imageAtLeast(long revision, Duration timeout) throws InterruptedException;

    /**
     * Runs the decision at the head of the log and commits what it decided, durably; returns when it is committed and
     * applied to {@link #image()}. Callers at the same time share a transaction.
     *
     * @throws ProblemException when the decision refused; of kind UNAVAILABLE when the database does not answer (then
     *     nothing is known to be committed, but it may be: repeat with the same idempotency key)
     */
    Committed commit(Commit commit) throws InterruptedException;

    /** {@link #commit(Commit)} without idempotency or epoch. */
    default Committed commit(Decision decision) throws InterruptedException {
        return commit(Commit.of(decision));
    }

    /**
     * Calls the listener with every change after the image that it is given first, in order, none missing, on the
     * log's own thread: it must not block.
     */
    Subscription subscribe(Listener listener);

    /** The oldest revision from which {@link #changesAfter} can answer. */
    long compactedTo();

    /**
     * Changes after that revision, in order, at most {@code limit}.
     *
     * @throws ProblemException of kind COMPACTED when they are no longer there
     */
    List<Change> changesAfter(long revision, int limit);

    @Override
    void close();

    /** Hears of changes. */
    interface Listener {
        /** The changes, and the image after the last of them. */
        void changed(List<Change> changes, ClusterImage image);
    }

    /** Ends a subscription when closed. */
    interface Subscription extends AutoCloseable {
        /** The image before the first change that the listener hears of. */
        ClusterImage start();

        @Override
        void close();
    }

    /**
     * What to commit.
     *
     * @param idempotency remembers the outcome under a key, absent when the caller gave none
     * @param epoch the leader epoch that must still be in force, 0 for commits that need no leadership
     */
    record Commit(Decision decision, @Nullable Idempotency idempotency, long epoch) {
        public static Commit of(Decision decision) {
            return new Commit(decision, null, 0);
        }
    }

    /**
     * A caller's idempotency key.
     *
     * @param scope who may see it: the tenant and the token
     * @param requestHash hash of method, path and body; the same key with another hash is refused (KEY_REUSED)
     */
    record Idempotency(String scope, String key, String requestHash) {}

    /**
     * What was committed.
     *
     * @param revision of the last change, or of the head when nothing changed
     * @param changes as committed
     * @param bodies the resources of the changes as JSON, as it is stored; none when it is not at hand
     * @param replayed whether this is the outcome of an earlier commit with the same idempotency key
     */
    record Committed(long revision, List<Change> changes, List<String> bodies, boolean replayed) {

        /** The resource as JSON, as that change left it and as it is stored; null when it is not at hand. */
        public @Nullable String body(Resource resource) {
            for (int i = 0; i < bodies.size(); i++) {
                if (changes.get(i) instanceof Change.Put put
                        && put.newer() == null
                        && put.resource().equals(resource)) {
                    return bodies.get(i);
                }
            }
            return null;
        }
    }
}
