package io.mosaic.proof.rig;

import io.mosaic.model.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * An image that runs, made without a daemon: BusyBox, and on it layers of random bytes, which nothing compresses. Immutable.
 *
 * @param layers from the lowest up
 */
public record LayeredImage(List<Layer> layers) {

    private static final int CHUNK_BYTES = 1 << 20;
    private static final String TYPE = "application/vnd.oci.image.";
    private static final AtomicInteger NEXT = new AtomicInteger(1);

    public LayeredImage {
        layers = List.copyOf(layers);
    }

    /**
     * A layer, packed, in a file.
     *
     * @param digest of the file
     * @param diffId digest of the tar in it
     */
    public record Layer(Path file, String digest, String diffId) {}

    /** BusyBox alone; its file goes into that directory. */
    public static LayeredImage busyBox(Path directory) throws IOException, InterruptedException {
        byte[] tar = BusyBoxImage.tar();
        return new LayeredImage(List.of(layer(directory, out -> out.write(tar))));
    }

    /**
     * This image and a layer more, with one file of random bytes.
     *
     * @param directory where the layer's file goes
     * @param bytes a multiple of 1 MiB
     * @param seed another one is another layer
     */
    public LayeredImage withRandom(Path directory, long bytes, long seed) throws IOException {
        List<Layer> all = new ArrayList<>(layers);
        all.add(layer(directory, out -> writeRandom(out, bytes, seed)));
        return new LayeredImage(all);
    }

    private interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private static Layer layer(Path directory, Content content) throws IOException {
        Path file = directory.resolve("layer-" + NEXT.getAndIncrement());
        MessageDigest packed = sha256();
        MessageDigest plain = sha256();
        try (OutputStream written = new BufferedOutputStream(Files.newOutputStream(file), CHUNK_BYTES);
                OutputStream gzip = new StoredGzip(new DigestOutputStream(written, packed));
                OutputStream tar = new DigestOutputStream(gzip, plain)) {
            content.writeTo(tar);
        }
        return new Layer(file, name(packed), name(plain));
    }

    private static void writeRandom(OutputStream out, long bytes, long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] chunk = new byte[CHUNK_BYTES];
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            TarArchiveEntry entry = new TarArchiveEntry("random-" + seed);
            entry.setSize(bytes);
            entry.setModTime(0);
            tar.putArchiveEntry(entry);
            for (long done = 0; done < bytes; done += CHUNK_BYTES) {
                random.nextBytes(chunk);
                tar.write(chunk);
            }
            tar.closeArchiveEntry();
        }
    }

    private byte[] config() {
        return Json.bytes(Map.of(
                "architecture",
                "amd64",
                "os",
                "linux",
                "config",
                Map.of("Env", List.of("PATH=/bin"), "Cmd", List.of("sleep", "1000000")),
                "rootfs",
                Map.of(
                        "type",
                        "layers",
                        "diff_ids",
                        layers.stream().map(Layer::diffId).toList())));
    }

    /** What a daemon knows it by. */
    public String id() {
        return digest(config());
    }

    /**
     * Pushes it, all of it.
     *
     * @param client trusts that registry
     * @param token absent: the registry takes what comes
     * @param repository such as {@code default/web}
     */
    public void push(HttpClient client, URI registry, @Nullable String token, String repository, String tag)
            throws IOException, InterruptedException {
        byte[] config = config();
        List<Map<String, Object>> parts = new ArrayList<>();
        for (Layer layer : layers) {
            HttpRequest.BodyPublisher content = HttpRequest.BodyPublishers.ofFile(layer.file());
            BlobPush.push(client, content, layer.digest(), registry, token, repository);
            parts.add(descriptor("layer.v1.tar+gzip", layer.digest(), Files.size(layer.file())));
        }
        HttpRequest.BodyPublisher content = HttpRequest.BodyPublishers.ofByteArray(config);
        BlobPush.push(client, content, digest(config), registry, token, repository);
        byte[] manifest = Json.bytes(Map.of(
                "schemaVersion",
                2,
                "mediaType",
                TYPE + "manifest.v1+json",
                "config",
                descriptor("config.v1+json", digest(config), config.length),
                "layers",
                parts));
        HttpResponse<String> put = client.send(
                BlobPush.request(registry.resolve("/v2/" + repository + "/manifests/" + tag), token)
                        .header("Content-Type", TYPE + "manifest.v1+json")
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(manifest))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (put.statusCode() != 201) {
            throw new IOException("the manifest is not taken: " + put.statusCode() + " " + put.body());
        }
    }

    private static Map<String, Object> descriptor(String type, String digest, long bytes) {
        return Map.of("mediaType", TYPE + type, "digest", digest, "size", bytes);
    }

    private static String digest(byte[] content) {
        MessageDigest hash = sha256();
        hash.update(content);
        return name(hash);
    }

    private static String name(MessageDigest hash) {
        return "sha256:" + HexFormat.of().formatHex(hash.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
