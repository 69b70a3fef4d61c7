package io.mosaic.model;

import org.jspecify.annotations.Nullable;

/**
 * Asks a host for an image before a set needs it.
 *
 * @param image as a set of the tenant would name it
 * @param pin whether the host then keeps it, whatever room it needs
 */
public record PrefetchRequest(@Nullable String image, boolean pin) {}
