package io.mosaic.kit.command;

/** A command did not do what it should. The message names the program and the first line of what it complained. */
public final class CommandException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** There is no such program. */
        NOT_FOUND,
        /** It did not end before its deadline and was killed. */
        TIMEOUT,
        /** It could not be started, exited with another code than 0, or the caller was interrupted. */
        FAILED
    }

    private final Kind kind;

    public CommandException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public CommandException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
