package io.mosaic.agent.desired;

import java.io.IOException;

/**
 * Ends what still runs in a container that Docker no longer has. A daemon that is killed while it starts a container may
 * forget that it did; removing the container then leaves its processes.
 */
@FunctionalInterface
public interface Strays {

    /**
     * Kills every process in the cgroup of that container; nothing happens when there is none.
     *
     * @throws IOException when the kernel does not tell
     */
    void end(String containerId) throws IOException;
}
