package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a token may do.
 *
 * @param purpose {@code API} calls the API with {@code role}; {@code JOIN} lets one host join, once
 * @param role what an API token may do; absent for a join token
 * @param tenants the tenants an API token may act for; empty: all of them
 * @param expires after which it is worth nothing; absent: never
 * @param secretHash SHA-256 of the secret, hex; the secret has 256 random bits, so a slow hash would add nothing. Left
 *     out of every answer of the API.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TokenSpec(
        Purpose purpose,
        @Nullable Role role,
        List<String> tenants,
        @Nullable Instant expires,
        @Nullable String secretHash) {

    public TokenSpec {
        tenants = Lists.copy(tenants);
    }

    /** What a token is for. */
    public enum Purpose {
        API,
        JOIN,
        /** What only a newer version knows; good for nothing here. */
        OTHER
    }

    /** The same without what nobody needs to see. */
    public TokenSpec redacted() {
        return new TokenSpec(purpose, role, tenants, expires, null);
    }
}
