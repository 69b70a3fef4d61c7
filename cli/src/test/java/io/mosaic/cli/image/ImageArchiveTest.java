package io.mosaic.cli.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageArchiveTest {

    @TempDir
    private Path directory;

    private Scratch scratch;
    private LayerCache cache;

    @BeforeEach
    void open() throws IOException {
        scratch = new Scratch(directory.toString());
        cache = new LayerCache(directory.resolve("cache"));
    }

    @AfterEach
    void close() throws IOException {
        scratch.close();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] tar(Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            for (Map.Entry<String, byte[]> each : files.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(each.getKey());
                entry.setSize(each.getValue().length);
                entry.setModTime(0L);
                tar.putArchiveEntry(entry);
                tar.write(each.getValue());
                tar.closeArchiveEntry();
            }
        }
        return out.toByteArray();
    }

    private Image read(byte[] archive, String name) throws IOException {
        Path file = Files.write(directory.resolve("image.tar"), archive);
        return ImageArchive.open(file, cache, scratch, 1 << 20).read(name, null);
    }

    private void refused(byte[] archive, String why) {
        assertThatThrownBy(() -> read(archive, null))
                .isInstanceOf(ImageFault.class)
                .hasMessageContaining(why);
    }

    /** As docker save writes it, of one layer. */
    private static Map<String, byte[]> saved(byte[] layer, String diffId) {
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("config.json", bytes("{\"rootfs\":{\"diff_ids\":[\"" + diffId + "\"]}}"));
        files.put(
                "manifest.json",
                bytes("[{\"Config\":\"config.json\",\"RepoTags\":[\"web:1\"],\"Layers\":[\"a/layer.tar\"]}]"));
        files.put("a/layer.tar", layer);
        return files;
    }

    @Test
    void aSavedLayerIsPackedOnceAndKnownThen() throws IOException {
        byte[] layer = tar(Map.of("file", new byte[3000]));
        byte[] archive = tar(saved(layer, Digests.of(layer)));
        Image first = read(archive, null);
        Blob packed = first.blobs().get(1);
        assertThat(packed.size()).isLessThan(layer.length);
        LayerCache.Packed known = cache.packed(Digests.of(layer));
        assertThat(known).isEqualTo(new LayerCache.Packed(packed.digest(), packed.size()));
        Image second = read(archive, "web:1");
        assertThat(second.digest()).isEqualTo(first.digest());
        assertThat(Digests.of(second.blobs().get(1).content().open(0).readAllBytes()))
                .isEqualTo(packed.digest());
        assertThatThrownBy(() -> read(archive, "other")).hasMessageContaining("0 images named other: it has web:1");
    }

    @Test
    void whatIsNotWholeIsRefused() throws IOException {
        byte[] layer = tar(Map.of("file", new byte[3000]));
        byte[] archive = tar(saved(layer, Digests.of(layer)));
        refused(bytes("hello, I am no tar".repeat(100)), "not a tar");
        refused(Arrays.copyOf(archive, 4000), "cut off");
        refused(tar(Map.of("file", new byte[1])), "this is no image");
        refused(tar(saved(layer, Digests.of(bytes("other")))), "not the one that the configuration names");
        refused(tar(saved(layer, "sha256:../../etc")), "no digest");
        Map<String, byte[]> missing = saved(layer, Digests.of(layer));
        missing.remove("a/layer.tar");
        refused(tar(missing), "it was not saved whole");
        Map<String, byte[]> broken = saved(layer, Digests.of(layer));
        broken.put("manifest.json", bytes("[{"));
        refused(tar(broken), "manifest.json is not JSON");
        Map<String, byte[]> large = saved(layer, Digests.of(layer));
        large.put("manifest.json", new byte[5 << 20]);
        refused(tar(large), "larger than any such document");
    }

    @Test
    void aLayoutIsHeldAgainstItsDigests() throws IOException {
        byte[] config = bytes("{}");
        byte[] manifest = ImageJson.image(config, java.util.List.of()).manifest();
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(
                "index.json",
                bytes("{\"manifests\":[{\"digest\":\"" + Digests.of(manifest) + "\",\"size\":" + manifest.length
                        + "}]}"));
        files.put("blobs/sha256/" + Digests.of(manifest).substring(7), manifest);
        files.put("blobs/sha256/" + Digests.of(config).substring(7), config);
        assertThat(read(tar(files), null).digest()).isEqualTo(Digests.of(manifest));
        files.put("blobs/sha256/" + Digests.of(config).substring(7), bytes("{ }"));
        refused(tar(files), "has 3 bytes, and the image says 2");
        files.put("blobs/sha256/" + Digests.of(manifest).substring(7), bytes("{}"));
        refused(tar(files), "is not what its name says");
        files.put("index.json", bytes("{\"manifests\":[{\"digest\":\"sha256:../../../etc/passwd\"}]}"));
        refused(tar(files), "no digest");
    }
}
