package io.mosaic.agent;

import io.mosaic.agent.collect.UsageCollector;
import io.mosaic.agent.desired.ObservedContainer;
import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.ContainerStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sets whose use can be measured whole: those of which the process of every running container is known. Starting a
 * container does not tell its process, and the loop that keeps sets as declared looks only when it needs it; so who measures
 * asks the daemon, once for each run of a container.
 *
 * <p>Not thread-safe: for the measuring thread alone.
 */
final class MeasuredSets implements Supplier<List<UsageCollector.Measured>> {

    private static final Logger LOG = LoggerFactory.getLogger(MeasuredSets.class);

    private final Supplier<Map<UUID, Map<String, ObservedContainer>>> sets;
    private final Docker docker;
    private Map<Run, Integer> known = new HashMap<>();

    /** From one start of a container to its end. */
    private record Run(String id, Instant started) {}

    /** @param sets as the agent last saw them, by container name */
    MeasuredSets(Supplier<Map<UUID, Map<String, ObservedContainer>>> sets, Docker docker) {
        this.sets = sets;
        this.docker = docker;
    }

    @Override
    public List<UsageCollector.Measured> get() {
        Map<Run, Integer> still = new HashMap<>();
        List<UsageCollector.Measured> all = new ArrayList<>();
        sets.get().forEach((uid, containers) -> {
            int infra = 0;
            Map<String, Integer> pids = new HashMap<>();
            for (ObservedContainer container : containers.values()) {
                if (container.status() != ObservedContainer.Status.RUNNING) {
                    continue;
                }
                int pid = pid(container, still);
                if (container.name().equals(ContainerStatus.INFRA)) {
                    infra = pid;
                } else {
                    pids.put(container.id(), pid);
                }
            }
            // With one of them left out all of the set would seem to use less.
            if (!pids.isEmpty() && !pids.containsValue(0)) {
                all.add(new UsageCollector.Measured(uid, infra, pids));
            }
        });
        known = still;
        return all;
    }

    /** 0 when it is not known. */
    private int pid(ObservedContainer container, Map<Run, Integer> still) {
        if (container.pid() != 0) {
            return container.pid();
        }
        Run run = new Run(container.id(), container.started());
        int pid = known.getOrDefault(run, 0);
        if (pid == 0) {
            try {
                Docker.ContainerInfo info = docker.inspect(container.id());
                pid = info == null ? 0 : info.pid();
            } catch (DockerException e) {
                // Mostly one that ended a moment ago; it is asked for again.
                LOG.debug("the process of container {} is not known: {}", container.id(), e.getMessage());
            }
        }
        if (pid != 0) {
            still.put(run, pid);
        }
        return pid;
    }
}
