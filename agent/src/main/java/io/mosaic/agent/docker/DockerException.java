package io.mosaic.agent.docker;

/** The daemon refused, did not answer, or is gone. */
public final class DockerException extends Exception {
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    public DockerException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public DockerException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** What went wrong, as far as it changes what to do next. */
    public enum Kind {
        /** No such container or image. */
        NOT_FOUND,
        /** The name is taken, or the container's state does not allow it. */
        CONFLICT,
        /** The request is wrong and will be wrong again. */
        REFUSED,
        /** The daemon failed at it; it may work later. */
        FAILED,
        /** No answer within the deadline: the daemon hangs. */
        TIMEOUT,
        /** Nobody listens, or the connection broke. */
        UNREACHABLE
    }
}
