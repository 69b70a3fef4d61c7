package io.mosaic.images.registry;

import java.time.Duration;

/**
 * What the repository takes on.
 *
 * @param blobBytes largest blob
 * @param tenantUploads open at once, of one tenant
 * @param uploadIdle after which an upload that nothing came for is given up
 */
public record RegistryLimits(long blobBytes, int tenantUploads, Duration uploadIdle) {

    /** A layer of 64 GiB is larger than any image should have; Docker uploads five layers at once. */
    public static final RegistryLimits DEFAULT =
            new RegistryLimits(64L * 1024 * 1024 * 1024, 500, Duration.ofHours(24));
}
