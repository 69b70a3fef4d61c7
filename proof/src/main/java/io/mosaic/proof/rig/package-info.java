/**
 * Real parts for tests and benchmarks: a Docker daemon, a controller and an agent as processes of their own, each in
 * directories of its own, which can be stopped, frozen and killed, and which leave nothing behind.
 */
@NullMarked
package io.mosaic.proof.rig;

import org.jspecify.annotations.NullMarked;
