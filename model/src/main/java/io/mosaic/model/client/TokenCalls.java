package io.mosaic.model.client;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.Role;
import io.mosaic.model.TokenResource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls on tokens. All throw {@link io.mosaic.model.ProblemException} when the server refuses and
 * {@link ServerUnreachableException} when no answer comes. Thread-safe.
 */
public final class TokenCalls {
    private static final String PATH = "/v1/tokens";

    private final Transport transport;

    TokenCalls(Transport transport) {
        this.transport = transport;
    }

    /**
     * A token to make.
     *
     * @param purpose {@code api} or {@code join}
     * @param role absent for a join token
     * @param tenants empty: all
     * @param ttl life such as {@code 24h}; absent: as the server sets it
     */
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record NewToken(
            String name,
            String purpose,
            @Nullable Role role,
            List<String> tenants,
            @Nullable String ttl) {

        /** Lets one host join, once. */
        public static NewToken join(String name, @Nullable String ttl) {
            return new NewToken(name, "join", null, List.of(), ttl);
        }
    }

    /**
     * A made token.
     *
     * @param token its text, shown this once; a secret
     */
    public record CreatedToken(String token, TokenResource resource) {

        /** Without the secret, so that it never reaches a log. */
        @Override
        public String toString() {
            return "token " + resource.name();
        }
    }

    /**
     * Makes a token. Its name must be new. Never repeated by itself: the text is shown once, so a repeat would only hear
     * that the name is taken. When the answer was lost, delete the token and make another.
     */
    public CreatedToken create(NewToken token) {
        return transport.call(Transport.Call.post(PATH, token).once(), CreatedToken.class);
    }

    /** All that the caller may see, page by page. */
    public Page<TokenResource> list() {
        return transport.all(PATH, TokenResource.class);
    }

    public TokenResource get(String name) {
        return transport.call(Transport.Call.get(path(name)), TokenResource.class);
    }

    /** Makes it worth nothing from now on. */
    public void delete(String name) {
        transport.send(Transport.Call.delete(path(name)));
    }

    private static String path(String name) {
        return PATH + "/" + Names.require("/name", name);
    }
}
