package io.mosaic.kit.http;

import io.mosaic.model.ProblemException;
import org.jspecify.annotations.Nullable;

/** Proves who calls. Thread-safe and quick: it runs on every call. */
@FunctionalInterface
public interface Authenticator {

    /**
     * The caller behind that header.
     *
     * @param authorization the Authorization header as it came, absent when there was none
     * @throws ProblemException of kind UNAUTHENTICATED when it proves nothing
     */
    Caller authenticate(@Nullable String authorization);
}
