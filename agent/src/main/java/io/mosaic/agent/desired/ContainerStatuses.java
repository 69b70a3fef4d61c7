package io.mosaic.agent.desired;

import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ContainerStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the containers of a set are, for its report. */
final class ContainerStatuses {
    private ContainerStatuses() {}

    /** Infra first, then in start order. */
    static List<ContainerStatus> of(Blueprint blueprint, ObservedSet seen, SetMemory memory) {
        List<ContainerStatus> statuses = new ArrayList<>();
        statuses.add(of(ContainerStatus.INFRA, 0, false, blueprint, seen, memory));
        for (ContainerSpec container : blueprint.business()) {
            boolean checked = container.options().health() != null;
            statuses.add(of(container.nameOrEmpty(), container.indexOrZero(), checked, blueprint, seen, memory));
        }
        return statuses;
    }

    private static ContainerStatus of(
            String name, int index, boolean checked, Blueprint blueprint, ObservedSet seen, SetMemory memory) {
        ObservedContainer container = standing(name, seen, memory);
        ContainerMemory remembered = memory.of(container == null ? name : container.name());
        String reason = remembered.reason() == null ? remembered.fault() : remembered.reason();
        return new ContainerStatus(
                name,
                index,
                container == null || container.image().isEmpty() ? blueprint.image(name) : container.image(),
                state(container, remembered, checked),
                container == null ? null : container.id(),
                remembered.restarts(),
                remembered.exitCode(),
                reason);
    }

    /** The one that runs, of a container and its successor; with neither running the one that is to start. */
    private static @Nullable ObservedContainer standing(String name, ObservedSet seen, SetMemory memory) {
        ObservedContainer old = seen.get(name);
        ObservedContainer next = seen.get(Successor.of(name));
        if (next == null || old == null) {
            return next == null ? old : next;
        }
        boolean failed = memory.of(next.name()).reason() != null;
        return next.running() || (failed && !old.running()) ? next : old;
    }

    private static ContainerStatus.State state(
            @Nullable ObservedContainer container, ContainerMemory memory, boolean checked) {
        if (container == null) {
            return ContainerStatus.State.WAITING;
        }
        if (container.running()) {
            if (memory.ending() == ContainerMemory.Ending.UNHEALTHY || (memory.healthy() && memory.misses() > 0)) {
                return ContainerStatus.State.UNHEALTHY;
            }
            return !checked || memory.healthy() ? ContainerStatus.State.UP : ContainerStatus.State.STARTED;
        }
        if (memory.due() != null) {
            return ContainerStatus.State.BACKOFF;
        }
        return container.status() == ObservedContainer.Status.CREATED
                ? ContainerStatus.State.CREATED
                : ContainerStatus.State.EXITED;
    }
}
