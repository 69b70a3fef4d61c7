package io.mosaic.controller.schedule;

import org.jspecify.annotations.Nullable;

/** Keeps a set off hosts. Pure and quick: it is asked for every host and every kind of set that waits. */
interface Rule {

    /** Whether it has anything to say of such a set; one that has not is not asked again. */
    default boolean concerns(Ask ask) {
        return true;
    }

    /**
     * Why the host cannot take it, null when it can as far as this rule goes. May look at what is planned on that host, and
     * at nothing that is planned on others: see {@link ZoneRule}.
     */
    @Nullable
    Veto veto(Ask ask, Slot slot);
}
