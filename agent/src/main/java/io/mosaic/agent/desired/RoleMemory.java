package io.mosaic.agent.desired;

import io.mosaic.model.Placement;
import io.mosaic.model.RoleStatus;
import org.jspecify.annotations.Nullable;

/**
 * What the agent knows of the role of one set.
 *
 * @param is what its containers were told last; null: nothing yet
 * @param confirmed whether the command that goes with it has ended, or there was none to run
 * @param ending whether its containers are ended, as the command of the demotion failed
 * @param fault why it is not primary in the term {@code faultTerm}; null: nothing failed
 * @param faultTerm in which it is not tried again
 */
record RoleMemory(
        Placement.@Nullable Part is,
        long term,
        boolean confirmed,
        boolean ending,
        @Nullable String fault,
        long faultTerm) {

    /** Nothing was ever written. */
    static final RoleMemory NONE = new RoleMemory(null, 0, false, false, null, 0);

    boolean primary() {
        return is == Placement.Part.PRIMARY;
    }

    /** Whether that is what was told last. */
    boolean at(Placement.Part part, long inTerm) {
        return is == part && term == inTerm;
    }

    RoleMemory written(Placement.Part part, long inTerm) {
        return new RoleMemory(part, inTerm, false, ending, fault, faultTerm);
    }

    RoleMemory whenConfirmed() {
        return new RoleMemory(is, term, true, false, fault, faultTerm);
    }

    RoleMemory whenEnding() {
        return new RoleMemory(is, term, confirmed, true, fault, faultTerm);
    }

    RoleMemory failed(String why) {
        return new RoleMemory(is, term, confirmed, ending, why, term);
    }

    /** What is in force; null while that is under way. */
    @Nullable
    RoleStatus status() {
        return is == null || !confirmed ? null : new RoleStatus(is, term, faultTerm == term ? fault : null);
    }
}
