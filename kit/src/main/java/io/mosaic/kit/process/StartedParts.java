package io.mosaic.kit.process;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of a server in the order in which they were started, to be stopped the other way round. Thread-safe. */
public final class StartedParts implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StartedParts.class);

    /** A part to stop, by the name that the log knows it by. */
    private record Part(String name, AutoCloseable part) {}

    private final Deque<Part> started = new ArrayDeque<>();

    /** Keeps a part that was just started, under a name for the log. */
    public synchronized <T extends AutoCloseable> T keep(String name, T part) {
        started.push(new Part(name, part));
        return part;
    }

    /** Stops all, the newest first; one that fails to stop does not keep the others from it. */
    @Override
    public synchronized void close() {
        while (!started.isEmpty()) {
            Part part = started.pop();
            try {
                part.part().close();
            } catch (Exception e) {
                LOG.error("{} did not stop cleanly", part.name(), e);
            }
        }
    }
}
