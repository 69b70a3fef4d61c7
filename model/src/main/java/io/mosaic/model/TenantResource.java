package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** A tenant: an owner of sets, with a quota. */
public record TenantResource(String name, UUID uid, long revision, Instant created, TenantSpec spec)
        implements Resource {

    /** The tenant that exists from the first start. */
    public static final String DEFAULT = "default";

    @Override
    @JsonIgnore
    public ResourceKey key() {
        return ResourceKey.tenant(name);
    }

    @Override
    public Map<String, String> labels() {
        return Map.of();
    }

    @Override
    public TenantResource withRevision(long changed) {
        return new TenantResource(name, uid, changed, created, spec);
    }
}
