package io.mosaic.proof.fake;

import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.agent.desired.LimitsWatch;
import io.mosaic.agent.docker.Docker;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Cgroups in memory: limits are those that the daemon was told last, by whomever; keys are kept by container, and are gone
 * with its process, whatever becomes of the agent. Thread-safe.
 */
public final class FakeLimits implements LimitsWatch {

    /** One run of a container. */
    private record Run(String container, int pid) {}

    private final Map<Run, KernelKeys> keys = new ConcurrentHashMap<>();
    private final Function<String, Docker.@Nullable Limits> daemon;
    private volatile long memoryInUse;

    /** Over a daemon that nobody but the agent tells of limits. */
    public FakeLimits() {
        this(container -> null);
    }

    /** @param daemon what it was told last for a container of that id; null: what the agent told it */
    public FakeLimits(Function<String, Docker.@Nullable Limits> daemon) {
        this.daemon = daemon;
    }

    /** From now on every container uses that many bytes of memory. */
    public void use(long bytes) {
        memoryInUse = bytes;
    }

    /** What was written for that run of the container, less what somebody took away. */
    public KernelKeys keys(String containerId, int pid) {
        return keys.getOrDefault(new Run(containerId, pid), KernelKeys.NONE);
    }

    /** Somebody else writes to the cgroups of all containers. */
    public void disturb() {
        keys.clear();
    }

    @Override
    public boolean hold(int pid, String containerId, Docker.Limits wanted) {
        Docker.Limits told = daemon.apply(containerId);
        return told == null || told.equals(wanted);
    }

    @Override
    public boolean hold(int pid, String containerId, KernelKeys wanted) {
        return keys(containerId, pid).equals(wanted);
    }

    @Override
    public void apply(int pid, String containerId, KernelKeys wanted, Set<String> dropped) {
        keys.put(new Run(containerId, pid), wanted);
    }

    @Override
    public long memoryInUse(int pid, String containerId) {
        return memoryInUse;
    }

    @Override
    public boolean endedForMemory(String containerId, Instant finished) {
        return false;
    }
}
