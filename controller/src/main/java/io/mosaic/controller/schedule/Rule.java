package io.mosaic.controller.schedule;

import org.jspecify.annotations.Nullable;

/** Keeps a set off hosts. Pure and quick: it is asked for every host and every set that waits. */
@FunctionalInterface
public interface Rule {

    /** Why the host cannot take it, null when it can as far as this rule goes. */
    @Nullable
    Veto veto(Ask ask, Slot slot);
}
