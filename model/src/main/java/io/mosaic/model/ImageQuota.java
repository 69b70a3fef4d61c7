package io.mosaic.model;

import org.jspecify.annotations.Nullable;

/**
 * What a tenant's images take and may take.
 *
 * @param used bytes of its manifests and blobs, each blob once
 * @param limit absent: none
 */
public record ImageQuota(
        String tenant, Bytes used, @Nullable Bytes limit) {}
