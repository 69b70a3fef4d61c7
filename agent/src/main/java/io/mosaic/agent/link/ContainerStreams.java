package io.mosaic.agent.link;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Finds containers of sets for side streams. */
@FunctionalInterface
public interface ContainerStreams {

    /** Docker's id of a set's container; null when there is none. */
    @Nullable
    String id(UUID set, String container);
}
