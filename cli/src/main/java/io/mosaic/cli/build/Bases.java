package io.mosaic.cli.build;

import io.mosaic.cli.image.Blob;
import io.mosaic.cli.image.Digests;
import io.mosaic.cli.image.Image;
import io.mosaic.cli.image.ImageFault;
import io.mosaic.cli.image.ImageFetch;
import io.mosaic.cli.image.ImageJson;
import io.mosaic.cli.image.ImagePull;
import io.mosaic.cli.image.LayerCache;
import io.mosaic.cli.image.LayerFile;
import io.mosaic.cli.image.Platform;
import io.mosaic.cli.image.RootTar;
import io.mosaic.cli.image.Scratch;
import io.mosaic.model.client.RegistryCalls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The images that others are built on, from the repository. Their layers stay there; what they hold is looked up when it matters. */
public final class Bases {
    private static final long LAYER_BYTES_MAX = 64L << 30;

    private final ImageFetch fetch;
    private final ImagePull pull;
    private final LayerCache cache;
    private final Scratch scratch;

    public Bases(RegistryCalls registry, ImagePull pull, LayerCache cache, Scratch scratch) {
        this.fetch = new ImageFetch(registry);
        this.pull = pull;
        this.cache = cache;
        this.scratch = scratch;
    }

    /**
     * One to build on.
     *
     * @param layers as they are named in an OCI manifest
     */
    record Base(ObjectNode config, List<Blob> layers) {}

    Base find(String repository, String reference, Platform platform) throws IOException {
        Image image = fetch.image(repository, reference, platform);
        if (!image.parts().isEmpty()) {
            throw new ImageFault(repository + ":" + reference + " lists no image for " + platform);
        }
        JsonNode config;
        try {
            config = ImageJson.read(fetch.document(image.blobs().getFirst()));
        } catch (JacksonException e) {
            throw new ImageFault("the configuration of the base is not JSON");
        }
        if (!(config instanceof ObjectNode root) || !platform.matches(config)) {
            throw new ImageFault(repository + ":" + reference + " is not for " + platform);
        }
        if (!config.path("config").path("OnBuild").isEmpty()) {
            throw new ImageFault("the base has ONBUILD triggers, which only a builder runs: use --builder docker");
        }
        List<Blob> layers = new ArrayList<>();
        for (Blob blob : image.blobs().subList(1, image.blobs().size())) {
            layers.add(new Blob(type(blob.mediaType()), blob.digest(), blob.size(), blob.content(), repository));
        }
        if (layers.size() != root.path("rootfs").path("diff_ids").size()) {
            throw new ImageFault("the base's configuration and manifest name different layers");
        }
        return new Base(root, layers);
    }

    /** Docker's names of the same formats. */
    private static String type(String mediaType) throws ImageFault {
        return switch (mediaType) {
            case "application/vnd.docker.image.rootfs.diff.tar.gzip" -> LayerFile.MEDIA_TYPE;
            case "application/vnd.docker.image.rootfs.diff.tar" -> "application/vnd.oci.image.layer.v1.tar";
            default -> {
                if (!mediaType.startsWith("application/vnd.oci.image.layer.v1.tar")) {
                    throw new ImageFault("a layer of the base is of a kind that cannot be built on: " + mediaType);
                }
                yield mediaType;
            }
        };
    }

    /** What all these layers together hold. Those that are not known yet are fetched to be looked at. */
    BaseTree tree(List<Blob> layers) throws IOException {
        BaseTree tree = new BaseTree();
        for (Blob layer : layers) {
            tree.add(names(layer));
        }
        return tree;
    }

    private List<BaseTree.Named> names(Blob layer) throws IOException {
        String name = Digests.require("a layer", layer.digest()).replace(':', '-');
        byte[] known = cache.read("names", name);
        if (known != null) {
            return parsed(known);
        }
        Path file = scratch.directory().resolve("layer");
        pull.fetch(layer, file);
        StringBuilder lines = new StringBuilder();
        try (InputStream in = Files.newInputStream(file)) {
            new RootTar(LAYER_BYTES_MAX).copy(in, OutputStream.nullOutputStream(), (entry, path) -> {
                char kind = entry.isDirectory() ? 'd' : entry.isSymbolicLink() ? 'l' : 'f';
                lines.append(new String(
                                ImageJson.bytes(ImageJson.object()
                                        .put("k", String.valueOf(kind))
                                        .put("m", entry.getMode() & 07777)
                                        .put("u", entry.getLongUserId())
                                        .put("g", entry.getLongGroupId())
                                        .put("t", kind == 'l' ? entry.getLinkName() : "")
                                        .put("p", path)),
                                StandardCharsets.UTF_8))
                        .append('\n');
            });
        }
        Files.delete(file);
        byte[] content = lines.toString().getBytes(StandardCharsets.UTF_8);
        cache.write("names", name, content);
        return parsed(content);
    }

    private static List<BaseTree.Named> parsed(byte[] lines) {
        List<BaseTree.Named> names = new ArrayList<>();
        new String(lines, StandardCharsets.UTF_8).lines().forEach(line -> {
            JsonNode each = ImageJson.read(line.getBytes(StandardCharsets.UTF_8));
            names.add(new BaseTree.Named(
                    each.path("p").asString(""),
                    new BaseTree.Node(
                            each.path("k").asString("f").charAt(0),
                            each.path("m").asInt(0755),
                            each.path("u").asLong(0),
                            each.path("g").asLong(0),
                            each.path("t").asString(""))));
        });
        return names;
    }
}
