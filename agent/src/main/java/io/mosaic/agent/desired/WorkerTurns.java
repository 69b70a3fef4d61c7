package io.mosaic.agent.desired;

import io.mosaic.agent.desired.SetWorker.Standing;
import io.mosaic.agent.desired.SetWorker.Standing.Turn;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Objects;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Gives each worker its turns on virtual threads that live as long as a turn: a set at rest has neither thread nor timer.
 * One turn of a worker ends before the next begins; what comes meanwhile makes another one due.
 *
 * <p>Thread-safe.
 */
final class WorkerTurns implements SetWorker.Turns {
    /** A plan that comes out the same over and over would be a fault of ours; it must not burn a core. */
    private static final Duration WAIT_MIN = Duration.ofMillis(1);

    /** What a stop of the agent waits for steps under way. */
    private static final Duration STOP_WAIT = Duration.ofSeconds(2);

    private static final Duration STOP_LOOK = Duration.ofMillis(2);

    private final Clock clock;
    private final ScheduledThreadPoolExecutor timers;
    private volatile boolean closing;

    WorkerTurns(Clock clock) {
        this.clock = clock;
        this.timers = new ScheduledThreadPoolExecutor(
                1, Thread.ofVirtual().name("set-timers").factory());
        timers.setRemoveOnCancelPolicy(true);
        timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void due(SetWorker worker) {
        Turn before = worker.standing().turn.getAndUpdate(turn -> switch (turn) {
            case NONE, DUE -> Turn.DUE;
            case UNDER_WAY, DUE_AGAIN -> Turn.DUE_AGAIN;
        });
        if (before == Turn.NONE) {
            Thread.ofVirtual().name("set-turn").start(() -> turns(worker));
        }
    }

    private void turns(SetWorker worker) {
        Standing standing = worker.standing();
        do {
            standing.turn.set(Turn.UNDER_WAY);
            if (!closing) {
                try {
                    arm(worker, worker.round());
                } catch (RuntimeException | Error e) {
                    // Left as it is: no turn is given to it any more.
                    worker.failed(e);
                    return;
                }
            }
        } while (!standing.turn.compareAndSet(Turn.UNDER_WAY, Turn.NONE));
    }

    /** The next turn comes by the clock at that time, and at no other. */
    private void arm(SetWorker worker, @Nullable Instant at) {
        Standing standing = worker.standing();
        if (Objects.equals(at, standing.timerAt) && standing.timer != null && !standing.timer.isDone()) {
            return;
        }
        if (standing.timer != null) {
            standing.timer.cancel(false);
            standing.timer = null;
        }
        standing.timerAt = at;
        if (at != null && !closing) {
            Duration wait = Duration.between(clock.instant(), at);
            long nanos = Math.max(wait.toNanos(), WAIT_MIN.toNanos());
            standing.timer = timers.schedule(() -> due(worker), nanos, TimeUnit.NANOSECONDS);
        }
    }

    @Override
    public Thread begin(SetWorker worker, Step step, Runnable doing) {
        return Thread.ofVirtual().name("set-step").unstarted(doing);
    }

    /**
     * Gives no more turns. Steps under way get a moment to end: one that ends is better than one that is cut off, as nobody
     * has to find out later how far it got. Containers stay as they are.
     */
    void close(Collection<SetWorker> workers) throws InterruptedException {
        closing = true;
        timers.shutdown();
        long end = System.nanoTime() + STOP_WAIT.toNanos();
        for (SetWorker worker : workers) {
            while (underWay(worker) && System.nanoTime() < end) {
                Thread.sleep(STOP_LOOK);
            }
            for (Thread doer : worker.doers()) {
                Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
                if (!doer.join(left)) {
                    doer.interrupt();
                }
            }
        }
    }

    private static boolean underWay(SetWorker worker) {
        Turn turn = worker.standing().turn.get();
        return turn == Turn.UNDER_WAY || turn == Turn.DUE_AGAIN;
    }
}
