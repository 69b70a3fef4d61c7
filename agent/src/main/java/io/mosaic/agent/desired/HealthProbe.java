package io.mosaic.agent.desired;

import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.HealthCheck;

/** Tries a health check once, from inside the set. */
@FunctionalInterface
public interface HealthProbe {

    /**
     * Returns within the check's timeout, or not much later.
     *
     * @param containerId the container that is checked
     * @param infra the set's infra container, with its pid and address
     * @throws DockerException when the daemon was asked and does not answer: that says nothing of the container
     */
    Result probe(HealthCheck check, String containerId, ObservedContainer infra) throws DockerException;

    /**
     * What the check saw.
     *
     * @param word for a person, such as {@code HTTP 200} or {@code connection refused}
     */
    record Result(boolean up, String word) {}
}
