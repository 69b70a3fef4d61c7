package io.mosaic.kit.process;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats the calls of a start that need something, such as the database, while that is away: it may come up beside this process,
 * fail over or be started again, and a process that ends for it would have to be started by somebody. What trying again cannot
 * mend, such as a wrong password, ends the start at once.
 *
 * <p>Used by the starting thread alone.
 */
public final class StartWait {

    /** Longer than a crash recovery or a fail-over mostly takes, and short enough for a person who waits for the word. */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Logger LOG = LoggerFactory.getLogger(StartWait.class);
    private static final Duration PAUSE = Duration.ofMillis(250);

    private final long end;
    private final Function<Exception, @Nullable String> away;
    private String last = "";

    /**
     * @param patience counted from now, over all calls
     * @param away for a failure that may pass, what is away, for the log; for all others null
     */
    public StartWait(Duration patience, Function<Exception, @Nullable String> away) {
        this.end = System.nanoTime() + patience.toNanos();
        this.away = away;
    }

    /** What needs it. */
    @FunctionalInterface
    public interface Call<T, E extends Exception> {
        T run() throws E, IOException, InterruptedException;
    }

    /** The call's result. Throws the call's last failure when the patience is over, or when it is not one that may pass. */
    public <T, E extends Exception> T until(Call<T, E> call) throws E, IOException, InterruptedException {
        while (true) {
            try {
                return call.run();
            } catch (InterruptedException e) {
                throw e;
            } catch (Exception e) {
                String why = away.apply(e);
                if (why == null || System.nanoTime() > end) {
                    throw e;
                }
                pause(why);
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
}
