package io.mosaic.agent.desired;

import io.mosaic.model.ContainerOptions;
import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a container is ended. It goes with the container as a label: when another is to take its place, the spec knows only
 * how the other one ends.
 *
 * @param preStop argument array of a command run in it first; empty: none
 * @param timeout after which that command is killed
 * @param grace from the stop signal to the kill
 */
record Stopping(List<String> preStop, Interval timeout, Interval grace) {
    static final Stopping DEFAULT = of(ContainerOptions.NONE);

    Stopping {
        preStop = List.copyOf(preStop);
    }

    static Stopping of(ContainerOptions options) {
        ContainerOptions.PreStop first = options.preStop();
        return first == null
                ? new Stopping(List.of(), ContainerOptions.PreStop.TIMEOUT_DEFAULT, options.stopGraceOrDefault())
                : new Stopping(first.command(), first.timeout(), options.stopGraceOrDefault());
    }

    String label() {
        return new String(Json.bytes(this), StandardCharsets.UTF_8);
    }

    /** As the label says; the default without one, or with one that somebody else wrote. */
    static Stopping parse(@Nullable String label) {
        if (label == null) {
            return DEFAULT;
        }
        try {
            return Json.read(label.getBytes(StandardCharsets.UTF_8), Stopping.class);
        } catch (ProblemException | NullPointerException e) {
            return DEFAULT;
        }
    }
}
