package io.mosaic.images.manifest;

import io.mosaic.images.blob.Digest;

/**
 * What a manifest says of content that it refers to.
 *
 * @param size in bytes
 * @param optional whether it may be absent: layers that come from elsewhere
 */
public record Descriptor(String mediaType, Digest digest, long size, boolean optional) {}
