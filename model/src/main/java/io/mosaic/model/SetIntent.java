package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What the user wants done with a set, beside its spec.
 *
 * @param run whether it should run, rest or be gone
 * @param restarts counts the restarts asked for; the agent restarts when it sees a number it has not acted on
 * @param forcedMemory the memory of the spec that is to be put in force also where more is in use; absent, or another than
 *     the spec's: none
 * @param role its role in its app; absent: it has none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetIntent(
        Run run,
        long restarts,
        @Nullable Bytes forcedMemory,
        @Nullable SetRole role) {

    /** That forces nothing. */
    public SetIntent(Run run, long restarts) {
        this(run, restarts, null, null);
    }

    public static final SetIntent RUNNING = new SetIntent(Run.RUNNING, 0);

    /** Whether a set should run, rest or be gone. */
    public enum Run {
        RUNNING,
        STOPPED,
        DELETED
    }

    public SetIntent with(Run changed) {
        return new SetIntent(changed, restarts, forcedMemory, role);
    }

    public SetIntent restarted() {
        return new SetIntent(Run.RUNNING, restarts + 1, forcedMemory, role);
    }

    public SetIntent forcing(Bytes memory) {
        return new SetIntent(run, restarts, memory, role);
    }

    public SetIntent withRole(@Nullable SetRole changed) {
        return new SetIntent(run, restarts, forcedMemory, changed);
    }
}
