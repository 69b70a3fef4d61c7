package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import org.jspecify.annotations.Nullable;

/** Reads the limits that the kernel enforces on a process, without asking the daemon. */
@FunctionalInterface
public interface LimitsReader {

    /** The limits of that process's cgroup; null when there is no such process or they cannot be read. */
    Docker.@Nullable Limits read(int pid);
}
