package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How a host is, as the control plane last heard. What changes with every heartbeat is not here: it never enters the
 * change log.
 *
 * @param reason why it is in this state, for a person
 * @param inventory what it has; absent before its agent said hello
 * @param since when it entered this state
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record HostStatus(
        HostState state, @Nullable String reason, @Nullable HostInventory inventory, Instant since) {

    public HostStatus in(HostState changed, @Nullable String why, Instant now) {
        return new HostStatus(changed, why, inventory, changed == state ? since : now);
    }

    public HostStatus withInventory(HostInventory changed) {
        return new HostStatus(state, reason, changed, since);
    }
}
