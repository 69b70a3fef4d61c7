package io.mosaic.controller.schedule;

/** Orders the hosts that could take a set: the least sum of all costs wins. Pure and quick. */
interface Cost {

    /** Whether it can differ from host to host for such a set. */
    default boolean concerns(Ask ask) {
        return true;
    }

    /** 0 is best; 1 is as bad as a full host. May look at what is planned on that host, and on no other. */
    double of(Ask ask, Slot slot);
}
