package io.mosaic.cli.image;

import io.mosaic.model.client.RegistryCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads what a repository has of an image, each document held against its digest. Thread-safe. */
public final class ImageFetch {
    private static final int DEPTH_MAX = 4;

    private final RegistryCalls registry;

    public ImageFetch(RegistryCalls registry) {
        this.registry = registry;
    }

    /**
     * The image with all its parts; its blobs' content is at the repository.
     *
     * @param reference a tag or a digest
     * @param platform only that one's part; absent: all
     */
    public Image image(String repository, String reference, @Nullable Platform platform) throws IOException {
        String wanted = reference.indexOf(':') > 0 ? reference : null;
        RegistryCalls.RawManifest raw = manifest(repository, reference, wanted);
        JsonNode read = json(raw.body());
        if (platform != null && read.has("manifests")) {
            for (JsonNode each : read.path("manifests")) {
                if (platform.matches(each.path("platform"))) {
                    return listed(repository, each, 0);
                }
            }
            throw new ImageFault(
                    repository + ":" + reference + " has no part for " + platform + "; it has " + platforms(read));
        }
        return image(repository, raw, read, 0);
    }

    private static String platforms(JsonNode index) {
        List<String> all = new ArrayList<>();
        for (JsonNode each : index.path("manifests")) {
            JsonNode platform = each.path("platform");
            all.add(platform.path("os").asString("?") + "/"
                    + platform.path("architecture").asString("?"));
        }
        return all.isEmpty() ? "none" : String.join(", ", all);
    }

    private Image image(String repository, RegistryCalls.RawManifest raw, JsonNode read, int depth) throws IOException {
        if (depth > DEPTH_MAX) {
            throw new ImageFault("an index of indexes, deeper than any image");
        }
        if (read.has("manifests")) {
            List<Image> parts = new ArrayList<>();
            for (JsonNode each : read.path("manifests")) {
                parts.add(listed(repository, each, depth + 1));
            }
            return new Image(raw.mediaType(), raw.body(), List.of(), parts);
        }
        List<Blob> blobs = new ArrayList<>();
        blobs.add(blob(repository, read.path("config")));
        for (JsonNode layer : read.path("layers")) {
            blobs.add(blob(repository, layer));
        }
        return new Image(raw.mediaType(), raw.body(), blobs, List.of());
    }

    private Image listed(String repository, JsonNode descriptor, int depth) throws IOException {
        String digest = Digests.require("an index", descriptor.path("digest").asString(""));
        RegistryCalls.RawManifest raw = manifest(repository, digest, digest);
        return image(repository, raw, json(raw.body()), depth);
    }

    private RegistryCalls.RawManifest manifest(String repository, String reference, @Nullable String digest)
            throws ImageFault {
        RegistryCalls.RawManifest raw = registry.manifest(repository, reference);
        String expected = digest == null ? raw.digest() : digest;
        if (!expected.isEmpty()
                && !Digests.text(Digests.of(expected).digest(raw.body())).equals(expected)) {
            throw new ImageFault("the repository's manifest is not what its digest says, " + expected);
        }
        return raw;
    }

    private static JsonNode json(byte[] body) throws ImageFault {
        try {
            return ImageJson.read(body);
        } catch (JacksonException e) {
            throw new ImageFault("the repository's manifest is not JSON: " + e.getOriginalMessage());
        }
    }

    private Blob blob(String repository, JsonNode descriptor) throws ImageFault {
        String digest = Digests.require("a layer", descriptor.path("digest").asString(""));
        long size = descriptor.path("size").asLong(-1);
        if (size < 0) {
            throw new ImageFault("the repository's manifest does not say how large " + digest + " is");
        }
        return new Blob(
                descriptor.path("mediaType").asString(""),
                digest,
                size,
                offset -> {
                    throw new ImageFault(repository + " may not be read: " + digest + " cannot be had of it");
                },
                repository);
    }

    /** A document of the image, such as its configuration. */
    public byte[] document(Blob blob) throws IOException {
        String from = blob.from();
        if (from == null || blob.size() > RegistryCalls.MANIFEST_BYTES_MAX) {
            throw new ImageFault("the configuration is larger than any: " + blob.size() + " bytes");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        registry.download(from, blob.digest(), 0, blob.size(), out::write);
        byte[] content = out.toByteArray();
        if (!Digests.text(Digests.of(blob.digest()).digest(content)).equals(blob.digest())) {
            throw new ImageFault("the repository's content is not what its digest says, " + blob.digest());
        }
        return content;
    }
}
