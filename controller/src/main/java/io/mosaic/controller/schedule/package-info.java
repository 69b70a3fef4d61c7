/**
 * Which host a set goes to. Pure: an image in, a plan out. A plan is a proposal; {@code PlacementDecision} checks it again
 * under the log's lock, so that planning needs no lock and may be wrong.
 *
 * <p>A {@code Rule} keeps hosts out and says why, a {@code Cost} orders those that are left; more of either are added to the
 * lists that {@code Scheduler} is made of.
 */
@NullMarked
package io.mosaic.controller.schedule;

import org.jspecify.annotations.NullMarked;
