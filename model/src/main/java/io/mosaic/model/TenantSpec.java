package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What operators say of a tenant. Absent limits do not limit. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TenantSpec(@Nullable String name, @Nullable Quota quota) {

    /** The most that all sets of a tenant may ask for together. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Quota(
            @Nullable Integer sets,
            @Nullable Cpu cpu,
            @Nullable Bytes memory,
            @Nullable Bytes disk) {}
}
