package io.mosaic.agent;

/** The agent cannot begin; the message says why, in one line for an operator. */
final class StartException extends Exception {
    private static final long serialVersionUID = 1L;

    StartException(String message) {
        super(message);
    }

    StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
