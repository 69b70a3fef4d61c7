package io.mosaic.model;

import org.jspecify.annotations.Nullable;

/**
 * Lets a tag mean an image.
 *
 * @param tag the new one, or one that shall mean another image from now on
 * @param reference a tag or a digest of the same repository
 */
public record ImageTagRequest(
        @Nullable String tag, @Nullable String reference) {}
