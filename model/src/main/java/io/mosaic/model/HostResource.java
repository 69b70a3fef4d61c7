package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/** A machine that runs the agent. */
public record HostResource(String name, UUID uid, long revision, Instant created, HostSpec spec, HostStatus status)
        implements Resource {

    @Override
    @JsonIgnore
    public ResourceKey key() {
        return ResourceKey.host(name);
    }

    @Override
    public Map<String, String> labels() {
        return spec.labels();
    }

    @Override
    public HostResource withRevision(long changed) {
        return new HostResource(name, uid, changed, created, spec, status);
    }

    public HostResource withSpec(HostSpec changed) {
        return new HostResource(name, uid, revision, created, changed, status);
    }

    public HostResource withStatus(HostStatus changed) {
        return new HostResource(name, uid, revision, created, spec, changed);
    }
}
