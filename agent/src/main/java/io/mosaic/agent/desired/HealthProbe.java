package io.mosaic.agent.desired;

import io.mosaic.model.HealthCheck;

/** Tries a health check once, from inside the set. */
@FunctionalInterface
public interface HealthProbe {

    /**
     * Returns within the check's timeout, or not much later.
     *
     * @param containerId the container that is checked
     * @param infra the set's infra container, with its pid and address
     * @throws InterruptedException when the agent stops
     */
    Result probe(HealthCheck check, String containerId, ObservedContainer infra) throws InterruptedException;

    /**
     * What the check saw.
     *
     * @param word for a person, such as {@code HTTP 200} or {@code connection refused}
     */
    record Result(boolean up, String word) {}
}
