package io.mosaic.model;

/**
 * Where a cluster's image repository is.
 *
 * @param url as hosts reach it, such as {@code https://images.example:8445}
 */
public record RepositoryAddress(String url) {}
