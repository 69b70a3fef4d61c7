package io.mosaic.agent.desired;

import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.agent.docker.Docker;
import java.io.IOException;
import java.time.Instant;
import java.util.Set;

/**
 * Looks at the limits that the kernel enforces, without asking the daemon, and sets those that the daemon does not know. All
 * throw IOException when the process is gone or is not one of that container.
 *
 * <p>Thread-safe.
 */
public interface LimitsWatch {

    /** Whether these limits hold now for the container that this process is of. */
    boolean hold(int pid, String containerId, Docker.Limits wanted) throws IOException;

    /** The same of keys that the daemon does not know. */
    boolean hold(int pid, String containerId, KernelKeys wanted) throws IOException;

    /**
     * Makes those keys hold.
     *
     * @param dropped names of keys that were asked for earlier and are no more
     * @throws IOException also when the host has not got a key
     */
    void apply(int pid, String containerId, KernelKeys wanted, Set<String> dropped) throws IOException;

    /** Bytes of memory that the container uses and cannot simply give back. */
    long memoryInUse(int pid, String containerId) throws IOException;

    /**
     * Whether the kernel ended the container's run, over then, for want of memory; needed only where the daemon does not say so.
     *
     * @throws IOException when that cannot be known
     */
    boolean endedForMemory(String containerId, Instant finished) throws IOException;
}
