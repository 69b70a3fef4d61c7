package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the agent remembers of one container beside what can be observed: its back-off and its health.
 *
 * @param row starts that ended badly, in a row
 * @param restarts how often it was started again in all
 * @param due not to be started before; null: at once
 * @param counted {@code finished} of the latest end that was dealt with, so that one end counts once
 * @param over whether it ended for good under its restart policy
 * @param failed whether that was a failure
 * @param ending why we are ending it
 * @param exitCode of its latest end
 * @param reason why it ended or does not start
 * @param healthy whether its health check succeeded in this run, and did not fail too often since
 * @param misses failed checks in a row
 * @param probes checks in this run before the first success
 * @param probeAt when to check next; null: at once
 * @param probeWord what the latest check saw
 * @param limits the limits that we last gave it
 * @param fault what could not be done to it while it runs or to remove it, and why
 * @param retry when to try that again
 */
record ContainerMemory(
        int row,
        int restarts,
        @Nullable Instant due,
        @Nullable Instant counted,
        boolean over,
        boolean failed,
        Ending ending,
        @Nullable Integer exitCode,
        @Nullable String reason,
        boolean healthy,
        int misses,
        int probes,
        @Nullable Instant probeAt,
        @Nullable String probeWord,
        Docker.@Nullable Limits limits,
        @Nullable String fault,
        @Nullable Instant retry) {

    static final ContainerMemory NEW = new ContainerMemory(
            0, 0, null, null, false, false, Ending.BY_ITSELF, null, null, false, 0, 0, null, null, null, null, null);

    /** Why a container ends. */
    enum Ending {
        BY_ITSELF,
        /** We end it because it is to rest, or to start again. */
        WANTED,
        /** We end it because its health check fails. */
        UNHEALTHY
    }

    ContainerMemory ending(Ending changed) {
        return new ContainerMemory(
                row, restarts, due, counted, over, failed, changed, exitCode, reason, healthy, misses, probes, probeAt,
                probeWord, limits, fault, retry);
    }

    /** Ended, and nothing is to be done about it but to start it when it should run. */
    ContainerMemory rested(Instant finished, @Nullable Integer code) {
        return new ContainerMemory(
                0,
                restarts,
                null,
                finished,
                false,
                false,
                Ending.BY_ITSELF,
                code,
                null,
                false,
                0,
                0,
                null,
                null,
                limits,
                null,
                null);
    }

    /** Ended, and due again at that time. */
    ContainerMemory backedOff(@Nullable Instant finished, int nth, Instant again, @Nullable Integer code, String why) {
        return new ContainerMemory(
                nth,
                restarts,
                again,
                finished,
                false,
                false,
                Ending.BY_ITSELF,
                code,
                why,
                false,
                0,
                0,
                null,
                null,
                limits,
                null,
                null);
    }

    /** Ended for good. */
    ContainerMemory over(@Nullable Instant finished, boolean badly, @Nullable Integer code, String why) {
        return new ContainerMemory(
                row,
                restarts,
                null,
                finished,
                true,
                badly,
                Ending.BY_ITSELF,
                code,
                why,
                false,
                0,
                0,
                null,
                null,
                limits,
                null,
                null);
    }

    /** Runs anew. */
    ContainerMemory started(boolean again) {
        return new ContainerMemory(
                row,
                again ? restarts + 1 : restarts,
                null,
                counted,
                false,
                false,
                Ending.BY_ITSELF,
                exitCode,
                null,
                false,
                0,
                0,
                null,
                null,
                limits,
                null,
                null);
    }

    /** Taken over while it runs; its health is not known, and it is trusted until a check fails. */
    ContainerMemory trusted() {
        return new ContainerMemory(
                row, restarts, due, counted, over, failed, ending, exitCode, reason, true, 0, 0, null, null, limits,
                fault, retry);
    }

    ContainerMemory probed(boolean up, String word, Instant next) {
        return new ContainerMemory(
                row,
                restarts,
                due,
                counted,
                over,
                failed,
                ending,
                exitCode,
                reason,
                healthy || up,
                up ? 0 : misses + 1,
                probes + 1,
                next,
                word,
                limits,
                fault,
                retry);
    }

    ContainerMemory limited(Docker.@Nullable Limits changed) {
        return new ContainerMemory(
                row, restarts, due, counted, over, failed, ending, exitCode, reason, healthy, misses, probes, probeAt,
                probeWord, changed, null, null);
    }

    /** Nothing is left that could not be done. */
    ContainerMemory mended() {
        return limited(limits);
    }

    ContainerMemory faulted(String why, Instant retry) {
        return new ContainerMemory(
                row, restarts, due, counted, over, failed, ending, exitCode, reason, healthy, misses, probes, probeAt,
                probeWord, limits, why, retry);
    }
}
