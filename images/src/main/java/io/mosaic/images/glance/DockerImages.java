package io.mosaic.images.glance;

import io.mosaic.images.access.Action;
import io.mosaic.images.access.Gate;
import io.mosaic.images.blob.BlobContent;
import io.mosaic.images.blob.Digest;
import io.mosaic.images.catalog.GlanceCatalog;
import io.mosaic.images.catalog.GlanceImage;
import io.mosaic.images.catalog.GlanceImage.Content;
import io.mosaic.images.catalog.GlanceImage.Status;
import io.mosaic.images.catalog.ManifestCatalog;
import io.mosaic.images.manifest.LayerChain;
import io.mosaic.images.manifest.Manifest;
import io.mosaic.images.manifest.ManifestException;
import io.mosaic.images.manifest.MediaTypes;
import io.mosaic.images.manifest.Reference;
import io.mosaic.images.manifest.RepositoryName;
import io.mosaic.images.registry.Registry;
import io.mosaic.images.registry.Uploads;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.model.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes images of a repository out of layers that came one by one, each an image with a parent: the last one's content is the
 * configuration, and its property {@code docker_repository} names the repository and tag. Thread-safe.
 */
final class DockerImages {

    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";

    /** What Docker stacks at most. */
    private static final int LAYERS_MAX = 127;

    private static final String CHAIN = "docker_chain_id";
    private static final String DIFF = "docker_diff_id";
    private static final String MEDIA = "docker_media_type";

    private final Registry registry;
    private final GlanceCatalog catalog;
    private final Gate gate;
    private final Predicate<String> tenants;
    private final long layerBytes;

    DockerImages(Registry registry, Gate gate, Predicate<String> tenants, long layerBytes) {
        this.registry = registry;
        this.catalog = registry.glance();
        this.gate = gate;
        this.tenants = tenants;
        this.layerBytes = layerBytes;
    }

    /** Where an image goes. */
    record Target(RepositoryName repository, Reference.Tag tag) {

        /** Reads {@code food/web:1}. */
        static Target parse(String text) {
            int colon = text.lastIndexOf(':');
            RepositoryName repository = colon < 0 ? null : RepositoryName.parse(text.substring(0, colon));
            String tag = text.substring(colon + 1);
            if (repository == null || !Reference.Tag.valid(tag)) {
                throw new GlanceError(400, ImageJson.REPOSITORY + " must be TENANT/NAME:TAG");
            }
            return new Target(repository, new Reference.Tag(tag));
        }
    }

    /** The chain id of the layer that the image lies on; null when it is the lowest. */
    @Nullable
    Digest chainBelow(Caller caller, GlanceImage image) {
        UUID parent = image.about().parent();
        return parent == null ? null : Digest.of(fact(layer(caller, parent), CHAIN));
    }

    private GlanceImage layer(Caller caller, UUID id) {
        GlanceImage found = catalog.find(Access.reader(caller), id);
        if (found == null) {
            throw new GlanceError(409, "parent_id: no image found with ID " + id);
        }
        if (found.status() != Status.ACTIVE || !found.about().properties().containsKey(CHAIN)) {
            throw new GlanceError(409, "parent_id: image " + id + " is no layer, or its content has not come");
        }
        return found;
    }

    private static String fact(GlanceImage image, String property) {
        String value = image.about().properties().get(property);
        if (value == null) {
            throw new IllegalStateException("layer " + image.id() + " has no " + property);
        }
        return value;
    }

    /**
     * Looks at a layer that has come.
     *
     * @param below the chain id of the layer that it lies on
     * @return what was found, as properties
     */
    Map<String, String> layer(RepositoryName repository, Digest digest, @Nullable Digest below) throws IOException {
        try (BlobContent content = registry.open(repository, digest)) {
            if (content == null) {
                throw new GlanceError(409, "the content was lost: send it again");
            }
            Layers.Layer layer = Layers.of(content, digest, layerBytes);
            return Map.of(
                    MEDIA, layer.mediaType(),
                    DIFF, layer.diff().toString(),
                    CHAIN, LayerChain.above(below, layer.diff()).toString());
        }
    }

    /**
     * Takes the last image's content and puts the image that it makes.
     *
     * @return what came of it, as properties
     */
    Map<String, String> image(Caller caller, GlanceImage image, UUID upload, StreamedRequest request)
            throws IOException, Uploads.RefusedException {
        Target target = Target.parse(fact(image, ImageJson.REPOSITORY));
        requirePush(caller, target);
        Deque<GlanceImage> layers = layers(caller, image);
        byte[] config = config(body(request), layers);
        RepositoryName repository = ImageCalls.repository(image);
        Digest digest;
        try (MeasuredInput measured = new MeasuredInput(new ByteArrayInputStream(config))) {
            digest = registry.uploads()
                    .finish(
                            repository,
                            upload,
                            new Uploads.Piece(measured, null, config.length),
                            size -> catalog.has(
                                    image.id(), upload, new GlanceCatalog.Come(null, measured.md5(), false)))
                    .digest();
        }
        mount(repository, target.repository(), digest);
        for (GlanceImage each : layers) {
            Content content = content(each);
            mount(content.repository(), target.repository(), content.digest());
        }
        try {
            Registry.Put put = registry.put(
                    target.repository(),
                    target.tag(),
                    MediaTypes.OCI_MANIFEST,
                    manifest(digest, config.length, layers));
            return Map.of(
                    "docker_image_id",
                    digest.toString(),
                    "docker_manifest",
                    put.digest().toString());
        } catch (ManifestException | IllegalArgumentException e) {
            throw new IllegalStateException("a manifest was made that is none", e);
        } catch (ManifestCatalog.MissingException | ManifestCatalog.SizeException e) {
            throw new GlanceError(409, e.getMessage() + " any more: send the layer again");
        }
    }

