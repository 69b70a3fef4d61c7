package io.mosaic.proof.fake;

import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.agent.desired.LimitsWatch;
import io.mosaic.agent.docker.Docker;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Cgroups in memory: what Docker was told always holds, and keys are kept by container. Thread-safe. */
public final class FakeLimits implements LimitsWatch {
    private final Map<String, KernelKeys> keys = new ConcurrentHashMap<>();

    @Override
    public boolean hold(int pid, String containerId, Docker.Limits wanted) {
        return true;
    }

    @Override
    public boolean hold(int pid, String containerId, KernelKeys wanted) {
        return keys.getOrDefault(containerId, KernelKeys.NONE).equals(wanted);
    }

    @Override
    public void apply(int pid, String containerId, KernelKeys wanted, Set<String> dropped) {
        keys.put(containerId, wanted);
    }

    @Override
    public long memoryInUse(int pid, String containerId) {
        return 0;
    }
}
