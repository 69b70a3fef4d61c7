/**
 * What only one controller at a time does: place the sets that wait, and judge silent hosts. {@code Leader} holds the
 * lease and runs both; every commit carries the lease's epoch, so a leader that was paused cannot do harm when it wakes.
 *
 * <p>Wiring: {@code Leader.start(log, lease, hostLeases, Scheduler.standard(), clock, LeaderTimes.STANDARD)}, closed first
 * when the controller stops. {@code StoreLeases} serves both leases.
 */
@NullMarked
package io.mosaic.controller.lead;

import org.jspecify.annotations.NullMarked;
