package io.mosaic.agent.desired;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a step went. */
public sealed interface Outcome {

    /** Done; there is nothing more to say. */
    record Done() implements Outcome {}

    /** A container as it is; null: there is none. */
    record Seen(@Nullable ObservedContainer container) implements Outcome {}

    /** All of the set's containers as they are, by name. */
    record SeenAll(Map<String, ObservedContainer> containers) implements Outcome {}

    /**
     * A container was made.
     *
     * @param uncapped whether its root file system has no cap although one was asked for
     */
    record Made(ObservedContainer container, boolean uncapped) implements Outcome {}

    /**
     * It was asked to end, and has ended.
     *
     * @param complaint why the command before the stop did not end well; null: it did, or there was none
     */
    record Stopped(@Nullable String complaint) implements Outcome {}

    /** What was told of the role last; null: nothing. */
    record RoleRead(RoleFiles.@Nullable Written written) implements Outcome {}

    /** The image is on the host. */
    record ImageReady(boolean pulled) implements Outcome {}

    record Mounted(Path path) implements Outcome {}

    /**
     * A health check was tried.
     *
     * @param word what it saw, for a person
     */
    record Probed(boolean up, String word) implements Outcome {}

    /** It failed, for a reason to tell; it may be tried again later. */
    record Failed(String reason) implements Outcome {}

    /** The host is not as it was thought to be: look again. */
    record Surprise(String word) implements Outcome {}

    /** The daemon hangs or is gone: nothing is known, and nothing is to be blamed on the set. */
    record NoAnswer(String word) implements Outcome {}
}
