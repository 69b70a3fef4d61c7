/**
 * Simulated hosts: thousands of agents in one process, so that controllers can be tried at a size that no single machine
 * has. Everything of the agent is real (identity, join, link over mTLS, desired state, reconciler and planner) but what
 * touches the machine: Docker, volumes, limits and health checks are the fakes in {@code fake}.
 */
@NullMarked
package io.mosaic.proof.simhosts;

import org.jspecify.annotations.NullMarked;
