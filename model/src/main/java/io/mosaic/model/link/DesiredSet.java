package io.mosaic.model.link;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.mosaic.model.Cpuset;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetSpec;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one set should be on its host.
 *
 * @param generation of the spec and intent here
 * @param cpuset the cores that it has for itself, when it has
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DesiredSet(
        UUID uid,
        String tenant,
        String name,
        long generation,
        SetSpec spec,
        SetIntent intent,
        @Nullable Cpuset cpuset) {

    /** Without cores of its own. */
    public DesiredSet(UUID uid, String tenant, String name, long generation, SetSpec spec, SetIntent intent) {
        this(uid, tenant, name, generation, spec, intent, null);
    }
}
