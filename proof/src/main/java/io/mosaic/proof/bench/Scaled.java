package io.mosaic.proof.bench;

import io.mosaic.proof.rig.DockerSocket;
import java.io.IOException;
import java.util.List;

/** Something of which one platform runs so many instances, on a Docker daemon of its own. Used by one thread. */
interface Scaled extends AutoCloseable {

    /** What every instance runs: it answers each line that is sent to its port with the same line. */
    List<String> ECHO = List.of("nc", "-ll", "-p", Integer.toString(Answers.PORT), "-e", "cat");

    /** For a person. */
    String name();

    /**
     * Asks for so many instances, as a user does who scales; returns when the platform says that all of them run, or that the
     * surplus is gone.
     */
    void to(int instances) throws IOException, InterruptedException;

    /** The daemon that they run on, with all of them in its default network. */
    DockerSocket docker();

    @Override
    void close() throws IOException;
}
