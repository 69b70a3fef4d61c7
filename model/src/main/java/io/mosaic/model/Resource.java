package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;

/**
 * One row of the cluster's state: what was asked for, what is so, and the revision of the last change to either. Its
 * JSON is what the API answers and what the store keeps.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, include = JsonTypeInfo.As.EXISTING_PROPERTY, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = SetResource.class, name = "set"),
    @JsonSubTypes.Type(value = HostResource.class, name = "host"),
    @JsonSubTypes.Type(value = TenantResource.class, name = "tenant"),
    @JsonSubTypes.Type(value = TokenResource.class, name = "token"),
    @JsonSubTypes.Type(value = PoolResource.class, name = "pool"),
    @JsonSubTypes.Type(value = AppResource.class, name = "app"),
    @JsonSubTypes.Type(value = AppReleaseResource.class, name = "release"),
})
@JsonPropertyOrder({"kind", "tenant", "name", "uid", "revision", "generation", "created", "labels", "spec", "status"})
public sealed interface Resource
        permits SetResource,
                HostResource,
                TenantResource,
                TokenResource,
                PoolResource,
                AppResource,
                AppReleaseResource,
                OtherResource {

    @JsonIgnore
    ResourceKey key();

    /** A property of its own, so that it is written wherever the resource stands, also in a list of a page. */
    @JsonProperty
    default Kind kind() {
        return key().kind();
    }

    @JsonProperty
    default String name() {
        return key().name();
    }

    /** Never reused: a set deleted and made again under its name is another set. */
    UUID uid();

    /** Revision of the change log at which this version was committed; 0 before it is committed. */
    long revision();

    Instant created();

    Map<String, String> labels();

    /** The same, as committed at that revision. */
    Resource withRevision(long revision);
}
