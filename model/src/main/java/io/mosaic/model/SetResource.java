package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A set, as asked for and as it is.
 *
 * @param generation counts changes to {@code spec} and {@code intent}; the agent says up to which one it has acted
 * @param intent what the user wants done with it now
 * @param app its membership in the app that owns it; absent when none does
 */
public record SetResource(
        String tenant,
        String name,
        UUID uid,
        long revision,
        long generation,
        Instant created,
        SetSpec spec,
        SetIntent intent,
        SetStatus status,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable AppMember app)
        implements Resource {

    /** One that no app owns. */
    public SetResource(
            String tenant,
            String name,
            UUID uid,
            long revision,
            long generation,
            Instant created,
            SetSpec spec,
            SetIntent intent,
            SetStatus status) {
        this(tenant, name, uid, revision, generation, created, spec, intent, status, null);
    }

    @Override
    @JsonIgnore
    public ResourceKey key() {
        return ResourceKey.set(tenant, name);
    }

    @Override
    public Map<String, String> labels() {
        return spec.labels();
    }

    @Override
    public SetResource withRevision(long changed) {
        return new SetResource(tenant, name, uid, changed, generation, created, spec, intent, status, app);
    }

    public SetResource withStatus(SetStatus changed) {
        return new SetResource(tenant, name, uid, revision, generation, created, spec, intent, changed, app);
    }

    /** A new generation with that spec. */
    public SetResource withSpec(SetSpec changed) {
        return new SetResource(tenant, name, uid, revision, generation + 1, created, changed, intent, status, app);
    }

    /** A new generation with that spec and that intent. */
    public SetResource with(SetSpec changed, SetIntent wanted) {
        return new SetResource(tenant, name, uid, revision, generation + 1, created, changed, wanted, status, app);
    }

    /** A new generation with that intent. */
    public SetResource withIntent(SetIntent changed) {
        return new SetResource(tenant, name, uid, revision, generation + 1, created, spec, changed, status, app);
    }

    /** With another membership; no new generation, as it is none of the agent's business. */
    public SetResource withApp(@Nullable AppMember changed) {
        return new SetResource(tenant, name, uid, revision, generation, created, spec, intent, status, changed);
    }
}
