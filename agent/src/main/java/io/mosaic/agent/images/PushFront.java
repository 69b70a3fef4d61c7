package io.mosaic.agent.images;

import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.HttpLimits;
import io.mosaic.kit.http.HttpServer;
import io.mosaic.kit.http.Mount;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.RouteTable;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A registry on loopback that the daemon pushes one image to, and that hands on what the image repository lacks. The daemon sends all layers
 * that it does not know the repository to have; each rests in a file until it is known what it is, and goes on its way only if it is new
 * there. Nobody else gets in: what the daemon is given as the image's name holds a secret. Thread-safe.
 */
final class PushFront implements Mount, AutoCloseable {

    private static final int MANIFEST_BYTES_MAX = 4 * 1024 * 1024;
    private static final int BUFFER_BYTES = 128 * 1024;
    private static final int SECRET_BYTES = 16;

    /** How often it is looked whether there is room for more. */
    private static final long LOOK_BYTES = 8L << 20;

    private static final String NAMED = "name";

    private static final Pattern BLOB = Pattern.compile("/blobs/(sha256:[0-9a-f]{64})");
    private static final Pattern UPLOAD = Pattern.compile("/blobs/uploads/([0-9a-f]{32})");
    private static final Pattern MANIFEST = Pattern.compile("/manifests/([A-Za-z0-9_][A-Za-z0-9._:-]{0,127})");

    private final RepositoryClient repository;
    private final PushTarget target;
    private final Path directory;
    private final long keepFree;
    private final PushMeter meter;
    private final SecureRandom random = new SecureRandom();
    private final String name;
    private final Map<String, Spooled> uploads = new ConcurrentHashMap<>();
    private final HttpServer server;
    private volatile @Nullable String digest;
    private volatile byte[] pushed = new byte[0];
    private @Nullable IOException fault;
    private long sent;

    /** What came of a blob. For one call at a time. */
    private static final class Spooled {
        private final Path file;
        private final MessageDigest hash = sha256();
        private long size;

        Spooled(Path file) {
            this.file = file;
        }
    }

