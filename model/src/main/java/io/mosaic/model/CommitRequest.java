package io.mosaic.model;

import org.jspecify.annotations.Nullable;

/**
 * Asks to save a container of a set as an image.
 *
 * @param container absent: the first that starts
 * @param tag what the image is to be called, {@code web:2} or with the tenant in front
 */
public record CommitRequest(
        @Nullable String container, @Nullable String tag) {}
