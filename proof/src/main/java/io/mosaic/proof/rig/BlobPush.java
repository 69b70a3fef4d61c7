package io.mosaic.proof.rig;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Pushes blobs that nothing compresses. */
public final class BlobPush {

    private static final int CHUNK_BYTES = 1 << 20;

    private BlobPush() {}

    /**
     * Makes one of random bytes and pushes it; what is on disk meanwhile is gone in the end.
     *
     * @param directory for the content
     * @param url of the image repository
     * @param repository such as {@code default/web}
     * @param seed another one is another blob
     * @return its digest
     */
    public static String random(Path directory, URI url, String token, String repository, long bytes, long seed)
            throws IOException, InterruptedException {
        Path file = directory.resolve("pushed-" + seed);
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            String digest = write(file, bytes, seed);
            push(client, HttpRequest.BodyPublishers.ofFile(file), digest, url, token, repository);
            return digest;
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static String write(Path file, long bytes, long seed) throws IOException {
        Random random = new Random(seed);
        MessageDigest hash;
        try {
            hash = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            byte[] chunk = new byte[CHUNK_BYTES];
            for (long left = bytes; left > 0; left -= chunk.length) {
                random.nextBytes(chunk);
                int now = (int) Math.min(left, chunk.length);
                hash.update(chunk, 0, now);
                out.write(chunk, 0, now);
            }
        }
        return "sha256:" + HexFormat.of().formatHex(hash.digest());
    }

    /**
     * Pushes a blob.
     *
     * @param token absent: the registry takes what comes
     */
    static void push(
            HttpClient client,
            HttpRequest.BodyPublisher content,
            String digest,
            URI url,
            @Nullable String token,
            String repository)
            throws IOException, InterruptedException {
        URI uploads = url.resolve("/v2/" + repository + "/blobs/uploads/");
        HttpResponse<String> begun = client.send(
                request(uploads, token)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        String location = begun.headers()
                .firstValue("Location")
                .orElseThrow(() -> new IOException("no upload begins: " + begun.statusCode() + begun.body()));
        String upload = location + (location.contains("?") ? "&" : "?") + "digest=" + digest;
        HttpResponse<String> done = client.send(
                request(uploads.resolve(upload), token)
                        .header("Content-Type", "application/octet-stream")
                        .PUT(content)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (done.statusCode() != 201) {
            throw new IOException("the blob is not taken: " + done.statusCode() + " " + done.body());
        }
    }

    /** A request that shows the token, if there is one. */
    static HttpRequest.Builder request(URI url, @Nullable String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url);
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }
}
