package io.mosaic.cli.image;

import io.mosaic.model.client.RegistryCalls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Reads an image out of an OCI layout or of what {@code docker save} wrote, a directory or a tar. Layers that are not packed there are
 * packed, unless it is known as what they travel. Not thread-safe.
 */
public final class ImageArchive {
    private static final int DEPTH_MAX = 4;
    private static final int PARTS_MAX = 4096;

    /** Where tools write a name that an image of a layout goes by. */
    private static final List<String> NAMES = List.of("org.opencontainers.image.ref.name", "io.containerd.image.name");

    private final ImageFiles files;
    private final LayerCache cache;
    private final Scratch scratch;

    private ImageArchive(ImageFiles files, LayerCache cache, Scratch scratch) {
        this.files = files;
        this.cache = cache;
        this.scratch = scratch;
    }

    /**
     * Opens one.
     *
     * @param scratch for what must be unpacked or packed; is needed as long as the image is
     */
    public static ImageArchive open(Path path, LayerCache cache, Scratch scratch, long bytesMax) throws IOException {
        if (Files.isDirectory(path)) {
            return new ImageArchive(new ImageFiles.Directory(path), cache, scratch);
        }
        byte[] begin;
        try (InputStream in = Files.newInputStream(path)) {
            begin = in.readNBytes(6);
        }
        if (!Unpacked.packed(begin)) {
            return new ImageArchive(new ImageFiles.Tar(path), cache, scratch);
        }
        Path plain = scratch.file();
        try (InputStream in = Files.newInputStream(path);
                OutputStream out = Files.newOutputStream(plain)) {
            new RootTar(bytesMax).copy(in, out, (entry, name) -> {});
        }
        return new ImageArchive(new ImageFiles.Tar(plain), cache, scratch);
    }

    /**
     * The image.
     *
     * @param name which, of several; absent: the only one
     * @param platform only that one's; absent: all
     */
    public Image read(@Nullable String name, @Nullable Platform platform) throws IOException {
        if (files.has("index.json")) {
            JsonNode index = json("index.json", files.document("index.json"));
            return layout(index, name, platform);
        }
        if (files.has("manifest.json")) {
            return saved(json("manifest.json", files.document("manifest.json")), name);
        }
        throw new ImageFault(
                "this is no image: it has neither index.json, as OCI layouts do, nor manifest.json, as docker save writes; a root becomes an image by 'mos image import'");
    }

    private static JsonNode json(String what, byte[] document) throws ImageFault {
        try {
            return ImageJson.read(document);
        } catch (JacksonException e) {
            throw new ImageFault(what + " is not JSON: " + e.getOriginalMessage());
        }
    }

    private Image layout(JsonNode index, @Nullable String name, @Nullable Platform platform) throws IOException {
        List<JsonNode> fitting = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (JsonNode each : index.path("manifests")) {
            List<String> own = NAMES.stream()
                    .map(key -> each.path("annotations").path(key).asString(""))
                    .filter(text -> !text.isEmpty())
                    .toList();
            names.addAll(own);
            if (name == null || own.contains(name)) {
                fitting.add(each);
            }
        }
        if (fitting.size() != 1) {
            throw choice(name, fitting.size(), names);
        }
        Image image = image(fitting.getFirst(), 0);
        return platform == null ? image : part(image, fitting.getFirst(), platform);
    }

    private static ImageFault choice(@Nullable String name, int fitting, List<String> names) {
        String known = names.isEmpty() ? "" : ": it has " + String.join(", ", names);
        return new ImageFault(
                name == null
                        ? "the archive holds " + fitting + " images; name one with --image" + known
                        : "the archive holds " + fitting + " images named " + name + known);
    }

    private Image image(JsonNode descriptor, int depth) throws IOException {
        String digest =
                Digests.require("a descriptor", descriptor.path("digest").asString(""));
        byte[] manifest = files.document(path(digest));
        if (!Digests.text(Digests.of(digest).digest(manifest)).equals(digest)) {
            throw new ImageFault(path(digest) + " is not what its name says");
        }
        JsonNode read = json(path(digest), manifest);
        String type =
                read.path("mediaType").asString(descriptor.path("mediaType").asString(RegistryCalls.OCI_MANIFEST));
        if (read.has("manifests")) {
            if (depth == DEPTH_MAX || read.path("manifests").size() > PARTS_MAX) {
                throw new ImageFault("an index of indexes, deeper or wider than any image");
            }
            List<Image> parts = new ArrayList<>();
            for (JsonNode each : read.path("manifests")) {
                parts.add(image(each, depth + 1));
            }
            return new Image(type, manifest, List.of(), parts);
        }
        List<Blob> blobs = new ArrayList<>();
        blobs.add(blob(read.path("config")));
        if (read.path("layers").size() > PARTS_MAX) {
            throw new ImageFault("more than " + PARTS_MAX + " layers");
        }
        for (JsonNode layer : read.path("layers")) {
            blobs.add(blob(layer));
        }
        return new Image(type, manifest, blobs, List.of());
    }