    private void requirePush(Caller caller, Target target) {
        RepositoryName repository = target.repository();
        if (!gate.may(caller, repository, Action.PUSH)) {
            throw new GlanceError(403, "the token may not push to " + repository);
        }
        if (!tenants.test(repository.tenant())) {
            throw new GlanceError(400, "no tenant named " + repository.tenant());
        }
    }

    /** From the lowest up. */
    private Deque<GlanceImage> layers(Caller caller, GlanceImage image) {
        Deque<GlanceImage> layers = new ArrayDeque<>();
        UUID next = image.about().parent();
        while (next != null) {
            if (layers.size() == LAYERS_MAX) {
                throw new GlanceError(400, "an image has at most " + LAYERS_MAX + " layers");
            }
            GlanceImage layer = layer(caller, next);
            layers.addFirst(layer);
            next = layer.about().parent();
        }
        if (layers.isEmpty()) {
            throw new GlanceError(400, "parent_id must name the image's top layer");
        }
        return layers;
    }

    private static byte[] body(StreamedRequest request) throws IOException {
        if (request.contentLength().orElse(0) > Manifest.BYTES_MAX) {
            throw tooLarge();
        }
        try (InputStream in = request.body()) {
            byte[] body = in.readNBytes(Manifest.BYTES_MAX + 1);
            if (body.length > Manifest.BYTES_MAX) {
                throw tooLarge();
            }
            return body;
        }
    }

    private static GlanceError tooLarge() {
        return new GlanceError(413, "a configuration has at most " + Manifest.BYTES_MAX + " bytes");
    }

    /** The configuration as it came, so that the image keeps its id; where it does not name its layers, with them. */
    private static byte[] config(byte[] body, Deque<GlanceImage> layers) {
        List<String> diffs = layers.stream().map(each -> fact(each, DIFF)).toList();
        try {
            JsonNode given = LayerChain.object(body);
            if (given.has("rootfs")) {
                List<String> said =
                        LayerChain.diffs(body).stream().map(Digest::toString).toList();
                if (!said.equals(diffs)) {
                    throw new GlanceError(400, "the configuration's diff_ids are not those of the layers: " + diffs);
                }
                return body;
            }
            ObjectNode whole = (ObjectNode) given.deepCopy();
            if (!whole.has("architecture")) {
                whole.put("architecture", "amd64");
            }
            if (!whole.has("os")) {
                whole.put("os", "linux");
            }
            ObjectNode rootfs = whole.putObject("rootfs");
            rootfs.put("type", "layers");
            ArrayNode list = rootfs.putArray("diff_ids");
            diffs.forEach(list::add);
            return Json.bytes(whole);
        } catch (ManifestException e) {
            throw new GlanceError(400, "the content is refused: " + e.reason());
        }
    }

    private void mount(RepositoryName from, RepositoryName to, Digest digest) {
        if (!registry.blobs().mount(from, to, digest)) {
            throw new GlanceError(409, "layer " + digest + " is gone: send it again");
        }
    }

    private static Content content(GlanceImage layer) {
        Content content = layer.content();
        if (content == null) {
            throw new IllegalStateException("active layer " + layer.id() + " has no content");
        }
        return content;
    }

    private record Part(String mediaType, String digest, long size) {}

    private record Document(int schemaVersion, String mediaType, Part config, List<Part> layers) {}

    private static byte[] manifest(Digest config, long size, Deque<GlanceImage> layers) {
        List<Part> parts = new ArrayList<>();
        for (GlanceImage each : layers) {
            Content content = content(each);
            parts.add(new Part(mediaType(fact(each, MEDIA)), content.digest().toString(), content.size()));
        }
        return Json.bytes(new Document(2, MediaTypes.OCI_MANIFEST, new Part(CONFIG, config.toString(), size), parts));
    }

    /** Docker's own words for a layer, in those of the image specification. */
    private static String mediaType(String given) {
        return switch (given) {
            case "application/vnd.docker.image.rootfs.diff.tar.gzip" -> Layers.GZIP;
            case "application/vnd.docker.image.rootfs.diff.tar" -> Layers.TAR;
            default -> given;
        };
    }
}
