package io.mosaic.images.manifest;

import io.mosaic.images.blob.Digest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A manifest as far as the repository needs to understand it.
 *
 * @param blobs configuration and layers, of an image
 * @param manifests those that an index lists
 * @param subject what it is about, of a signature for instance
 * @param artifactType what it says that it is, or the type of its configuration; empty when it says neither
 * @param annotations its own, not those of what it refers to
 */
public record Manifest(
        String mediaType,
        List<Descriptor> blobs,
        List<Descriptor> manifests,
        @Nullable Digest subject,
        String artifactType,
        Map<String, String> annotations) {

    /** The distribution specification's own advice for what a registry should take at least. */
    public static final int BYTES_MAX = 4 * 1024 * 1024;

    /** More than any image or index has; a manifest full of the shortest descriptors would have 30,000. */
    private static final int REFERENCES_MAX = 4096;

    public Manifest {
        blobs = List.copyOf(blobs);
        manifests = List.copyOf(manifests);
        annotations = Map.copyOf(annotations);
    }

    /**
     * Reads one.
     *
     * @param mediaType as the caller names it
     * @throws ManifestException saying what is wrong
     */
    public static Manifest read(String mediaType, byte[] body) throws ManifestException {
        boolean index = MediaTypes.INDEXES.contains(mediaType);
        if (!index && !MediaTypes.IMAGES.contains(mediaType)) {
            throw new ManifestException("the media type is none of those taken: " + MediaTypes.OCI_MANIFEST + ", "
                    + MediaTypes.OCI_INDEX + ", " + MediaTypes.DOCKER_MANIFEST + ", " + MediaTypes.DOCKER_LIST);
        }
        JsonNode root = parsed(body);
        if (!root.isObject() || root.path("schemaVersion").asInt(0) != 2) {
            throw new ManifestException("schemaVersion must be 2");
        }
        JsonNode own = root.path("mediaType");
        if (own.isMissingNode() ? mediaType.startsWith("application/vnd.docker.") : !mediaType.equals(text(own))) {
            throw new ManifestException("mediaType must be that of the Content-Type header, " + mediaType);
        }
        // One document that different readers would take for different things is no manifest.
        if (root.has("manifests") ? !index || root.has("layers") || root.has("config") : index) {
            throw new ManifestException("an index has manifests, an image has config and layers");
        }
        List<Descriptor> blobs = new ArrayList<>();
        if (!index) {
            blobs.add(descriptor("config", root.path("config")));
            blobs.addAll(descriptors("layers", root.path("layers")));
        }
        List<Descriptor> manifests = index ? descriptors("manifests", root.path("manifests")) : List.of();
        JsonNode subject = root.path("subject");
        return new Manifest(
                mediaType,
                blobs,
                manifests,
                subject.isMissingNode() ? null : descriptor("subject", subject).digest(),
                artifactType(root, index),
                annotations(root.path("annotations")));
    }

    private static JsonNode parsed(byte[] body) throws ManifestException {
        try {
            return ManifestJson.read(body);
        } catch (JacksonException e) {
            throw new ManifestException("not JSON: " + e.getOriginalMessage());
        }
    }

    private static String artifactType(JsonNode root, boolean index) {
        String own = text(root.path("artifactType"));
        return own != null
                ? own
                : index ? "" : root.path("config").path("mediaType").asString("");
    }

    private static List<Descriptor> descriptors(String field, JsonNode list) throws ManifestException {
        if (!list.isArray() || list.size() > REFERENCES_MAX) {
            throw new ManifestException(field + " must be a list of at most " + REFERENCES_MAX);
        }
        List<Descriptor> read = new ArrayList<>();
        for (JsonNode each : list) {
            read.add(descriptor(field + "/" + read.size(), each));
        }
        return read;
    }

    private static Descriptor descriptor(String field, JsonNode node) throws ManifestException {
        String mediaType = text(node.path("mediaType"));
        String written = text(node.path("digest"));
        Digest digest = written == null ? null : Digest.parse(written);
        JsonNode size = node.path("size");
        if (mediaType == null || digest == null || !size.isIntegralNumber() || size.asLong(-1) < 0) {
            throw new ManifestException(field + " must have a mediaType, a digest of sha256 or sha512, and a size");
        }
        return new Descriptor(mediaType, digest, size.asLong(), MediaTypes.mayBeElsewhere(mediaType));
    }

    private static Map<String, String> annotations(JsonNode node) throws ManifestException {
        Map<String, String> read = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> each : node.properties()) {
            String value = text(each.getValue());
            if (value == null) {
                throw new ManifestException("annotations must be texts");
            }
            read.put(each.getKey(), value);
        }
        return read;
    }

    private static @Nullable String text(JsonNode node) {
        return node.isString() ? node.asString() : null;
    }
}
