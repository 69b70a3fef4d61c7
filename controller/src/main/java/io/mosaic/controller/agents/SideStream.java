package io.mosaic.controller.agents;

import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Frames to and from an agent about one command or log. Whoever reads slowly slows the agent down, and the other way
 * round: a few frames are kept on either side, never more.
 *
 * <p>Thread-safe for one sender and one receiver at the same time.
 */
public interface SideStream extends AutoCloseable {

    /**
     * Blocks until the connection takes the frame.
     *
     * @throws ProblemException of kind UNAVAILABLE when the stream has ended
     */
    void send(Frame frame) throws InterruptedException;

    /**
     * Blocks for the next frame; null at the end. What the agent sent before the end always comes first.
     *
     * @throws ProblemException of kind TIMEOUT when none came in that time; the stream goes on
     */
    @Nullable
    Frame receive(Duration timeout) throws InterruptedException;

    /** Ends the stream, and with it what the agent does for it. */
    @Override
    void close();
}
