package io.mosaic.agent.docker;

import io.mosaic.agent.docker.Docker.Output;
import io.mosaic.agent.docker.Docker.OutputStreams;
import io.mosaic.kit.unix.HttpStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs as they come. Read by one thread; closed from any, which ends the reading. */
final class LogStreams implements OutputStreams {

    private static final Logger LOG = LoggerFactory.getLogger(LogStreams.class);

    private final DockerSocket socket;
    private final String what;
    private final HttpStream stream;
    private final OutputReader reader;
    private volatile boolean closed;

    LogStreams(DockerSocket socket, String what, HttpStream stream, boolean tty) {
        this.socket = socket;
        this.what = what;
        this.stream = stream;
        this.reader = new OutputReader(stream.body(), tty);
    }

    @Override
    public @Nullable Output next() throws DockerException {
        try {
            return reader.next();
        } catch (IOException e) {
            if (closed) {
                return null;
            }
            throw socket.broken(what, e, Deadlines.LOG_PAUSE);
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            stream.close();
        } catch (IOException e) {
            LOG.debug("closing {} failed", what, e);
        }
    }
}
