package io.mosaic.agent.link;

import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.SetUsage;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds containers of sets for side streams. Thread-safe. */
public interface ContainerStreams {

    /** Docker's id of a set's container; null when there is none. */
    @Nullable
    String id(UUID set, String container);

    /**
     * Bytes of memory that a container uses; negative when that is not known, as it does not run.
     *
     * @throws DockerException when the daemon does not say which processes it has
     * @throws IOException when the kernel does not say
     */
    default long memoryInUse(UUID set, String container) throws DockerException, IOException {
        return -1;
    }

    /** What that set uses, as measured last; null when nobody measures, or it is not known yet. */
    default @Nullable SetUsage usage(UUID set) {
        return null;
    }
}
