package io.mosaic.agent.images;

import io.mosaic.model.PeerJson;
import io.mosaic.model.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an image is made of.
 *
 * @param config its configuration, whose digest is the image's id in a daemon
 * @param layers from the lowest up
 */
record ImageManifest(Blob config, List<Blob> layers) {

    /** Of its layers as they travel. */
    long bytes() {
        return layers.stream().mapToLong(Blob::size).sum();
    }

    static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

    /** What this understands, for the Accept header. */
    static final String ACCEPTED = String.join(", ", OCI_MANIFEST, DOCKER_MANIFEST, OCI_INDEX, DOCKER_LIST);

    private static final Set<String> CONFIGS =
            Set.of("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");

    /** As Docker has it. */
    private static final int LAYERS_MAX = 128;

    ImageManifest {
        layers = List.copyOf(layers);
    }

    private record Described(
            @Nullable String mediaType,
            String digest,
            long size,
            @Nullable Platform platform) {}

    private record Platform(@Nullable String os, @Nullable String architecture) {}

    private record Body(
            @Nullable String mediaType,
            @Nullable Described config,
            @Nullable List<Described> layers,
            @Nullable List<Described> manifests) {}

    /** Whether a manifest of that type lists others, one a platform. */
    static boolean isIndex(String mediaType) {
        return mediaType.equals(OCI_INDEX) || mediaType.equals(DOCKER_LIST);
    }

    /**
     * The manifest for Linux on that machine among those that the index lists.
     *
     * @param architecture as the daemon names it, such as {@code x86_64}
     * @throws ImageException when none is
     */
    static String choose(byte[] index, String architecture) throws ImageException {
        String wanted = goName(architecture);
        List<Described> all = parsed(index).manifests();
        for (Described each : all == null ? List.<Described>of() : all) {
            Platform platform = each.platform();
            if (platform != null
                    && "linux".equals(platform.os())
                    && wanted.equals(platform.architecture())
                    && each.digest() != null
                    && Blob.isDigest(each.digest())) {
                return each.digest();
            }
        }
        throw new ImageException("there is none for linux/" + wanted);
    }

    /** Machines are called otherwise by the kernel than in images. */
    private static String goName(String architecture) {
        String lower = architecture.toLowerCase(Locale.ROOT);
        return switch (lower) {
            case "x86_64" -> "amd64";
            case "aarch64" -> "arm64";
            case "i386", "i686" -> "386";
            default -> lower;
        };
    }

    /** @throws ImageException when it is no image's */
    static ImageManifest read(byte[] manifest) throws ImageException {
        Body body = parsed(manifest);
        Described config = body.config();
        List<Described> layers = body.layers();
        if (config == null || layers == null || !CONFIGS.contains(String.valueOf(config.mediaType()))) {
            throw new ImageException("it is no container image");
        }
        if (layers.size() > LAYERS_MAX) {
            throw new ImageException("it has more than " + LAYERS_MAX + " layers");
        }
        try {
            List<Blob> blobs = new ArrayList<>();
            for (Described layer : layers) {
                blobs.add(new Blob(layer.digest(), layer.size()));
            }
            return new ImageManifest(new Blob(config.digest(), config.size()), blobs);
        } catch (IllegalArgumentException e) {
            throw new ImageException("its manifest cannot be used: " + e.getMessage(), e);
        }
    }

    private static Body parsed(byte[] json) throws ImageException {
        try {
            Body body = PeerJson.read(json, Body.class);
            if (body == null) {
                throw new ImageException("its manifest is empty");
            }
            return body;
        } catch (ProblemException e) {
            throw new ImageException("its manifest cannot be read: " + e.getMessage(), e);
        }
    }
}
