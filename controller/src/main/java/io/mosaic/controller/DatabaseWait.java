package io.mosaic.controller;

import io.mosaic.controller.store.StoreException;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats the calls of a start that need the database while that is away: it may come up beside the controller, fail over
 * or be started again, and a controller that ends for it would have to be started by somebody. What trying again cannot
 * mend, such as a wrong password, ends the start at once.
 *
 * <p>Used by the starting thread alone.
 */
final class DatabaseWait {

    /** Longer than a crash recovery or a fail-over mostly takes, and short enough for a person who waits for the word. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseWait.class);
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final long end;
    private String last = "";

    /** @param patience counted from now, over all calls */
    DatabaseWait(Duration patience) {
        this.end = System.nanoTime() + patience.toNanos();
    }

    /** What needs the database. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws StoreException, IOException, InterruptedException;
    }

    /**
     * The call's result.
     *
     * @throws StoreException the call's last, when the patience is over or it is not the database being away
     * @throws ProblemException the same
     */
    <T> T until(Call<T> call) throws StoreException, IOException, InterruptedException {
        while (true) {
            try {
                return call.run();
            } catch (StoreException e) {
                if (e.kind() != StoreException.Kind.UNAVAILABLE || over()) {
                    throw e;
                }
                pause(e.reason());
            } catch (ProblemException e) {
                if (!e.is(Problem.Kind.UNAVAILABLE) || over()) {
                    throw e;
                }
                pause(String.valueOf(e.getMessage()));
            }
        }
    }

    private void pause(String why) throws InterruptedException {
        if (!why.equals(last)) {
            LOG.warn("the start waits: {}", why);
            last = why;
        }
        Thread.sleep(PAUSE);
    }

    private boolean over() {
        return System.nanoTime() > end;
    }
}
