package io.mosaic.proof.sim;

/** Ends a process in the midst of what it does: an error, since nothing of ours catches those and goes on. */
final class Crash extends Error {
    private static final long serialVersionUID = 1;

    private final transient Runnable consequence;

    /** @param consequence what it means for the process */
    Crash(Runnable consequence) {
        super("crash", null, false, false);
        this.consequence = consequence;
    }

    void happen() {
        consequence.run();
    }
}
