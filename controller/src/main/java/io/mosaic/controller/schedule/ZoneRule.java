package io.mosaic.controller.schedule;

import org.jspecify.annotations.Nullable;

/** Keeps a set off whole zones, by what is in them. */
interface ZoneRule {

    /** Whether it has anything to say of such a set. */
    boolean concerns(Ask ask);

    /** Why no host of the zone can take it, null when they can as far as this rule goes. */
    @Nullable
    Veto veto(Ask ask, Zone zone);
}
