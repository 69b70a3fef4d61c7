package io.mosaic.controller.store;

import java.time.Duration;

/**
 * How a {@link StoreLog} works. {@link #DEFAULT} is for real use.
 *
 * @param waitingMax commits that may wait at once; one more is refused as UNAVAILABLE
 * @param groupMax commits in one transaction
 * @param changesMax changes after which a transaction takes no further commit
 * @param commitTimeout after which a caller is told that the database does not answer
 * @param poll how often other controllers' commits are looked for when nothing told of them
 * @param recent changes held in memory for watchers
 * @param keep what the store keeps
 */
public record LogSettings(
        int waitingMax, int groupMax, int changesMax, Duration commitTimeout, Duration poll, int recent, Keep keep) {

    public static final LogSettings DEFAULT =
            new LogSettings(10_000, 500, 5_000, Duration.ofSeconds(10), Duration.ofSeconds(1), 10_000, Keep.DEFAULT);

    /**
     * What the store keeps; the rest is dropped in the background.
     *
     * @param changes newest changes that are never compacted
     * @param changesFor changes younger than this are never compacted
     * @param keysFor how long an idempotency key is remembered
     * @param events newest events kept
     * @param audit newest audit entries kept
     * @param trimEvery between two rounds of dropping
     */
    public record Keep(
            long changes, Duration changesFor, Duration keysFor, long events, long audit, Duration trimEvery) {
        public static final Keep DEFAULT = new Keep(
                100_000, Duration.ofMinutes(10), Duration.ofHours(24), 100_000, 500_000, Duration.ofSeconds(15));
    }

    public LogSettings withCommitTimeout(Duration changed) {
        return new LogSettings(waitingMax, groupMax, changesMax, changed, poll, recent, keep);
    }

    public LogSettings withPoll(Duration changed) {
        return new LogSettings(waitingMax, groupMax, changesMax, commitTimeout, changed, recent, keep);
    }

    public LogSettings withRecent(int changed) {
        return new LogSettings(waitingMax, groupMax, changesMax, commitTimeout, poll, changed, keep);
    }

    public LogSettings withWaitingMax(int changed) {
        return new LogSettings(changed, groupMax, changesMax, commitTimeout, poll, recent, keep);
    }

    public LogSettings withKeep(Keep changed) {
        return new LogSettings(waitingMax, groupMax, changesMax, commitTimeout, poll, recent, changed);
    }
}
