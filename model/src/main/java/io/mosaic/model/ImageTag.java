package io.mosaic.model;

import java.time.Instant;

/**
 * A tag in the image repository and what it means.
 *
 * @param repository with its tenant, such as {@code food/web}
 * @param digest of the manifest
 * @param size of the manifest, its configuration and its layers, bytes; of an index only its own
 */
public record ImageTag(String repository, String tag, String digest, String mediaType, Bytes size, Instant updated) {}
