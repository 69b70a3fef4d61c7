package io.mosaic.images.manifest;

import io.mosaic.images.blob.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The names of layers as the image specification has them: a layer's diff id is the digest of its uncompressed tar, its chain
 * id names it together with all layers below it, and an image's id is the digest of its configuration. Each chain id and each
 * image id is also a UUID, always the same one.
 */
public final class LayerChain {

    /** The name space of these UUIDs (RFC 9562, version 5); the name in it is the id as text, {@code sha256:hex}. Never to change. */
    public static final UUID NAMESPACE = UUID.fromString("59e2d2a1-9519-44d1-9426-1c61cf8d60fb");

    private static final Set<String> CONFIGS =
            Set.of("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json");

    private LayerChain() {}

    /** Whether that is the media type of a container image's configuration. */
    public static boolean configuration(String mediaType) {
        return CONFIGS.contains(mediaType);
    }

    /** The UUID of a chain id or an image id. */
    public static UUID uuid(Digest id) {
        MessageDigest sha1 = sha1();
        sha1.update(ByteBuffer.allocate(16)
                .putLong(NAMESPACE.getMostSignificantBits())
                .putLong(NAMESPACE.getLeastSignificantBits())
                .array());
        ByteBuffer hash = ByteBuffer.wrap(sha1.digest(id.toString().getBytes(StandardCharsets.UTF_8)));
        long most = (hash.getLong() & ~0xf000L) | 0x5000L;
        long least = (hash.getLong() & ~(0b11L << 62)) | (0b10L << 62);
        return new UUID(most, least);
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /** The chain id of a layer on top of another; of the lowest one when there is none below it. */
    public static Digest above(@Nullable Digest chain, Digest diff) {
        return chain == null
                ? diff
                : Digest.of(Digest.Algorithm.SHA256, (chain + " " + diff).getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * The diff ids of an image's layers, from the lowest up.
     *
     * @param config the image's configuration
     * @throws ManifestException when it says none
     */
    public static List<Digest> diffs(byte[] config) throws ManifestException {
        return diffs(object(config));
    }

    /**
     * Reads a configuration.
     *
     * @throws ManifestException when it is no JSON object
     */
    public static JsonNode object(byte[] config) throws ManifestException {
        try {
            JsonNode root = ManifestJson.read(config);
            if (root.isObject()) {
                return root;
            }
        } catch (JacksonException e) {
            throw new ManifestException("the configuration is not JSON: " + e.getOriginalMessage());
        }
        throw new ManifestException("the configuration is no JSON object");
    }

    private static List<Digest> diffs(JsonNode root) throws ManifestException {
        JsonNode list = root.path("rootfs").path("diff_ids");
        if (!list.isArray()) {
            throw new ManifestException("the configuration has no rootfs with diff_ids");
        }
        List<Digest> read = new ArrayList<>();
        for (JsonNode each : list) {
            Digest digest = each.isString() ? Digest.parse(each.asString()) : null;
            if (digest == null) {
                throw new ManifestException("rootfs/diff_ids must be digests");
            }
            read.add(digest);
        }
        return read;
    }
}
