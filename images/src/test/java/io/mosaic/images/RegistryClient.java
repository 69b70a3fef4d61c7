package io.mosaic.images;

import io.mosaic.images.blob.Digest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Calls the registry by hand, as one caller. */
public final class RegistryClient {

    public static final String OCI = "application/vnd.oci.image.manifest.v1+json";
    public static final String INDEX = "application/vnd.oci.image.index.v1+json";

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final int port;
    private final String authorization;

    /** @param token absent: without any */
    public RegistryClient(int port, String token) {
        this.port = port;
        this.authorization = token == null ? null : "Bearer " + token;
    }

    /** The same registry, as another caller; token absent: without any. */
    public RegistryClient with(String token) {
        return new RegistryClient(port, token);
    }

    public static byte[] content(int bytes, long seed) {
        byte[] content = new byte[bytes];
        new Random(seed).nextBytes(content);
        return content;
    }

    public static String digest(byte[] content) {
        return Digest.of(Digest.Algorithm.SHA256, content).toString();
    }

    public HttpResponse<byte[]> call(String method, String path, byte[] body, String... headers)
            throws IOException, InterruptedException {
        return send(method, path, BodyPublishers.ofByteArray(body), headers);
    }

    public HttpResponse<byte[]> send(String method, String path, HttpRequest.BodyPublisher body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, body);
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), BodyHandlers.ofByteArray());
    }

    public HttpResponse<byte[]> get(String path, String... headers) throws IOException, InterruptedException {
        return send("GET", path, BodyPublishers.noBody(), headers);
    }

    public HttpResponse<byte[]> head(String path) throws IOException, InterruptedException {
        return send("HEAD", path, BodyPublishers.noBody());
    }

    public HttpResponse<byte[]> delete(String path) throws IOException, InterruptedException {
        return send("DELETE", path, BodyPublishers.noBody());
    }

    public HttpResponse<byte[]> post(String path) throws IOException, InterruptedException {
        return call("POST", path, new byte[0]);
    }

    public HttpResponse<byte[]> put(String path, byte[] body, String type) throws IOException, InterruptedException {
        return call("PUT", path, body, "Content-Type", type);
    }

    public static String text(HttpResponse<byte[]> response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }

    public static String header(HttpResponse<byte[]> response, String name) {
        return response.headers().firstValue(name).orElse(null);
    }

    /** Begins an upload and says where it goes on. */
    public String begin(String repository) throws IOException, InterruptedException {
        HttpResponse<byte[]> begun = post("/v2/" + repository + "/blobs/uploads/");
        if (begun.statusCode() != 202) {
            throw new IOException("an upload does not begin: " + begun.statusCode() + " " + text(begun));
        }
        return header(begun, "Location");
    }

    /** Pushes a blob in one piece. */
    public String push(String repository, byte[] content) throws IOException, InterruptedException {
        String digest = digest(content);
        HttpResponse<byte[]> pushed = call("PUT", begin(repository) + "?digest=" + digest, content);
        if (pushed.statusCode() != 201) {
            throw new IOException("a blob is not taken: " + pushed.statusCode() + " " + text(pushed));
        }
        return digest;
    }

    public static String descriptor(String mediaType, byte[] content) {
        return "{\"mediaType\":\"" + mediaType + "\",\"digest\":\"" + digest(content) + "\",\"size\":" + content.length
                + "}";
    }

    /** A manifest of those contents, the configuration first. */
    public static byte[] manifest(String more, byte[] config, byte[]... layers) {
        StringBuilder list = new StringBuilder();
        for (byte[] layer : layers) {
            list.append(list.isEmpty() ? "" : ",")
                    .append(descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer));
        }
        return ("{\"schemaVersion\":2,\"mediaType\":\"" + OCI + "\",\"config\":"
                        + descriptor("application/vnd.oci.image.config.v1+json", config) + ",\"layers\":[" + list + "]"
                        + more + "}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Pushes an image of one configuration and one layer; says its manifest. */
    public byte[] image(String repository, String tag, int bytes, long seed) throws IOException, InterruptedException {
        byte[] config = content(200, seed + 1);
        byte[] layer = content(bytes, seed);
        push(repository, config);
        push(repository, layer);
        byte[] manifest = manifest("", config, layer);
        HttpResponse<byte[]> put = put("/v2/" + repository + "/manifests/" + tag, manifest, OCI);
        if (put.statusCode() != 201) {
            throw new IOException("a manifest is not taken: " + put.statusCode() + " " + text(put));
        }
        return manifest;
    }
}
