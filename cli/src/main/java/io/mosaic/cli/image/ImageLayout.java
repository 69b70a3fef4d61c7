package io.mosaic.cli.image;

import io.mosaic.model.client.RegistryCalls;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An OCI layout on disk, which holds beside it the list that {@code docker load} reads: one archive for docker, podman, skopeo and
 * everything that knows layouts.
 */
public final class ImageLayout {
    private static final String REF_NAME = "org.opencontainers.image.ref.name";
    private static final String FULL_NAME = "io.containerd.image.name";
    private static final String MARK = "{\"imageLayoutVersion\":\"1.0.0\"}";

    private ImageLayout() {}

    /** Where the layout has that content. */
    public static Path blob(Path layout, String digest) {
        return layout.resolve("blobs").resolve(digest.replace(':', '/'));
    }

    /** Writes all but the blobs; other images that the layout has stay in it. */
    public static void write(Path layout, Image image, String repository, String tag) throws IOException {
        manifests(layout, image);
        Files.writeString(layout.resolve("oci-layout"), MARK);
        ObjectNode own = ImageJson.descriptor(image.mediaType(), image.digest(), image.manifest().length);
        own.putObject("annotations").put(REF_NAME, tag).put(FULL_NAME, repository + ":" + tag);
        Files.write(layout.resolve("index.json"), index(layout.resolve("index.json"), own));
        if (image.parts().isEmpty()) {
            Files.write(layout.resolve("manifest.json"), loadList(image, repository + ":" + tag));
        } else {
            Files.deleteIfExists(layout.resolve("manifest.json"));
        }
    }

    private static void manifests(Path layout, Image image) throws IOException {
        Path target = blob(layout, image.digest());
        Files.createDirectories(target.getParent());
        Files.write(target, image.manifest());
        for (Image part : image.parts()) {
            manifests(layout, part);
        }
    }

    private static byte[] index(Path file, ObjectNode own) throws IOException {
        ObjectNode index = ImageJson.object().put("schemaVersion", 2).put("mediaType", RegistryCalls.OCI_INDEX);
        ArrayNode all = index.putArray("manifests");
        if (Files.exists(file)) {
            String name = own.path("annotations").path(FULL_NAME).asString("");
            for (JsonNode each : ImageJson.read(Files.readAllBytes(file)).path("manifests")) {
                if (!each.path("annotations").path(FULL_NAME).asString("").equals(name)) {
                    all.add(each);
                }
            }
        }
        all.add(own);
        return ImageJson.bytes(index);
    }

    private static byte[] loadList(Image image, String name) {
        ObjectNode one = ImageJson.object();
        one.put("Config", path(image.blobs().getFirst()));
        one.putArray("RepoTags").add(name);
        ArrayNode layers = one.putArray("Layers");
        image.blobs().stream().skip(1).forEach(layer -> layers.add(path(layer)));
        return ("[" + new String(ImageJson.bytes(one), StandardCharsets.UTF_8) + "]").getBytes(StandardCharsets.UTF_8);
    }

    private static String path(Blob blob) {
        return "blobs/" + blob.digest().replace(':', '/');
    }

    /** The layout as a tar, always the same bytes for the same image. */
    public static void pack(Path layout, OutputStream out) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.walk(layout)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> !file.toString().endsWith(".part"))
                    .sorted()
                    .toList();
        }
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        for (Path file : files) {
            TarArchiveEntry entry = new TarArchiveEntry(layout.relativize(file).toString());
            entry.setSize(Files.size(file));
            entry.setMode(0100644);
            entry.setModTime(0L);
            tar.putArchiveEntry(entry);
            Files.copy(file, tar);
            tar.closeArchiveEntry();
        }
        tar.finish();
        tar.flush();
    }
}
