package io.mosaic.agent.link;

import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.HostImage;
import io.mosaic.model.PinnedImage;
import io.mosaic.model.PrefetchedImage;
import io.mosaic.model.link.LinkMethods;
import io.mosaic.model.link.StreamRequest;
import java.util.List;
import java.util.function.Consumer;

/** The host's images as side streams ask for them. Thread-safe. */
public interface ImageStreams {

    /** All that the daemon has. */
    List<HostImage> list() throws DockerException;

    /**
     * Begins to fetch an image ahead; nothing happens before {@link Fetch#run}.
     *
     * @throws io.mosaic.model.ProblemException when it cannot be asked for so
     */
    Fetch prefetch(StreamRequest.Prefetch request);

    /**
     * Keeps an image, or does so no more.
     *
     * @throws io.mosaic.model.ProblemException of kind NOT_FOUND when it is to be kept and is not there
     */
    PinnedImage pin(StreamRequest.Pin request) throws DockerException;

    /** A fetch of one image. Thread-safe. */
    interface Fetch {

        /**
         * Brings the image, on the caller's thread; ended by interrupting that.
         *
         * @param told hears from time to time how far it is
         * @throws io.mosaic.model.ProblemException when it cannot be had, saying why
         */
        PrefetchedImage run(Consumer<String> told) throws DockerException, InterruptedException;

        /** A right to go on with, when the one before ends. */
        void renew(LinkMethods.GrantAnswer grant);
    }
}
