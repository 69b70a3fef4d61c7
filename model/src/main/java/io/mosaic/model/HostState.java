package io.mosaic.model;

/** Where a host is in its life. Which state may follow which is in the controller's {@code HostTransitions}. */
public enum HostState {
    /** Its agent joined with a token; it has not said hello yet. */
    JOINING,
    /** Takes sets. */
    READY,
    /** Its daemon hangs or its disk is full: no new sets, nothing evicted. */
    DEGRADED,
    /** An operator keeps new sets away; what runs, runs on. */
    CORDONED,
    /** Its sets are being moved away. */
    DRAINING,
    /** Silent for longer than the lease. */
    UNREACHABLE,
    /** Declared dead: its sets may be rebuilt elsewhere. */
    DOWN,
    /** Left the cluster. */
    REMOVED
}
