package io.mosaic.kit.http;

import io.mosaic.model.Problem;

/**
 * A part of the path space that speaks a protocol of its own, such as a container registry's: its paths fit no table of
 * routes, its bodies are streams, and its refusals have a shape of their own. It proves its callers itself. Thread-safe.
 *
 * <p>A call holds one of the server's stream permits until it is answered, for it may take as long as a stream does.
 */
public interface Mount {

    /** The path that it begins with, such as {@code /v2}; all that is below a further slash belongs to it too. */
    String prefix();

    /**
     * Answers a call of any method. A ProblemException is answered by {@link #refusal}, any other fault as well, as an
     * internal one.
     */
    Reply handle(StreamedRequest request) throws Exception;

    /** The problem in the mount's own shape. */
    Reply.Whole refusal(Problem problem);

    /** Whether the path, as it came, is the mount's. */
    default boolean holds(String rawPath) {
        return rawPath.startsWith(prefix())
                && (rawPath.length() == prefix().length() || rawPath.charAt(prefix().length()) == '/');
    }
}
