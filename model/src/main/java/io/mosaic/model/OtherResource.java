package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A resource of a kind that only a newer version knows: that it is there is known, and nothing else. No call answers it,
 * and nothing writes it.
 *
 * @param tenant owner, absent when it belongs to the cluster
 */
public record OtherResource(@Nullable String tenant, String name, UUID uid, long revision, Instant created)
        implements Resource {

    /** By uid: resources of several kinds may have one name. */
    @Override
    @JsonIgnore
    public ResourceKey key() {
        return new ResourceKey(Kind.OTHER, tenant == null ? ResourceKey.CLUSTER : tenant, uid.toString());
    }

    @Override
    public Map<String, String> labels() {
        return Map.of();
    }

    @Override
    public OtherResource withRevision(long changed) {
        return new OtherResource(tenant, name, uid, changed, created);
    }
}
