package io.mosaic.agent.docker;

import io.mosaic.agent.docker.DockerException.Kind;
import java.time.Duration;

/** Waiting between two looks at the daemon. */
final class Pauses {

    private Pauses() {}

    /** @throws DockerException when the thread is interrupted; it stays so */
    static void pause(Duration pause, String what) throws DockerException {
        try {
            Thread.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DockerException(Kind.UNREACHABLE, "docker " + what + ": interrupted", e);
        }
    }
}
