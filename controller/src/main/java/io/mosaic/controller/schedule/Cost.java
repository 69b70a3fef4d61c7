package io.mosaic.controller.schedule;

/** Orders the hosts that could take a set: the least sum of all costs wins. Pure and quick. */
@FunctionalInterface
public interface Cost {

    /** 0 is best; 1 is as bad as a full host. */
    double of(Ask ask, Slot slot);
}
