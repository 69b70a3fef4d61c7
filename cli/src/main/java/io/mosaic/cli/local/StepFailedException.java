package io.mosaic.cli.local;

/** A step of bringing an installation up or down could not be done; the message says why and what to do. */
final class StepFailedException extends Exception {
    private static final long serialVersionUID = 1L;

    StepFailedException(String message) {
        super(message);
    }

    StepFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
