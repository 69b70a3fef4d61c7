package io.mosaic.agent.docker;

import io.mosaic.agent.docker.Docker.DaemonEvent;
import io.mosaic.agent.docker.Docker.EventStream;
import io.mosaic.agent.docker.DockerException.Kind;
import io.mosaic.kit.unix.HttpStream;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** The daemon's events. Read by one thread; closed from any, which ends the reading. */
final class DockerEvents implements EventStream {

    private static final Logger LOG = LoggerFactory.getLogger(DockerEvents.class);

    private final DockerSocket socket;
    private final HttpStream stream;
    private final JsonLines lines;

    DockerEvents(DockerSocket socket, HttpStream stream) {
        this.socket = socket;
        this.stream = stream;
        this.lines = new JsonLines(stream.body());
    }

    @Override
    public DaemonEvent next() throws DockerException {
        try {
            JsonNode event = lines.next();
            if (event == null) {
                throw new DockerException(Kind.UNREACHABLE, "docker events: the daemon closed the stream");
            }
            JsonNode actor = event.path("Actor");
            return new DaemonEvent(
                    event.path("Action").asString(""),
                    actor.path("ID").asString(""),
                    DockerJson.texts(actor.path("Attributes")));
        } catch (IOException e) {
            throw socket.broken("events", e, Deadlines.STREAM);
        }
    }

    @Override
    public void close() {
        try {
            stream.close();
        } catch (IOException e) {
            LOG.debug("closing the event stream failed", e);
        }
    }
}
