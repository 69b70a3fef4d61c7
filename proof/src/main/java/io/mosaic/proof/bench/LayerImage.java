package io.mosaic.proof.bench;

import io.mosaic.images.blob.Digest;
import io.mosaic.proof.rig.StoredGzip;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.SplittableRandom;

/**
 * An image of one layer that does not compress, as a directory in the OCI layout.
 *
 * @param layer its file
 */
record LayerImage(Path directory, Digest digest, Path layer) {

    private static final int CHUNK_BYTES = 1 << 20;
    private static final int TAR_BLOCK = 512;
    private static final String PREFIX = "application/vnd.oci.image.";

    static final String MANIFEST = PREFIX + "manifest.v1+json";

    /**
     * Writes one.
     *
     * @param directory to be made
     * @param bytes of the layer, less what tar and gzip add; a multiple of 1 MiB
     */
    static LayerImage write(Path directory, long bytes, long seed) throws IOException {
        Path blobs = Files.createDirectories(blobs(directory));
        Path written = directory.resolve("layer");
        MessageDigest packed = Digest.Algorithm.SHA256.start();
        MessageDigest plain = Digest.Algorithm.SHA256.start();
        try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(written), CHUNK_BYTES);
                OutputStream tar =
                        new DigestOutputStream(new StoredGzip(new DigestOutputStream(file, packed)), plain)) {
            writeTar(tar, bytes, seed);
        }
        Digest layer = Digest.of(Digest.Algorithm.SHA256, packed);
        Path blob = Files.move(written, blobs.resolve(layer.hex()));
        byte[] config = """
                {"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["%s"]}}""".formatted(Digest.of(Digest.Algorithm.SHA256, plain)).getBytes(StandardCharsets.UTF_8);
        byte[] manifest = manifest(config, descriptor("layer.v1.tar+gzip", layer, Files.size(blob)));
        write(blobs, config);
        Digest digest = write(blobs, manifest);
        Files.writeString(directory.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        Files.writeString(
                directory.resolve("index.json"),
                "{\"schemaVersion\":2,\"manifests\":[" + descriptor("manifest.v1+json", digest, manifest.length)
                        + "]}");
        return new LayerImage(directory, digest, blob);
    }

    /** Where all its parts are, each under its digest's digits. */
    Path blobs() {
        return blobs(directory);
    }

    private static Path blobs(Path directory) {
        return directory.resolve("blobs/sha256");
    }

    /** A manifest of that configuration and those layers. */
    static byte[] manifest(byte[] config, String... layers) {
        String configuration = descriptor("config.v1+json", Digest.of(Digest.Algorithm.SHA256, config), config.length);
        return ("{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"config\":" + configuration + ",\"layers\":["
                        + String.join(",", layers) + "]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** @param type the last part of a media type of images */
    static String descriptor(String type, Digest digest, long size) {
        return "{\"mediaType\":\"" + PREFIX + type + "\",\"digest\":\"" + digest + "\",\"size\":" + size + "}";
    }

    private static Digest write(Path blobs, byte[] content) throws IOException {
        Digest digest = Digest.of(Digest.Algorithm.SHA256, content);
        Files.write(blobs.resolve(digest.hex()), content);
        return digest;
    }

    /** One file, and the two empty blocks that end a tar. */
    private static void writeTar(OutputStream out, long bytes, long seed) throws IOException {
        byte[] head = new byte[TAR_BLOCK];
        put(head, 0, "random");
        put(head, 100, "0000644");
        put(head, 108, "0000000");
        put(head, 116, "0000000");
        put(head, 124, "%011o".formatted(bytes));
        put(head, 136, "00000000000");
        put(head, 148, "        ");
        put(head, 156, "0");
        put(head, 257, "ustar\00000");
        int sum = 0;
        for (byte each : head) {
            sum += each & 0xff;
        }
        put(head, 148, "%06o\0 ".formatted(sum));
        out.write(head);
        SplittableRandom random = new SplittableRandom(seed);
        byte[] chunk = new byte[CHUNK_BYTES];
        for (long done = 0; done < bytes; done += CHUNK_BYTES) {
            random.nextBytes(chunk);
            out.write(chunk);
        }
        out.write(new byte[2 * TAR_BLOCK]);
    }

    private static void put(byte[] head, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, head, at, bytes.length);
    }
}
