package io.mosaic.images.mirror;

import org.jspecify.annotations.Nullable;

/** A mirrored registry did not give what it was asked for. The message is fit for a user and names the mirror. */
public final class UpstreamException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Kind {
        /** It says that there is none. */
        ABSENT,
        /** It does not let us have it. */
        REFUSED,
        /** It wants to be asked later. */
        BUSY,
        /** It does not answer, or not in time, or with a fault of its own. */
        DOWN,
        /** What it answered is not what it must be; nothing of it is kept. */
        WRONG
    }

    private final Kind kind;
    private final long retryAfterSeconds;

    UpstreamException(Kind kind, String message) {
        this(kind, message, 0, null);
    }

    UpstreamException(Kind kind, String message, long retryAfterSeconds, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    public Kind kind() {
        return kind;
    }

    /** After which time it may be asked again; 0: it did not say. */
    public long retryAfterSeconds() {
        return retryAfterSeconds;
    }

    /** The same, thrown for somebody else who waited for it. */
    UpstreamException again() {
        return new UpstreamException(kind, String.valueOf(getMessage()), retryAfterSeconds, this);
    }
}
