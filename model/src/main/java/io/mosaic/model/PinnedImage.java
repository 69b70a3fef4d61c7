package io.mosaic.model;

/**
 * What came of pinning an image on a host, or of the contrary.
 *
 * @param image as the repository calls it
 * @param changed false: it was so before
 */
public record PinnedImage(String image, boolean changed) {}
