package io.mosaic.model.client;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * An image repository's content by the distribution protocol: manifests, and blobs that go up and come down in pieces, so that a lost
 * connection costs a piece and not the blob. All throw {@link ProblemException} when it refuses and {@link ServerUnreachableException}
 * when it stays away. Thread-safe.
 */
public final class RegistryCalls {
    public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
    public static final String DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
    public static final String DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

    /** Those that list manifests of several platforms. */
    public static final Set<String> INDEXES = Set.of(OCI_INDEX, DOCKER_LIST);

    /** As the repository takes them, bytes. */
    public static final int MANIFEST_BYTES_MAX = 4 << 20;

    private static final String ACCEPT = String.join(", ", OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST);

    /** What one request carries: long enough that round trips do not count, short enough to be sent again. Bytes. */
    private static final int UP_PIECE = 32 << 20;

    /** Held in memory, several at once. Bytes. */
    private static final int DOWN_PIECE = 8 << 20;

    /** Goes with the request that begins it. Bytes. */
    private static final int SMALL = 64 << 10;

    /** For one piece, over a bad line. */
    private static final Duration PIECE_TIME = Duration.ofMinutes(10);

    private static final Duration CALL_TIME = Duration.ofMinutes(2);

    /** In a row, without any progress between them: some three seconds of a server that is away. */
    private static final int FAILURES_MAX = 7;

    private static final Pattern RANGE = Pattern.compile("0-(\\d{1,18})");

    private final Transport transport;

    RegistryCalls(Transport transport) {
        this.transport = transport;
    }

    /** A manifest as it is stored: its digest is of exactly these bytes. */
    @SuppressWarnings("ArrayRecordComponent")
    public record RawManifest(String mediaType, String digest, byte[] body) {}

    /** What can be read again, from anywhere. */
    public interface Content {
        /** @param offset bytes to leave out */
        InputStream open(long offset) throws IOException;
    }

    /** Takes what comes, in order. */
    public interface Sink {
        void write(byte[] piece) throws IOException;
    }

    /** @param reference a tag or a digest */
    public RawManifest manifest(String repository, String reference) {
        HttpResponse<byte[]> answer = repeated(() -> transport.exchange(
                request(manifests(repository, reference))
                        .header("Accept", ACCEPT)
                        .GET(),
                CALL_TIME));
        good(answer, 200);
        String type = answer.headers().firstValue("Content-Type").orElse("");
        String digest = answer.headers().firstValue("Docker-Content-Digest").orElse("");
        return new RawManifest(type, digest, answer.body());
    }

    /** Stores it under that tag, or under its digest alone. */
    public void putManifest(String repository, String reference, String mediaType, byte[] body) {
        HttpResponse<byte[]> answer = repeated(() -> transport.exchange(
                request(manifests(repository, reference))
                        .header("Content-Type", mediaType)
                        .PUT(BodyPublishers.ofByteArray(body)),
                CALL_TIME));
        good(answer, 201);
    }

    private static String manifests(String repository, String reference) {
        return "/v2/" + repository + "/manifests/" + reference;
    }

    /** Whether that repository holds it. */
    public boolean hasBlob(String repository, String digest) {
        HttpResponse<byte[]> answer = repeated(
                () -> transport.exchange(request(blob(repository, digest)).HEAD(), CALL_TIME));
        if (answer.statusCode() == 404) {
            return false;
        }
        good(answer, 200);
        return true;
    }

    private static String blob(String repository, String digest) {
        return "/v2/" + repository + "/blobs/" + digest;
    }

    /** Lets the repository hold what another one holds; false when that does not, or may not be read by the caller. */
    public boolean mount(String repository, String digest, String from) {
        String path = "/v2/" + repository + "/blobs/uploads/?mount=" + digest + "&from=" + from;
        HttpResponse<byte[]> answer =
                repeated(() -> transport.exchange(request(path).POST(BodyPublishers.noBody()), CALL_TIME));
        if (answer.statusCode() == 201) {
            return true;
        }
        good(answer, 202);
        // It began an upload instead, which nobody will send.
        URI upload = location(answer);
        repeated(() -> transport.exchange(HttpRequest.newBuilder(upload).DELETE(), CALL_TIME));
        return false;
    }

