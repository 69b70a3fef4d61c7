package io.mosaic.model;

/** Where a set is in its life. Which state may follow which is in the controller's {@code SetTransitions}. */
public enum SetState {
    /** Accepted and committed; no host yet. The reason says why when it stays so. */
    PENDING,
    /** The scheduler chose a host; the agent has not spoken of it yet. */
    PLACED,
    /** The agent gets image, volume and network ready. */
    PREPARING,
    /** The infra container runs; business containers start by index. */
    STARTING,
    /** Every container is up, and healthy where it has a health check. */
    RUNNING,
    /** Some containers are replaced in place. */
    UPDATING,
    /** New limits are being applied. */
    RESIZING,
    /** Containers are being stopped on request. */
    STOPPING,
    /** Stopped on request; volume and host stay. */
    STOPPED,
    /** Something ended or could not start; the reason says what, and whether a restart is due. */
    FAILED,
    /** Its host does not answer; what it does is unknown. */
    LOST,
    /** Being removed from its host. */
    DELETING,
    /** Gone; the resource disappears with this. */
    DELETED
}
