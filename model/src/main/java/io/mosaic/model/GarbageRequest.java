package io.mosaic.model;

import org.jspecify.annotations.Nullable;

/**
 * Asks the image repository to let go of what nobody needs.
 *
 * @param grace what was put or asked for within that time stays; absent: as the repository is configured
 * @param untagged whether manifests that no tag leads to go too; absent: they stay
 * @param dryRun whether it only looks; absent: it does not
 */
public record GarbageRequest(
        @Nullable Interval grace,
        @Nullable Boolean untagged,
        @Nullable Boolean dryRun) {}