    private Blob blob(JsonNode descriptor) throws IOException {
        String digest = Digests.require("a layer", descriptor.path("digest").asString(""));
        String path = path(digest);
        long size = descriptor.path("size").asLong(-1);
        long there = files.size(path);
        if (there < 0) {
            throw new ImageFault("the archive lacks the layer " + digest + ": it was not saved whole");
        }
        if (size != there) {
            throw new ImageFault(path + " has " + there + " bytes, and the image says " + size);
        }
        String type = descriptor.path("mediaType").asString("");
        return new Blob(type, digest, size, offset -> files.open(path, offset));
    }

    private static String path(String digest) {
        return "blobs/" + digest.replace(':', '/');
    }

    /** The part of that platform, out of an index; an image of one platform is what it is. */
    private static Image part(Image image, JsonNode descriptor, Platform platform) throws IOException {
        if (image.parts().isEmpty()) {
            if (descriptor.has("platform") && !platform.matches(descriptor.path("platform"))) {
                throw new ImageFault("the image is not for " + platform);
            }
            return image;
        }
        JsonNode listed = json("an index", image.manifest()).path("manifests");
        for (int i = 0; i < listed.size(); i++) {
            if (platform.matches(listed.path(i).path("platform"))) {
                return image.parts().get(i);
            }
        }
        throw new ImageFault("the image has no part for " + platform);
    }

    private Image saved(JsonNode list, @Nullable String name) throws IOException {
        List<JsonNode> fitting = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (JsonNode each : list) {
            List<String> own = new ArrayList<>();
            each.path("RepoTags").forEach(tag -> own.add(tag.asString("")));
            names.addAll(own);
            if (name == null || own.contains(name) || own.contains(name + ":latest")) {
                fitting.add(each);
            }
        }
        if (fitting.size() != 1) {
            throw choice(name, fitting.size(), names);
        }
        return saved(fitting.getFirst());
    }

    private Image saved(JsonNode entry) throws IOException {
        String configPath = entry.path("Config").asString("");
        byte[] config = files.document(configPath);
        JsonNode diffIds = json(configPath, config).path("rootfs").path("diff_ids");
        JsonNode layers = entry.path("Layers");
        if (layers.size() != diffIds.size() || layers.size() > PARTS_MAX) {
            throw new ImageFault(
                    "manifest.json names " + layers.size() + " layers, and the configuration " + diffIds.size());
        }
        List<Blob> blobs = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            String diffId = Digests.require("a layer", diffIds.path(i).asString(""));
            blobs.add(layer(layers.path(i).asString(""), diffId));
        }
        return ImageJson.image(config, blobs);
    }

    private Blob layer(String path, String diffId) throws IOException {
        if (!files.has(path)) {
            throw new ImageFault("the archive lacks the layer " + path + ": it was not saved whole");
        }
        LayerCache.Packed known = cache.packed(diffId);
        if (known != null) {
            return new Blob(LayerFile.MEDIA_TYPE, known.digest(), known.size(), offset -> {
                LayerFile packed = packed(path, diffId);
                if (!packed.digest().equals(known.digest())) {
                    throw new ImageFault("layer " + path
                            + " is packed otherwise than before: push again, its old packing is forgotten now");
                }
                return LayerFile.open(packed.file(), offset);
            });
        }
        return packed(path, diffId).blob();
    }

    /** Packs a layer, and remembers as what it travels. */
    private LayerFile packed(String path, String diffId) throws IOException {
        LayerOutput out = new LayerOutput(scratch.file());
        try (out;
                InputStream in = Unpacked.of(files.open(path, 0))) {
            in.transferTo(out);
        }
        LayerFile layer = out.finish();
        if (!layer.diffId().equals(diffId)) {
            throw new ImageFault("layer " + path + " is not the one that the configuration names");
        }
        cache.remember(layer);
        return layer;
    }
}
