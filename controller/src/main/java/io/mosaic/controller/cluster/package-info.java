/**
 * The cluster's state in memory, and the one way to change it. {@code ClusterImage} is immutable; {@code apply(change)} is the
 * only way from one image to the next, the same code on the controller that decided, on every other and after a
 * restart. Pure: no clock, no thread, no I/O.
 */
@NullMarked
package io.mosaic.controller.cluster;

import org.jspecify.annotations.NullMarked;
