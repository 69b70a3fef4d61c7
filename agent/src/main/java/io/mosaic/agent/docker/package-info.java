/**
 * The Docker daemon as the agent uses it. {@code Docker} is the surface, {@code DockerClient} the real one over the unix
 * socket; every call has a deadline, since the daemon puts one on nothing.
 */
@NullMarked
package io.mosaic.agent.docker;

import org.jspecify.annotations.NullMarked;