    /**
     * Uploads it, going on where a lost connection left it.
     *
     * @param size bytes
     * @param sent told of bytes that left since it was told last; less than 0 when some must be sent again
     * @throws UncheckedIOException when the content cannot be read
     */
    public void upload(String repository, String digest, long size, Content content, LongConsumer sent) {
        if (size <= SMALL) {
            byte[] whole = whole(content, size);
            String path = "/v2/" + repository + "/blobs/uploads/?digest=" + digest;
            good(
                    repeated(() -> transport.exchange(
                            request(path)
                                    .header("Content-Type", "application/octet-stream")
                                    .POST(BodyPublishers.ofByteArray(whole)),
                            CALL_TIME)),
                    201);
            sent.accept(size);
            return;
        }
        Told told = new Told(sent);
        URI upload = begin(repository);
        long at = 0;
        int failures = 0;
        while (at < size) {
            long length = Math.min(UP_PIECE, size - at);
            HttpResponse<byte[]> answer = piece(upload, content, at, length, told, failures);
            if (answer != null && answer.statusCode() == 202) {
                at += length;
                failures = 0;
                continue;
            }
            if (answer != null && !again(answer.statusCode())) {
                throw new ProblemException(problem(answer));
            }
            if (++failures > FAILURES_MAX && answer != null) {
                throw new ProblemException(problem(answer));
            }
            pause(failures);
            Long there = offset(upload);
            if (there == null) {
                upload = begin(repository);
            }
            at = there == null ? 0 : there;
            told.at(at);
        }
        finish(repository, digest, upload);
    }

    /** Refusals after which the server is asked how far the upload has come: it is away, out of step, or has forgotten it. */
    private static boolean again(int status) {
        return Transport.away(status) || status == 416 || status == 404;
    }

    /** Tells how far it is as differences. */
    private static final class Told {
        private final LongConsumer sent;
        private long at;

        Told(LongConsumer sent) {
            this.sent = sent;
        }

        synchronized void at(long now) {
            sent.accept(now - at);
            at = now;
        }

        synchronized void more(int bytes) {
            at(at + bytes);
        }
    }

