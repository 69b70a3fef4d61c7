package io.mosaic.model;

/**
 * An image that was asked for ahead and is on the host.
 *
 * @param image as the repository calls it
 * @param id in the daemon
 * @param digest of its manifest
 * @param brought false: it was there
 * @param pinned whether this call pinned it
 */
public record PrefetchedImage(String image, String id, String digest, boolean brought, boolean pinned) {}
