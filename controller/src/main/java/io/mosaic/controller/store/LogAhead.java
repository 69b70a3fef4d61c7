package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Decision.Decided;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides commits as they come, on a thread of its own, while the group before them is on its way to the store: the
 * database and the controller so work at the same time, and the next group is ready when the one before is kept.
 *
 * <p>{@link #begin} and {@link #end} are for the log's thread, which leaves the queue alone between the two.
 */
final class LogAhead implements LogSteps.Ahead, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LogAhead.class);

    /** Put into the queue so that the thread does not wait for more. */
    private static final PendingCommit END = new PendingCommit(ClusterLog.Commit.of(head -> Decided.NOTHING));

    private final BlockingQueue<PendingCommit> waiting;
    private final int groupMax;
    private final PendingCommit wake;
    private final Runnable woken;
    private final Thread thread;
    private final Semaphore begun = new Semaphore(0);
    private final Semaphore ended = new Semaphore(0);
    private volatile @Nullable GroupAttempt current;
    private volatile boolean ending;

    /**
     * @param groupMax commits in one group
     * @param wake is no commit; who puts it in wants the log to look at the head, as the commit under way does
     * @param woken told that it was taken out
     */
    LogAhead(BlockingQueue<PendingCommit> waiting, int groupMax, PendingCommit wake, Runnable woken) {
        this.waiting = waiting;
        this.groupMax = groupMax;
        this.wake = wake;
        this.woken = woken;
        this.thread = Thread.ofPlatform().daemon().name("log-ahead").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    @Override
    public void begin(GroupAttempt next) {
        ending = false;
        current = next;
        begun.release();
    }

    @Override
    public void end() {
        ending = true;
        // Where the queue is full, the thread does not wait for more.
        boolean told = waiting.offer(END);
        ended.acquireUninterruptibly();
        if (told) {
            // It may have had enough before it came to that.
            waiting.remove(END);
        }
    }

    private void run() {
        try {
            while (true) {
                begun.acquire();
                GroupAttempt next = current;
                try {
                    if (next != null) {
                        collect(next);
                    }
                } catch (RuntimeException | Error e) {
                    // The log waits for this thread: it must go on.
                    LOG.error("commits could not be decided ahead", e);
                } finally {
                    current = null;
                    ended.release();
                }
            }
        } catch (InterruptedException e) {
            LOG.debug("nothing is decided ahead any more");
        }
    }

    private void collect(GroupAttempt next) throws InterruptedException {
        boolean room = true;
        while (room && !ending && next.group().size() < groupMax) {
            PendingCommit pending = waiting.take();
            if (pending == wake) {
                woken.run();
            } else if (pending != END) {
                room = next.add(pending);
            }
        }
    }

    /** To be called by the log's thread, after its last step. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
