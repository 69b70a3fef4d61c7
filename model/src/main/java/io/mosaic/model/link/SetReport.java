package io.mosaic.model.link;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.RoleStatus;
import io.mosaic.model.SetState;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How one set is on a host.
 *
 * @param generation up to which the agent has acted
 * @param state PREPARING, STARTING, RUNNING, RESIZING, STOPPING, STOPPED, FAILED, DELETING or DELETED; DELETED says
 *     that nothing of it is left on the host
 * @param containers infra first, then by index
 * @param role the role that is in force; absent: it has none, or none is in force yet
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetReport(
        UUID uid,
        String tenant,
        String name,
        long generation,
        SetState state,
        @Nullable String ip,
        @Nullable String reason,
        List<ContainerStatus> containers,
        @Nullable RoleStatus role) {

    public SetReport {
        containers = containers == null ? List.of() : List.copyOf(containers);
    }

    /** Of a set without a role. */
    public SetReport(
            UUID uid,
            String tenant,
            String name,
            long generation,
            SetState state,
            @Nullable String ip,
            @Nullable String reason,
            List<ContainerStatus> containers) {
        this(uid, tenant, name, generation, state, ip, reason, containers, null);
    }
}
