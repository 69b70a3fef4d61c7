package io.mosaic.controller.store;

import io.mosaic.controller.store.ClusterLog.Commit;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A commit that waits for the log, and its caller, who may have gone. Thread-safe. */
final class PendingCommit {
    private final Commit commit;
    private final CompletableFuture<Committed> outcome = new CompletableFuture<>();

    PendingCommit(Commit commit) {
        this.commit = commit;
    }

    Commit commit() {
        return commit;
    }

    /** Whether it needs no work any more: it has its outcome, or its caller no longer waits. */
    boolean done() {
        return outcome.isDone();
    }

    /** Completes with what came of it. */
    CompletableFuture<Committed> outcome() {
        return outcome;
    }

    void complete(Committed committed) {
        outcome.complete(committed);
    }

    void refuse(ProblemException problem) {
        outcome.completeExceptionally(problem);
    }

    /**
     * Waits for the outcome; a caller that stops waiting abandons the commit, which is then skipped if it can be.
     *
     * @param outage why the database is away, if that is known when the time is over
     */
    Committed await(Duration timeout, Supplier<@Nullable String> outage) throws InterruptedException {
        try {
            return outcome.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            String why = outage.get();
            refuse(new ProblemException(
                    Problem.Kind.UNAVAILABLE,
                    "no answer within " + timeout.toSeconds() + " s"
                            + (why == null ? "" : " (" + why + ")")
                            + "; whether this was committed is not known"));
            return outcomeNow();
        } catch (ExecutionException e) {
            throw cause(e);
        } finally {
            // An interrupted caller has gone too; a no-op in every other case.
            outcome.cancel(false);
        }
    }

    private Committed outcomeNow() throws InterruptedException {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            throw cause(e);
        }
    }

    private static RuntimeException cause(ExecutionException e) {
        return e.getCause() instanceof RuntimeException problem ? problem : new IllegalStateException(e);
    }
}
