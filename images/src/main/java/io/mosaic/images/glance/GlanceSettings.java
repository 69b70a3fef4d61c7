package io.mosaic.images.glance;

import org.jspecify.annotations.Nullable;

/**
 * What the Glance API takes on.
 *
 * @param anonymousTenant whose operator a caller without any token is; absent: nobody is anything without one
 * @param tenantImages of one tenant, those that stand for layers not counted
 * @param layerBytes that a layer may have when it is unpacked
 */
public record GlanceSettings(@Nullable String anonymousTenant, int tenantImages, long layerBytes) {

    /** Some times as many images as the largest known installation had; a layer of 32 GiB is unpacked in a few minutes. */
    public static final GlanceSettings DEFAULT = new GlanceSettings(null, 50_000, 32L * 1024 * 1024 * 1024);
}
