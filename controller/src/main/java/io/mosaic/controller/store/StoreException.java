package io.mosaic.controller.store;

/** The database did not do what it was asked. The message is fit for a user: it names no host, user or statement. */
public final class StoreException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is known after the failure. */
    public enum Kind {
        /** It does not answer, or cannot serve now; nothing of the call was kept. Trying again may help. */
        UNAVAILABLE,
        /** It does not let this user in, or has no such database; somebody must mend that. Nothing was kept. */
        DENIED,
        /** Others committed more than one append takes in; nothing was kept. Following the log first helps. */
        BEHIND,
        /** The answer to COMMIT was lost: the transaction may be kept or not; {@link Store#committed} tells. */
        UNKNOWN,
        /** It refused what it was given; nothing was kept, and the same call will be refused again. */
        REFUSED
    }

    private final Kind kind;
    private final String reason;

    public StoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
        this.reason = message;
    }

    public StoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.reason = message;
    }

    /** The message. */
    public String reason() {
        return reason;
    }

    public Kind kind() {
        return kind;
    }
}
