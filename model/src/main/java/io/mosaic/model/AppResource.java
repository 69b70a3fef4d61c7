package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * An app, as asked for and as it is.
 *
 * @param generation counts changes to {@code spec} and {@code intent}
 * @param release number of the release that {@code spec.template} is
 */
@JsonPropertyOrder({
    "kind",
    "tenant",
    "name",
    "uid",
    "revision",
    "generation",
    "created",
    "labels",
    "release",
    "spec",
    "intent",
    "status"
})
public record AppResource(
        String tenant,
        String name,
        UUID uid,
        long revision,
        long generation,
        Instant created,
        int release,
        AppSpec spec,
        Intent intent,
        AppStatus status)
        implements Resource {

    /** Whether the app should be or be gone. */
    public enum Intent {
        PRESENT,
        DELETED
    }

    @Override
    @JsonIgnore
    public ResourceKey key() {
        return ResourceKey.app(tenant, name);
    }

    @Override
    public Map<String, String> labels() {
        return spec.labels();
    }

    /** Whether it is being removed. */
    @JsonIgnore
    public boolean deleting() {
        return intent == Intent.DELETED;
    }

    @Override
    public AppResource withRevision(long changed) {
        return new AppResource(tenant, name, uid, changed, generation, created, release, spec, intent, status);
    }

    public AppResource withStatus(AppStatus changed) {
        return new AppResource(tenant, name, uid, revision, generation, created, release, spec, intent, changed);
    }

    /** A new generation with that spec, whose template is that release. */
    public AppResource withSpec(AppSpec changed, int changedRelease) {
        return new AppResource(
                tenant, name, uid, revision, generation + 1, created, changedRelease, changed, intent, status);
    }

    /** A new generation with that intent. */
    public AppResource withIntent(Intent changed) {
        return new AppResource(tenant, name, uid, revision, generation + 1, created, release, spec, changed, status);
    }
}
