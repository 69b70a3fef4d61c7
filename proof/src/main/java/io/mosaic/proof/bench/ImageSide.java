package io.mosaic.proof.bench;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A registry on loopback that takes part in the benchmark of images. */
interface ImageSide {

    /** What all is pushed to. */
    String REPOSITORY = "default/bench";

    String name();

    int port();

    /** What its calls are made with, absent when it asks for nothing. */
    @Nullable
    String token();

    /** Processor time that it has taken so far. */
    Duration processorTime() throws IOException;

    /** Deletes all that was pushed, and its space. Nobody may be calling it. */
    void clear() throws IOException, InterruptedException;
}
