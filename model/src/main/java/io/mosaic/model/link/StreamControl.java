package io.mosaic.model.link;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.mosaic.model.Problem;
import io.mosaic.model.SaveProgress;

/** What the two ends of a side stream say beside its data. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = StreamControl.Attach.class, name = "attach"),
    @JsonSubTypes.Type(value = StreamControl.Forward.class, name = "forward"),
    @JsonSubTypes.Type(value = StreamControl.Resize.class, name = "resize"),
    @JsonSubTypes.Type(value = StreamControl.Exit.class, name = "exit"),
    @JsonSubTypes.Type(value = StreamControl.Failed.class, name = "failed"),
    @JsonSubTypes.Type(value = StreamControl.Progress.class, name = "progress"),
})
public sealed interface StreamControl {

    /** First from the agent: which {@link ControllerMessage.Open} this stream answers. */
    record Attach(String stream) implements StreamControl {}

    /**
     * First from a controller that forwards a stream to the one which holds the host; that one answers with attach, its id
     * empty, or with failed.
     */
    record Forward(String host, StreamRequest request) implements StreamControl {}

    /** From the caller: its terminal has this size now. */
    record Resize(int columns, int rows) implements StreamControl {}

    /** Last from the agent: the command ended with this code; for logs, 0 at their end. */
    record Exit(int code) implements StreamControl {}

    /** Last from the agent: it could not be done. */
    record Failed(Problem problem) implements StreamControl {}

    /** From the agent, some times a second at most and only to who asked for it: how far it is. */
    record Progress(SaveProgress progress) implements StreamControl {}

    /** Of a kind that only a newer version knows; passed over. */
    record Unknown() implements StreamControl {}
}
