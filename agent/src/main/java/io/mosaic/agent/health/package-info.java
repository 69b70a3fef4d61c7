/**
 * Looking from inside a set whether its containers are up: sockets opened in the set's own network namespace, so that
 * nothing needs to be published and {@code localhost} is the set.
 */
@NullMarked
package io.mosaic.agent.health;

import org.jspecify.annotations.NullMarked;
