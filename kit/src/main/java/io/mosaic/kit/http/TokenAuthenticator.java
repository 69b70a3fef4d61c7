package io.mosaic.kit.http;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import io.mosaic.model.TokenText;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Proves callers by bearer token, held against what the cluster keeps of tokens. A token that does not exist costs as much
 * time as one that does.
 *
 * <p>Thread-safe.
 */
public final class TokenAuthenticator implements Authenticator {

    private static final String SCHEME = "bearer ";

    /** The hash that an unknown token is held against; no secret has it but with the chance of any guess. */
    private static final String NO_HASH = "0".repeat(64);

    private static final TokenText NO_TEXT = new TokenText("none", "x".repeat(43));

    private final Function<String, @Nullable TokenResource> tokens;
    private final InstantSource clock;

    /** @param tokens the token of a name, absent when there is none; asked on every call */
    public TokenAuthenticator(Function<String, @Nullable TokenResource> tokens, InstantSource clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    @Override
    public Caller authenticate(@Nullable String authorization) {
        if (authorization == null) {
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "no Authorization header was given");
        }
        return bearer(shown(authorization));
    }

    /**
     * The caller that shows that token, however it came.
     *
     * @param shown absent when what came was no token; costs as much time
     * @throws ProblemException of kind UNAUTHENTICATED when it proves nothing
     */
    public Caller bearer(@Nullable TokenText shown) {
        TokenText text = shown == null ? NO_TEXT : shown;
        TokenResource token = tokens.apply(text.name());
        String hash = token == null ? null : token.spec().secretHash();
        boolean matches = text.hasHash(hash == null ? NO_HASH : hash);
        if (!matches || token == null || shown == null) {
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "the token is not valid");
        }
        return caller(token);
    }

    /**
     * The caller that a token stands for which was shown and proven before.
     *
     * @throws ProblemException of kind UNAUTHENTICATED when it is not for the API, or has expired
     */
    public Caller caller(TokenResource token) {
        Role role = token.spec().role();
        if (token.spec().purpose() != TokenSpec.Purpose.API || role == null) {
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "the token is not for the API");
        }
        Instant expires = token.spec().expires();
        if (expires != null && !clock.instant().isBefore(expires)) {
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "the token expired at " + expires);
        }
        return new Caller(token.name(), role, token.spec().tenants());
    }

    private static @Nullable TokenText shown(String authorization) {
        return authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)
                ? TokenText.parse(authorization.substring(SCHEME.length()).strip())
                : null;
    }
}
