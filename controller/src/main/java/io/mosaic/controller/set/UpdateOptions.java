package io.mosaic.controller.set;

/**
 * What a caller accepts for the sake of a change.
 *
 * @param force memory below what is in use is put in force, by a restart of the containers that use more
 * @param move where its host has no room, the set moves to one that has
 */
public record UpdateOptions(boolean force, boolean move) {
    public static final UpdateOptions NONE = new UpdateOptions(false, false);
}