    private PushFront(RepositoryClient repository, PushTarget target, Path directory, long keepFree, PushMeter meter)
            throws IOException {
        this.meter = meter;
        this.repository = repository;
        this.target = target;
        this.directory = directory;
        this.keepFree = keepFree;
        this.name = hex() + "/" + target.repository();
        this.server = HttpServer.start(
                "127.0.0.1",
                0,
                null,
                new RouteTable(List.of()),
                List.of(this),
                authorization -> {
                    throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "there is nothing here");
                },
                HttpLimits.DEFAULT,
                outcome -> {});
    }

    /**
     * Opens one for that push. A file says by which name the daemon is to know the image meanwhile, so that the name does not outlive an
     * agent that is killed.
     */
    static PushFront open(
            RepositoryClient repository, PushTarget target, Path directory, long keepFree, PushMeter meter)
            throws IOException {
        PushFront front =
                new PushFront(repository, target, Files.createTempDirectory(directory, "push-"), keepFree, meter);
        try {
            Files.writeString(front.directory.resolve(NAMED), front.reference() + ":" + target.tag());
        } catch (IOException e) {
            front.close();
            throw e;
        }
        return front;
    }

    /** The image's name, without its tag, by which the daemon pushes here. */
    String reference() {
        return "127.0.0.1:" + server.port() + "/" + name;
    }

    /** Digest of the manifest that the repository took; null: it took none. */
    @Nullable
    String digest() {
        return digest;
    }

    /** Why it could not be done, as the daemon does not know it; null: nothing was wrong here. */
    @Nullable
    synchronized IOException fault() {
        return fault;
    }

    /** That manifest; empty when the repository took none. */
    byte[] manifest() {
        return pushed;
    }

    /** Bytes of blobs that went to the repository. */
    synchronized long sent() {
        return sent;
    }

    @Override
    public String prefix() {
        return "/v2";
    }

    @Override
    public Reply.Whole refusal(Problem problem) {
        return error(problem.status(), String.valueOf(problem.detail()));
    }

    @Override
    public Reply handle(StreamedRequest request) throws Exception {
        String path = request.rawPath().substring(prefix().length());
        if (path.isEmpty() || path.equals("/")) {
            return Reply.text(200, Answer.JSON, "{}");
        }
        if (!path.startsWith("/" + name + "/")) {
            return error(404, "not here");
        }
        String rest = path.substring(name.length() + 1);
        Matcher blob = BLOB.matcher(rest);
        Matcher upload = UPLOAD.matcher(rest);
        Matcher manifest = MANIFEST.matcher(rest);
        try {
            if (blob.matches() && request.method().equals("HEAD")) {
                return has(blob.group(1));
            } else if (rest.equals("/blobs/uploads/") && request.method().equals("POST")) {
                return begin();
            } else if (upload.matches() && request.method().equals("PATCH")) {
                return append(upload.group(1), request);
            } else if (upload.matches() && request.method().equals("PUT")) {
                return finish(upload.group(1), request);
            } else if (manifest.matches() && request.method().equals("PUT")) {
                return manifest(manifest.group(1), request);
            }
            return error(404, "not here");
        } catch (IOException e) {
            synchronized (this) {
                fault = fault == null ? e : fault;
            }
            // A status by which the daemon gives up: after any other it would try for a minute to send it all again.
            return error(403, String.valueOf(e.getMessage()));
        }
    }

    private Reply has(String wanted) throws IOException, InterruptedException {
        OptionalLong size = repository.size(target, wanted);
        return size.isEmpty()
                ? error(404, "the repository does not have it")
                : new Reply.Stream(
                        200,
                        "application/octet-stream",
                        out -> {},
                        Map.of("Content-Length", Long.toString(size.getAsLong()), "Docker-Content-Digest", wanted));
    }

    private Reply begin() {
        String id = hex();
        uploads.put(id, new Spooled(directory.resolve(id)));
        return going(id, 0);
    }

    private Reply going(String id, long size) {
        return Reply.bytes(202, "", new byte[0])
                .with("Location", "/v2/" + name + "/blobs/uploads/" + id)
                .with("Range", "0-" + Math.max(0, size - 1))
                .with("Docker-Upload-UUID", id);
    }

    private Reply append(String id, StreamedRequest request) throws IOException {
        Spooled spooled = uploads.get(id);
        if (spooled == null) {
            return error(404, "no such upload");
        }
        spool(spooled, request);
        return going(id, spooled.size);
    }

    private void spool(Spooled spooled, StreamedRequest request) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        try (InputStream body = request.body();
                OutputStream out =
                        Files.newOutputStream(spooled.file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            long looked = -LOOK_BYTES;
            for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
                if (spooled.size - looked >= LOOK_BYTES) {
                    looked = spooled.size;
                    if (Files.getFileStore(directory).getUsableSpace() < keepFree) {
                        throw new IOException("no room on the host for the image's layers");
                    }
                }
                out.write(buffer, 0, count);
                spooled.hash.update(buffer, 0, count);
                spooled.size += count;
            }
        }
    }

    private Reply finish(String id, StreamedRequest request) throws IOException, InterruptedException {
        Spooled spooled = uploads.remove(id);
        String named = request.query("digest");
        if (spooled == null) {
            return error(404, "no such upload");
        }
        try {
            spool(spooled, request);
            String is = "sha256:" + HexFormat.of().formatHex(spooled.hash.digest());
            if (!is.equals(named)) {
                return error(400, "the digest is not that of the content");
            }
            if (repository.size(target, is).isEmpty()) {
                send(new Blob(is, spooled.size), spooled.file);
            }
            return Reply.bytes(201, "", new byte[0])
                    .with("Location", "/v2/" + name + "/blobs/" + is)
                    .with("Docker-Content-Digest", is);
        } finally {
            Files.deleteIfExists(spooled.file);
        }
    }

    private void send(Blob blob, Path file) throws IOException, InterruptedException {
        AtomicLong moved = new AtomicLong();
        boolean whole = false;
        meter.begins(blob.size());
        try {
            boolean travelled = repository.put(target, blob, file, bytes -> {
                moved.addAndGet(bytes);
                meter.sent(bytes);
            });
            if (travelled) {
                count(blob.size());
            }
            whole = true;
        } finally {
            meter.sent((whole ? blob.size() : 0) - moved.get());
            meter.ends();
        }
    }

    private synchronized void count(long bytes) {
        sent += bytes;
    }

    private Reply manifest(String reference, StreamedRequest request) throws IOException, InterruptedException {
        byte[] body;
        try (InputStream in = request.body()) {
            body = in.readNBytes(MANIFEST_BYTES_MAX + 1);
        }
        String type = request.header("Content-Type");
        if (body.length > MANIFEST_BYTES_MAX || type == null || !reference.equals(target.tag())) {
            return error(400, "not a manifest for tag " + target.tag());
        }
        String is = "sha256:" + HexFormat.of().formatHex(sha256().digest(body));
        meter.step("finishing");
        repository.putManifest(target, type, body);
        pushed = body;
        digest = is;
        return Reply.bytes(201, "", new byte[0])
                .with("Location", "/v2/" + name + "/manifests/" + is)
                .with("Docker-Content-Digest", is);
    }

    private static Reply.Whole error(int status, String message) {
        return Reply.json(
                status,
                Map.of("errors", List.of(Map.of("code", status == 404 ? "NOT_FOUND" : "DENIED", "message", message))));
    }

    private String hex() {
        byte[] bits = new byte[SECRET_BYTES];
        random.nextBytes(bits);
        return HexFormat.of().formatHex(bits);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Removes what fronts of an agent that was killed left there; answers the names that the daemon was given for them. */
    static List<String> removeLeft(Path parent) throws IOException {
        List<String> names = new ArrayList<>();
        try (Stream<Path> all = Files.list(parent)) {
            for (Path each : all.toList()) {
                Path named = each.resolve(NAMED);
                if (Files.exists(named)) {
                    names.add(Files.readString(named).strip());
                }
                remove(each);
            }
        }
        return names;
    }

    private static void remove(Path directory) throws IOException {
        try (Stream<Path> left = Files.list(directory)) {
            for (Path file : left.toList()) {
                Files.deleteIfExists(file);
            }
        }
        Files.deleteIfExists(directory);
    }

    @Override
    public void close() throws IOException {
        server.close();
        remove(directory);
    }
}
