package io.mosaic.controller.api;

import io.mosaic.controller.agents.SideStream;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.StreamRequest;
import java.time.Duration;

/** Opens side streams to hosts. */
@FunctionalInterface
public interface StreamOpener {

    /** @throws ProblemException of kind UNAVAILABLE when the host is not linked here, TIMEOUT when it does not answer */
    SideStream open(String host, StreamRequest request, Duration timeout) throws InterruptedException;
}
