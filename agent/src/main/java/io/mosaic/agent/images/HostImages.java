package io.mosaic.agent.images;

import io.mosaic.agent.docker.DockerException;
import java.util.UUID;
import java.util.function.Consumer;

/** The images that containers of this host are made of. Thread-safe. */
public interface HostImages {

    /**
     * Sees to it that the image is on the host; waits for that.
     *
     * @param tenant of the set
     * @param image as the set names it
     * @param told hears from time to time how far it is
     * @return whether it was brought for that
     * @throws ImageException when it cannot be had, saying why
     */
    boolean ensure(UUID set, String tenant, String image, Consumer<String> told)
            throws ImageException, DockerException, InterruptedException;

    /** What the daemon knows that by, which the set calls so: an id once it is settled which image that is. */
    String made(UUID set, String image);

    /** The daemon says that it is not there after all. */
    void absent(UUID set, String image);

    /** Nothing that was known of the daemon's images counts any more. */
    void forget();
}
