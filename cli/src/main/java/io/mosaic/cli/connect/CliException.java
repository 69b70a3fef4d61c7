package io.mosaic.cli.connect;

/** Ends a command with a message for the user and an exit code. Holds no stack trace: it is no fault of the program. */
public final class CliException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    public CliException(int exitCode, String message) {
        super(message, null, false, false);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
