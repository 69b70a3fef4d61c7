package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** A pool of hosts, as operators describe it. Which hosts are in it, the hosts say. */
public record PoolResource(String name, UUID uid, long revision, Instant created, PoolSpec spec) implements Resource {

    @Override
    @JsonIgnore
    public ResourceKey key() {
        return ResourceKey.pool(name);
    }

    @Override
    public Map<String, String> labels() {
        return Map.of();
    }

    @Override
    public PoolResource withRevision(long changed) {
        return new PoolResource(name, uid, changed, created, spec);
    }
}
