package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import java.io.IOException;

/** Looks at the limits that the kernel enforces, without asking the daemon. */
@FunctionalInterface
public interface LimitsWatch {

    /**
     * Whether these limits hold now for the container that this process is of.
     *
     * @throws IOException when the process is gone or is not one of that container
     */
    boolean hold(int pid, String containerId, Docker.Limits wanted) throws IOException;
}
