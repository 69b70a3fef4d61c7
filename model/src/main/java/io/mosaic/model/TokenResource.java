package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** A bearer token or a host's one-time join token. The secret itself is never kept, only its hash. */
public record TokenResource(String name, UUID uid, long revision, Instant created, TokenSpec spec) implements Resource {

    @Override
    @JsonIgnore
    public ResourceKey key() {
        return ResourceKey.token(name);
    }

    @Override
    public Map<String, String> labels() {
        return Map.of();
    }

    @Override
    public TokenResource withRevision(long changed) {
        return new TokenResource(name, uid, changed, created, spec);
    }
}
