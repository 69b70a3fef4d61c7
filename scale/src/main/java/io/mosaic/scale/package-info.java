/**
 * How many instances an app should have, by its {@code ScalingPolicy}: a pure function of the policy, the time, what was
 * measured and what was recommended before. A module of its own because the controller acts by it and the command line tries
 * it out, on a file and a recorded load, without a cluster.
 */
@NullMarked
package io.mosaic.scale;

import org.jspecify.annotations.NullMarked;
