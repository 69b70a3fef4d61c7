package io.mosaic.controller.schedule;

/**
 * A zone while a plan is made.
 *
 * @param index its place among the zones of the fleet
 */
record Zone(String name, int index) {}
