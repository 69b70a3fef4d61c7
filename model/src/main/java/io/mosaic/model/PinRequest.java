package io.mosaic.model;

import org.jspecify.annotations.Nullable;

/**
 * Which image of a host is to be kept, or need be kept no more.
 *
 * @param image as a set of the tenant would name it
 */
public record PinRequest(@Nullable String image) {}
