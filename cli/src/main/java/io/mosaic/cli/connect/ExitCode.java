package io.mosaic.cli.connect;

import io.mosaic.model.Problem;

/** What the exit code of {@code mos} tells a script. {@code set exec} gives the command's own code instead. */
public final class ExitCode {
    public static final int OK = 0;
    /** The request was refused or failed. */
    public static final int FAILED = 1;
    /** The command line is wrong. */
    public static final int USAGE = 2;

    public static final int NOT_FOUND = 3;
    /** It exists already, its state does not allow it, or it changed meanwhile. */
    public static final int CONFLICT = 4;
    /** No valid token, or one that may not do this. */
    public static final int DENIED = 5;
    /** The server cannot be reached or is not ready. */
    public static final int UNREACHABLE = 6;
    /** What was waited for did not come in time. */
    public static final int TIMEOUT = 7;
    /** The set is FAILED. */
    public static final int SET_FAILED = 8;
    /** As shells report the end by SIGPIPE: nobody reads the output any more. */
    public static final int OUTPUT_CLOSED = 141;
    /** As shells report the end by SIGINT. */
    public static final int INTERRUPTED = 130;

    private ExitCode() {}

    /** For a refusal of the server. */
    public static int of(Problem problem) {
        return switch (problem.status()) {
            case 404 -> NOT_FOUND;
            case 409, 412 -> CONFLICT;
            case 401, 403 -> DENIED;
            case 502, 503, 504 -> UNREACHABLE;
            default -> FAILED;
        };
    }
}
