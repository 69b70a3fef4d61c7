package io.mosaic.agent.link;

import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import io.mosaic.model.SetUsage;
import io.mosaic.model.link.StreamRequest;
import java.io.IOException;
import java.util.UUID;
import java.util.function.Consumer;
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

    /**
     * Saves a container of a set as an image in the cluster's repository; takes minutes when it is large.
     *
     * @param id of the container in the daemon
     * @param told hears of each step on; does not block
     * @throws IOException when the repository does not answer
     * @throws ProblemException when it does not take the image
     */
    default SavedImage save(String id, StreamRequest.Save request, Consumer<SaveProgress> told)
            throws IOException, DockerException, InterruptedException {
        throw new IOException("nothing is saved here");
    }

    /**
     * Pushes an image that the daemon has to the cluster's repository; takes minutes when it is large.
     *
     * @param told hears of each step on; does not block
     * @throws IOException when the repository does not answer
     * @throws ProblemException when there is no such image that the caller may have, or the repository does not take it
     */
    default SavedImage push(StreamRequest.Push request, Consumer<SaveProgress> told)
            throws IOException, DockerException, InterruptedException {
        throw new IOException("nothing is pushed here");
    }
}
