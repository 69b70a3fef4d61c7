package io.mosaic.agent.images;

import io.mosaic.model.link.LinkMethods;
import java.io.IOException;
import java.util.UUID;

/** Asks the controllers for rights. Thread-safe. */
public interface Grants {

    /**
     * The right to fetch what that set calls so.
     *
     * @throws ImageException when the set may not have it
     * @throws IOException when no controller answers
     */
    LinkMethods.GrantAnswer ask(UUID set, String image) throws IOException, ImageException, InterruptedException;
}
