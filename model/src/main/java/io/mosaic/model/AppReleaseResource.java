package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * One template that an app had or has. Never changes once it is made, so the history costs nothing while the app lives; the
 * oldest that nothing uses any more are dropped.
 *
 * @param app name of the app
 * @param number counts the templates of the app, from 1
 */
@JsonIgnoreProperties(value = "name", allowGetters = true)
public record AppReleaseResource(
        String tenant, String app, int number, UUID uid, long revision, Instant created, SetSpec template)
        implements Resource {

    @Override
    @JsonIgnore
    public ResourceKey key() {
        return ResourceKey.release(tenant, app, number);
    }

    @Override
    public Map<String, String> labels() {
        return Map.of();
    }

    @Override
    public AppReleaseResource withRevision(long changed) {
        return new AppReleaseResource(tenant, app, number, uid, changed, created, template);
    }
}
