package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An image that a host has.
 *
 * @param names as the daemon has them; what came from the image repository is below {@link ImageName#KEPT}
 * @param id in the daemon, {@code sha256:...}
 * @param repository in the image repository that the agent brought it from last; absent: it did not bring it
 * @param digest of its manifest there; absent: the agent did not bring it
 * @param size bytes of its layers, unpacked; layers that images share count for each
 * @param used when a set was last given it, or it was last fetched ahead; absent: not known
 * @param tenants for whom it was brought
 * @param sets how many sets of the host have it, by tenant
 * @param pins names by which it is pinned, as the repository has them, by tenant; while there is one, the host keeps it
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HostImage(
        List<String> names,
        String id,
        @Nullable String repository,
        @Nullable String digest,
        Bytes size,
        @Nullable Instant used,
        List<String> tenants,
        Map<String, Integer> sets,
        Map<String, List<String>> pins) {

    public HostImage {
        names = Lists.copy(names);
        tenants = Lists.copy(tenants);
        sets = Lists.sorted(sets);
        pins = Lists.sorted(pins);
    }

    public boolean pinned() {
        return !pins.isEmpty();
    }
}