    private static byte[] whole(Content content, long size) {
        try (InputStream in = content.open(0)) {
            byte[] whole = in.readNBytes((int) size + 1);
            if (whole.length != size) {
                throw new IOException("the content is not of the length that was told");
            }
            return whole;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private URI begin(String repository) {
        String path = "/v2/" + repository + "/blobs/uploads/";
        HttpResponse<byte[]> answer =
                repeated(() -> transport.exchange(request(path).POST(BodyPublishers.noBody()), CALL_TIME));
        good(answer, 202);
        return location(answer);
    }

    /** Where the server wants the rest: on itself, or nothing of the token would be safe. */
    private URI location(HttpResponse<byte[]> answer) {
        URI base = transport.uri("/");
        String given = answer.headers().firstValue("Location").orElse("");
        try {
            URI there = base.resolve(given);
            if (given.isEmpty()
                    || !String.valueOf(there.getHost()).equals(base.getHost())
                    || there.getPort() != base.getPort()
                    || !String.valueOf(there.getScheme()).equals(base.getScheme())) {
                throw new ProblemException(
                        Problem.Kind.INTERNAL,
                        "the repository names a place for an upload that is not its own: " + given);
            }
            return there;
        } catch (IllegalArgumentException e) {
            throw new ProblemException(Problem.Kind.INTERNAL, "the repository names no place for an upload");
        }
    }

    /** Sends one piece; null when the connection was lost. */
    private @Nullable HttpResponse<byte[]> piece(
            URI upload, Content content, long at, long length, Told told, int failures) {
        try (Source source = new Source(content.open(at), told)) {
            BodyPublisher body =
                    BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> source.limited(length)), length);
            HttpRequest.Builder request = HttpRequest.newBuilder(upload)
                    .header("Content-Type", "application/octet-stream")
                    .header("Content-Range", at + "-" + (at + length - 1))
                    .method("PATCH", body);
            try {
                return transport.exchange(request, PIECE_TIME);
            } catch (IOException e) {
                if (source.fault != null) {
                    throw source.fault;
                }
                if (!Transport.transientFault(e) || failures >= FAILURES_MAX) {
                    throw new ServerUnreachableException(transport.settings().server(), true, e);
                }
                return null;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The caller's content: its faults are told from the network's. */
    private static final class Source extends FilterInputStream {
        private final Told told;
        private volatile @Nullable IOException fault;

        Source(InputStream in, Told told) {
            super(in);
            this.told = told;
        }

        InputStream limited(long length) {
            return new InputStream() {
                private long left = length;

                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] into, int from, int count) throws IOException {
                    if (left == 0) {
                        return -1;
                    }
                    int n = Source.this.read(into, from, (int) Math.min(left, count));
                    if (n < 0) {
                        fault = new IOException("the content ends before the length that was told");
                        throw fault;
                    }
                    left -= n;
                    told.more(n);
                    return n;
                }
            };
        }

        @Override
        public int read(byte[] into, int from, int count) throws IOException {
            try {
                return super.read(into, from, count);
            } catch (IOException e) {
                fault = e;
                throw e;
            }
        }
    }

    /** How much of an upload the server has; null when it knows nothing of it. */
    private @Nullable Long offset(URI upload) {
        HttpResponse<byte[]> answer =
                repeated(() -> transport.exchange(HttpRequest.newBuilder(upload).GET(), CALL_TIME));
        if (answer.statusCode() == 404) {
            return null;
        }
        good(answer, 204);
        Matcher range = RANGE.matcher(answer.headers().firstValue("Range").orElse(""));
        if (!range.matches()) {
            return null;
        }
        long last = Long.parseLong(range.group(1));
        // The protocol says 0-0 of nothing and of one byte: begin anew rather than guess.
        return last == 0 ? null : last + 1;
    }

    private void finish(String repository, String digest, URI upload) {
        String text = upload.toString();
        URI last = URI.create(text + (text.contains("?") ? "&" : "?") + "digest=" + digest);
        HttpResponse<byte[]> answer = repeated(
                () -> transport.exchange(HttpRequest.newBuilder(last).PUT(BodyPublishers.noBody()), PIECE_TIME));
        // The answer to the first of two attempts may have been lost, and with it the upload is gone.
        if (answer.statusCode() != 404 || !hasBlob(repository, digest)) {
            good(answer, 201);
        }
    }

    /**
     * Downloads it, piece by piece. What comes is not compared with the digest: that is the caller's.
     *
     * @param from bytes that the caller has already
     * @param size of the whole, bytes
     * @throws UncheckedIOException when the sink refuses
     */
    public void download(String repository, String digest, long from, long size, Sink sink) {
        long at = from;
        while (at < size) {
            long start = at;
            long end = Math.min(size, at + DOWN_PIECE) - 1;
            HttpResponse<byte[]> answer = repeated(() -> transport.exchange(
                    request(blob(repository, digest))
                            .header("Range", "bytes=" + start + "-" + end)
                            .GET(),
                    PIECE_TIME));
            if (answer.statusCode() != 206 && !(answer.statusCode() == 200 && start == 0 && end == size - 1)) {
                throw new ProblemException(problem(answer));
            }
            if (answer.body().length != end - start + 1) {
                throw new ProblemException(Problem.Kind.INTERNAL, "the repository sent another length than asked for");
            }
            try {
                sink.write(answer.body());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            at = end + 1;
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(transport.uri(path));
    }

    private interface Exchange {
        HttpResponse<byte[]> run() throws IOException;
    }

    /** Only what does no harm when it is done twice. */
    private HttpResponse<byte[]> repeated(Exchange exchange) {
        for (int failures = 0; ; ) {
            try {
                HttpResponse<byte[]> answer = exchange.run();
                if (!Transport.away(answer.statusCode()) || ++failures > FAILURES_MAX) {
                    return answer;
                }
            } catch (IOException e) {
                if (!Transport.transientFault(e) || ++failures > FAILURES_MAX) {
                    throw new ServerUnreachableException(transport.settings().server(), false, e);
                }
            }
            pause(failures);
        }
    }

    private static void pause(int failures) {
        try {
            Thread.sleep(Transport.backoffMillis(failures));
        } catch (InterruptedException e) {
            throw Transport.interrupted(e);
        }
    }

    private static void good(HttpResponse<byte[]> answer, int status) {
        if (answer.statusCode() != status) {
            throw new ProblemException(problem(answer));
        }
    }

    /** The protocol's own errors, as a problem. */
    private static Problem problem(HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        try {
            JsonNode first = Transport.MAPPER
                    .readTree(new String(answer.body(), StandardCharsets.UTF_8))
                    .path("errors")
                    .path(0);
            String code = first.path("code").asString("");
            if (!code.isEmpty()) {
                String message = first.path("message").asString("");
                return new Problem("about:blank", "the repository says " + code, status, message, List.of());
            }
        } catch (JacksonException e) {
            return Transport.problem(status, answer.body());
        }
        return Transport.problem(status, answer.body());
    }
}
