package io.mosaic.agent.desired;

import io.mosaic.agent.cgroup.CgroupKeys;
import io.mosaic.agent.cgroup.Cgroups;
import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.agent.cgroup.OomKills;
import io.mosaic.agent.docker.Docker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;

/** The limits in this host's cgroups. Thread-safe. */
public final class CgroupLimits implements LimitsWatch {
    private final Cgroups cgroups;
    private final CgroupKeys keys;
    private final OomKills kills = new OomKills();

    /** @param root of the file system that holds {@code proc} */
    public CgroupLimits(Path root) {
        this.cgroups = new Cgroups(root);
        this.keys = new CgroupKeys(root);
    }

    @Override
    public boolean hold(int pid, String containerId, Docker.Limits wanted) throws IOException {
        return cgroups.holds(pid, containerId, wanted);
    }

    @Override
    public boolean hold(int pid, String containerId, KernelKeys wanted) throws IOException {
        return keys.hold(pid, containerId, wanted);
    }

    @Override
    public void apply(int pid, String containerId, KernelKeys wanted, Set<String> dropped) throws IOException {
        keys.apply(pid, containerId, wanted, dropped);
    }

    @Override
    public long memoryInUse(int pid, String containerId) throws IOException {
        return keys.memoryInUse(pid, containerId);
    }

    @Override
    public boolean endedForMemory(String containerId, Instant finished) throws IOException {
        return kills.killed(containerId, finished);
    }
}
