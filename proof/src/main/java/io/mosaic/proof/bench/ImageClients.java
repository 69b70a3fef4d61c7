package io.mosaic.proof.bench;

import io.mosaic.images.blob.Digest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Calls of one registry: by skopeo, by curl, and by hand. The clients' files are in memory, so that the disk is the registries' alone.
 * Each call returns the nanoseconds that it took and fails when it does not do what it should. For one thread.
 */
final class ImageClients implements AutoCloseable {

    private static final Path MEMORY = Path.of("/dev/shm");
    private static final Duration DEADLINE = Duration.ofMinutes(2);

    private final ImageSide side;
    private final Path directory;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();

    ImageClients(ImageSide side) throws IOException {
        this.side = side;
        this.directory = Files.createTempDirectory(
                MEMORY,
                "mosaic-bench-images",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        String token = side.token();
        Files.writeString(directory.resolve("header"), token == null ? "" : "Authorization: Bearer " + token);
        String account = token == null
                ? ""
                : "\"127.0.0.1:%d\":{\"auth\":\"%s\"}"
                        .formatted(
                                side.port(),
                                Base64.getEncoder().encodeToString(("any:" + token).getBytes(StandardCharsets.UTF_8)));
        Files.writeString(directory.resolve("auth.json"), "{\"auths\":{" + account + "}}");
    }

    long pushBySkopeo(LayerImage image) throws IOException, InterruptedException {
        return skopeo("--dest-tls-verify=false", "oci:" + image.directory(), reference());
    }

    long pullBySkopeo() throws IOException, InterruptedException {
        Path pulled = directory.resolve("pulled");
        try {
            return skopeo("--src-tls-verify=false", reference(), "oci:" + pulled + ":1");
        } finally {
            delete(pulled);
        }
    }

    private String reference() {
        return "docker://127.0.0.1:" + side.port() + "/" + ImageSide.REPOSITORY + ":1";
    }

    private long skopeo(String verify, String from, String to) throws IOException, InterruptedException {
        String accounts = directory.resolve("auth.json").toString();
        long begin = System.nanoTime();
        run(List.of("skopeo", "copy", "--insecure-policy", "--quiet", "--authfile", accounts, verify, from, to));
        return System.nanoTime() - begin;
    }

    /** Uploads the image's layer, and puts the rest of it without counting that. */
    long pushByCurl(LayerImage image) throws IOException, InterruptedException {
        Digest layer = digest(image.layer());
        String at = begin() + layer;
        long nanos = curl("-T", image.layer().toString(), "-H", "Content-Type: application/octet-stream", at);
        Path blobs = image.blobs();
        byte[] manifest = Files.readAllBytes(blobs.resolve(image.digest().hex()));
        for (Path blob : files(blobs)) {
            byte[] small =
                    blob.equals(image.layer()) || blob.endsWith(image.digest().hex())
                            ? new byte[0]
                            : Files.readAllBytes(blob);
            if (small.length > 0) {
                upload(small);
            }
        }
        put(manifest);
        return nanos;
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.toList();
        }
    }

    private static Digest digest(Path blob) {
        return Digest.of("sha256:" + blob.getFileName());
    }

    long pullByCurl(LayerImage image) throws IOException, InterruptedException {
        return curl("-o", "/dev/null", blob(digest(image.layer())).toString());
    }

    /** By its own clock: the start of the program does not count. */
    private long curl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("curl", "-sS", "-f", "-H", "@" + directory.resolve("header"), "-w", "%{stderr}%{time_total}"));
        command.addAll(List.of(arguments));
        return (long) (Double.parseDouble(run(command)) * 1e9);
    }

    /** What the command said; both its outputs. */
    private String run(List<String> command) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        boolean ended = process.waitFor(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        String said = Files.readString(output).strip();
        if (!ended || process.exitValue() != 0) {
            throw new IOException(command + (ended ? " failed: " : " did not end: ") + said);
        }
        return said;
    }

    /**
     * Pushes an image of which the registry has the base already, by the calls that a client makes for it.
     *
     * @param layer which is new, and so is the configuration
     */
    long pushOneLayer(LayerImage base, byte[] layer, byte[] config) throws IOException, InterruptedException {
        Digest baseLayer = digest(base.layer());
        Digest newLayer = Digest.of(Digest.Algorithm.SHA256, layer);
        byte[] manifest = LayerImage.manifest(
                config,
                LayerImage.descriptor("layer.v1.tar+gzip", baseLayer, Files.size(base.layer())),
                LayerImage.descriptor("layer.v1.tar", newLayer, layer.length));
        long begin = System.nanoTime();
        require(200, head(baseLayer));
        require(404, head(newLayer));
        upload(layer);
        require(404, head(Digest.of(Digest.Algorithm.SHA256, config)));
        upload(config);
        put(manifest);
        return System.nanoTime() - begin;
    }

    private void upload(byte[] content) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(begin() + Digest.of(Digest.Algorithm.SHA256, content)))
                .header("Content-Type", "application/octet-stream")
                .PUT(BodyPublishers.ofByteArray(content));
        require(201, send(request));
    }

    private void put(byte[] manifest) throws IOException, InterruptedException {
        require(
                201,
                send(HttpRequest.newBuilder(at("manifests/1"))
                        .header("Content-Type", LayerImage.MANIFEST)
                        .PUT(BodyPublishers.ofByteArray(manifest))));
    }

    private HttpResponse<byte[]> head(Digest digest) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(blob(digest)).HEAD());
    }

    /** Where an upload goes that a digest completes. */
    private String begin() throws IOException, InterruptedException {
        URI uploads = at("blobs/uploads/");
        HttpResponse<byte[]> begun = send(HttpRequest.newBuilder(uploads).POST(BodyPublishers.noBody()));
        require(202, begun);
        String location = uploads.resolve(begun.headers().firstValue("Location").orElse(""))
                .toString();
        return location + (location.contains("?") ? "&" : "?") + "digest=";
    }

    private URI blob(Digest digest) {
        return at("blobs/" + digest);
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + side.port() + "/v2/" + ImageSide.REPOSITORY + "/" + path);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        String token = side.token();
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        return http.send(request.timeout(DEADLINE).build(), BodyHandlers.ofByteArray());
    }

    private static void require(int status, HttpResponse<byte[]> response) throws IOException {
        if (response.statusCode() != status) {
            throw new IOException(response.request().method() + " " + response.uri() + ": " + response.statusCode()
                    + " " + new String(response.body(), StandardCharsets.UTF_8));
        }
    }

    static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        http.close();
        delete(directory);
    }
}
