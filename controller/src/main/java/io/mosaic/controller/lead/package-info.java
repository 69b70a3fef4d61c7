/**
 * What only one controller at a time does: place the sets that wait, judge silent hosts, look after
 * apps and scale them. {@code Leader} holds the
 * lease and runs both; every commit carries the lease's epoch, so a leader that was paused cannot do harm when it wakes.
 *
 * <p>Wiring: {@code Leader.start(log, lease, hostLeases, Scheduler.standard(), clock, LeaderTimes.STANDARD)}, closed first
 * when the controller stops. {@code StoreLeases} serves both leases. Its holder names one life of one controller; a
 * controller with a database of its own, whom nobody can share, may use a fixed name and release it before it starts, so
 * that it need not wait for the end of a lease that a killed predecessor held.
 */
@NullMarked
package io.mosaic.controller.lead;

import org.jspecify.annotations.NullMarked;
