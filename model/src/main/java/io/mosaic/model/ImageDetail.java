package io.mosaic.model;

import java.util.List;

/**
 * One image in the repository.
 *
 * @param digest of the manifest
 * @param size of all that is listed, bytes; of an index of the manifests that it lists
 * @param parts configuration and layers of an image in their order, or what an index lists
 */
public record ImageDetail(String repository, String digest, String mediaType, Bytes size, List<Part> parts) {
    public ImageDetail {
        parts = Lists.copy(parts);
    }

    /** What a manifest refers to. */
    public record Part(String mediaType, String digest, Bytes size) {}
}
