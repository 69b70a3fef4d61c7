package io.mosaic.model;

/**
 * What was saved of a container, or pushed of a host's images.
 *
 * @param image its name in the image repository, with the tag
 * @param digest of its manifest there
 * @param id in the daemon
 * @param layers that it has
 * @param sentBytes of what the repository did not have yet
 */
public record SavedImage(String image, String digest, String id, int layers, long sentBytes) {}
