package io.mosaic.model.link;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.UUID;

/** What a controller says on an agent's session stream. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = ControllerMessage.Welcome.class, name = "welcome"),
    @JsonSubTypes.Type(value = ControllerMessage.Desired.class, name = "desired"),
    @JsonSubTypes.Type(value = ControllerMessage.Delta.class, name = "delta"),
    @JsonSubTypes.Type(value = ControllerMessage.Open.class, name = "open"),
    @JsonSubTypes.Type(value = ControllerMessage.Alive.class, name = "alive"),
})
public sealed interface ControllerMessage {

    /**
     * Answers hello.
     *
     * @param controller which one this is, for logs
     */
    record Welcome(String controller, long heartbeatMillis) implements ControllerMessage {}

    /** The whole desired state of the host: what the agent has and is not in it must go. */
    record Desired(long revision, List<DesiredSet> sets) implements ControllerMessage {}

    /**
     * What changed since.
     *
     * @param removed sets whose resource is gone; the agent forgets them (their remains, if any, are removed)
     */
    record Delta(long revision, List<DesiredSet> put, List<UUID> removed) implements ControllerMessage {}

    /** Asks the agent to open a side stream on the same connection, naming this id in its first frame. */
    record Open(String stream, StreamRequest request) implements ControllerMessage {}

    /** Answers heartbeats up to that number: the leader cannot miss any more that the host lived when they were sent. */
    record Alive(long number) implements ControllerMessage {}

    /** Of a kind that only a newer version knows; passed over. */
    record Unknown() implements ControllerMessage {}
}
