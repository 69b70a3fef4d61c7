package io.mosaic.model;

import org.jspecify.annotations.Nullable;

/**
 * Asks to push an image that a host's daemon has.
 *
 * @param image name or id in the daemon
 * @param target what it is to be called in the repository, {@code web:2} or with the tenant in front; absent: as the host calls it
 */
public record ImagePushRequest(
        @Nullable String image, @Nullable String target) {}
