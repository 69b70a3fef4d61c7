package io.mosaic.model;

/**
 * What the user wants done with a set, beside its spec.
 *
 * @param run whether it should run, rest or be gone
 * @param restarts counts the restarts asked for; the agent restarts when it sees a number it has not acted on
 */
public record SetIntent(Run run, long restarts) {

    public static final SetIntent RUNNING = new SetIntent(Run.RUNNING, 0);

    /** Whether a set should run, rest or be gone. */
    public enum Run {
        RUNNING,
        STOPPED,
        DELETED
    }

    public SetIntent with(Run changed) {
        return new SetIntent(changed, restarts);
    }

    public SetIntent restarted() {
        return new SetIntent(Run.RUNNING, restarts + 1);
    }
}
