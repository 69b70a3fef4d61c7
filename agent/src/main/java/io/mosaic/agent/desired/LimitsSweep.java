package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the limits that running containers were given with those that the kernel enforces, and tells the workers of those that
 * differ. For one thread at a time.
 */
final class LimitsSweep {
    private static final Logger LOG = LoggerFactory.getLogger(LimitsSweep.class);

    /** What sets its limits itself, over and over, is not fought at every look. */
    private static final int RESTORES_MAX = 3;

    /** But now and then: the daemon may have been away when the others were tried. */
    private static final int RESTORES_LATER = 10;

    private final LimitsWatch limits;

    /** How often in a row limits had to be restored, by container. */
    private final Map<String, Integer> restored = new HashMap<>();

    LimitsSweep(LimitsWatch limits) {
        this.limits = limits;
    }

    /** Looks at every running container of these workers once. */
    void round(Collection<SetWorker> workers) {
        Set<String> seen = new HashSet<>();
        for (SetWorker worker : workers) {
            for (ObservedContainer container : worker.containers().values()) {
                seen.add(container.id());
                look(worker, container);
            }
        }
        restored.keySet().retainAll(seen);
    }

    private void look(SetWorker worker, ObservedContainer container) {
        Docker.Limits told = container.limits();
        if (!container.running() || told == null) {
            return;
        }
        if (container.pid() == 0) {
            worker.changed(container.name(), "sweep");
            return;
        }
        try {
            if (holds(container, told, worker.keys().get(container.name()))) {
                restored.remove(container.id());
                return;
            }
            int times = restored.merge(container.id(), 1, Integer::sum);
            if (times <= RESTORES_MAX || times % RESTORES_LATER == 0) {
                worker.drifted(container.name(), container.pid());
            } else if (times == RESTORES_MAX + 1) {
                LOG.warn(
                        "limits of container {} of set {} do not stay as they are set; restored less often now",
                        container.name(),
                        worker.set().name());
            }
        } catch (IOException e) {
            // Mostly a process that ended a moment ago; the daemon knows.
            LOG.debug("limits of container {}: {}", container.name(), e.getMessage());
            worker.changed(container.name(), "sweep");
        }
    }

    private boolean holds(ObservedContainer container, Docker.Limits told, SetMemory.@Nullable GivenKeys given)
            throws IOException {
        boolean keys = given == null
                || given.keys().isEmpty()
                || !given.holds(container.started())
                || limits.hold(container.pid(), container.id(), given.keys());
        return keys && limits.hold(container.pid(), container.id(), told);
    }
}
