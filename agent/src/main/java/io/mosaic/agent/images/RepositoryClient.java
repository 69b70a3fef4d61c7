package io.mosaic.agent.images;

import io.mosaic.agent.share.RateLimit;
import io.mosaic.model.Json;
import io.mosaic.model.link.LinkMethods;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.function.LongConsumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** The image repository, over the distribution protocol. Follows no redirect: a grant is for nobody else. Thread-safe. */
public final class RepositoryClient implements BlobSource, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RepositoryClient.class);

    private static final Duration CONNECT = Duration.ofSeconds(5);

    /** Up to the head of the answer. A mirror may have to ask its upstream first. */
    private static final Duration ANSWER = Duration.ofSeconds(30);

    /** Between two pieces of a body. */
    private static final Duration STALL = Duration.ofSeconds(20);

    /** Without a byte more than the last try brought. */
    private static final int VAIN_TRIES_MAX = 4;

    private static final Duration RETRY = Duration.ofMillis(500);

    /** As the repository takes them. */
    private static final int MANIFEST_BYTES_MAX = 4 * 1024 * 1024;

    /** Of one blob, all of it. */
    private static final Duration UPLOAD = Duration.ofMinutes(10);

    /** Of a refusal that is told on. */
    private static final int WORDS_MAX = 300;

    /** Header by which the repository says what kind of problem it is, where the protocol has one word for several. */
    private static final String PROBLEM = "Mosaic-Problem";

    private static final int BUFFER_BYTES = 256 * 1024;

    private final Trust trust;
    private final RateLimit rate;
    private @Nullable HttpClient http;

    /** Knows the cluster's CA, once the host has joined. */
    public interface Trust {
        X509ExtendedTrustManager trust() throws GeneralSecurityException;
    }

    /** Connects with the first call; takes as much at once as comes. */
    public RepositoryClient(Trust trust) {
        this(trust, RateLimit.NONE);
    }

    /**
     * Connects with the first call.
     *
     * @param rate of all that is fetched; what is pushed does not count
     */
    public RepositoryClient(Trust trust, RateLimit rate) {
        this.trust = trust;
        this.rate = rate;
    }

    /** Of all that this host fetches from the repository, by whatever way. */
    RateLimit rate() {
        return rate;
    }

    /** To be used with a grant only. */
    synchronized HttpClient http() throws IOException {
        HttpClient made = http;
        if (made == null) {
            try {
                SSLContext tls = SSLContext.getInstance("TLS");
                tls.init(null, new TrustManager[] {trust.trust()}, null);
                made = HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(CONNECT)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .sslContext(tls)
                        .executor(Executors.newVirtualThreadPerTaskExecutor())
                        .build();
            } catch (GeneralSecurityException e) {
                throw new IOException("the cluster's CA cannot be used: " + e.getMessage(), e);
            }
            http = made;
        }
        return made;
    }

    /**
     * A manifest as it came.
     *
     * @param digest of its bytes
     */
    record Read(String mediaType, byte[] body, String digest) {}

    /** The manifest, or null when the repository has none or does not let it be seen. */
    @Nullable
    Read manifest(String repository, String reference, GrantHolder right)
            throws IOException, ImageException, InterruptedException {
        LinkMethods.GrantAnswer grant = right.current();
        HttpRequest request = request(grant, repository, "/manifests/" + reference)
                .header("Accept", ImageManifest.ACCEPTED)
                .timeout(ANSWER)
                .build();
        HttpResponse<InputStream> response = send(grant, request);
        try (InputStream body = response.body();
                Stall stall = new Stall(body)) {
            int status = response.statusCode();
            // 400: it can have no image of that name.
            if (status == 404 || status == 403 || status == 400) {
                return null;
            }
            if (status != 200) {
                throw new IOException(refusal(grant, status));
            }
            byte[] bytes = body.readNBytes(MANIFEST_BYTES_MAX + 1);
            stall.moved();
            rate.take(bytes.length);
            if (bytes.length > MANIFEST_BYTES_MAX) {
                throw new IOException("the manifest is longer than " + MANIFEST_BYTES_MAX + " bytes");
            }
            String digest = "sha256:" + HexFormat.of().formatHex(sha256().digest(bytes));
            if (reference.indexOf(':') >= 0 && !reference.equals(digest)) {
                throw new WrongContentException("the manifest " + reference + " has other content than its name says");
            }
            String type = response.headers().firstValue("Content-Type").orElse("");
            return new Read(type.split(";", 2)[0].strip(), bytes, digest);
        }
    }

    @Override
    public void fetch(String repository, Blob blob, Path file, GrantHolder right, LongConsumer moved)
            throws IOException, ImageException, InterruptedException {
        MessageDigest hash = sha256();
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            resume(out, blob, hash, moved);
            int vain = 0;
            while (out.position() < blob.size()) {
                long before = out.position();
                try {
                    part(repository, blob, out, hash, right, moved);
                } catch (WrongContentException e) {
                    Files.deleteIfExists(file);
                    throw e;
                } catch (TransferException e) {
                    vain = out.position() > before ? 0 : vain + 1;
                    if (vain >= VAIN_TRIES_MAX) {
                        throw e;
                    }
                    LOG.debug("blob {} broke off at {} bytes", blob.digest(), out.position(), e);
                    Thread.sleep(RETRY.multipliedBy(vain + 1L));
                }
            }
        }
        String is = "sha256:" + HexFormat.of().formatHex(hash.digest());
        if (!is.equals(blob.digest())) {
            Files.deleteIfExists(file);
            throw new WrongContentException("what came as " + blob.digest() + " is " + is);
        }
    }

    /** What an earlier try left is read again: nobody else knows whether it is right. */
    private static void resume(FileChannel out, Blob blob, MessageDigest hash, LongConsumer moved) throws IOException {
        if (out.size() > blob.size()) {
            out.truncate(0);
        }
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        while (out.read(buffer) >= 0) {
            hash.update(buffer.flip());
            buffer.clear();
        }
        moved.accept(out.position());
    }

    /** The connection, and nothing on this machine, is at fault. */
    private static final class TransferException extends IOException {
        private static final long serialVersionUID = 1L;

        TransferException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    private void part(
            String repository, Blob blob, FileChannel out, MessageDigest hash, GrantHolder right, LongConsumer moved)
            throws IOException, ImageException, InterruptedException {
        LinkMethods.GrantAnswer grant = right.current();
        long from = out.position();
        HttpRequest.Builder builder =
                request(grant, repository, "/blobs/" + blob.digest()).timeout(ANSWER);
        if (from > 0) {
            builder.header("Range", "bytes=" + from + "-");
        }
        HttpResponse<InputStream> response;
        try {
            response = send(grant, builder.build());
        } catch (IOException e) {
            throw new TransferException(String.valueOf(e.getMessage()), e);
        }
        try (InputStream body = response.body();
                Stall stall = new Stall(body)) {
            if (response.statusCode() == 404) {
                throw new IOException("the repository does not have " + blob.digest());
            }
            if (response.statusCode() != (from > 0 ? 206 : 200)) {
                throw new TransferException(refusal(grant, response.statusCode()), null);
            }
            byte[] buffer = new byte[rate.portion(BUFFER_BYTES)];
            for (int count = read(body, buffer); count >= 0; count = read(body, buffer)) {
                rate.take(count);
                stall.moved();
                if (out.position() + count > blob.size()) {
                    throw new WrongContentException(
                            blob.digest() + " is longer than the " + blob.size() + " bytes that it should have");
                }
                hash.update(buffer, 0, count);
                ByteBuffer piece = ByteBuffer.wrap(buffer, 0, count);
                while (piece.hasRemaining()) {
                    out.write(piece);
                }
                moved.accept(out.position());
            }
        }
        if (out.position() < blob.size()) {
            throw new TransferException("it ended after " + out.position() + " of " + blob.size() + " bytes", null);
        }
    }

    private static int read(InputStream body, byte[] buffer) throws TransferException {
        try {
            return body.read(buffer);
        } catch (IOException e) {
            throw new TransferException("the transfer broke off: " + e.getMessage(), e);
        }
    }

    private static HttpRequest.Builder request(LinkMethods.GrantAnswer grant, String repository, String rest)
            throws IOException {
        if (grant.url() == null || grant.token() == null) {
            throw new IOException("the cluster has no image repository any more");
        }
        return HttpRequest.newBuilder(URI.create(grant.url() + "/v2/" + repository + rest))
                .header("Authorization", "Bearer " + grant.token());
    }

    private HttpResponse<InputStream> send(LinkMethods.GrantAnswer grant, HttpRequest request)
            throws IOException, InterruptedException {
        try {
            return http().send(request, HttpResponse.BodyHandlers.ofInputStream());
        } catch (ConnectException e) {
            throw new IOException("cannot connect to " + grant.url(), e);
        }
    }

    /** Bytes of a blob that the repository has, empty when it does not. */
    OptionalLong size(PushTarget target, String digest) throws IOException, InterruptedException {
        return size(target, target.repository(), digest);
    }

    private OptionalLong size(PushTarget target, String repository, String digest)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(target.url() + "/v2/" + repository + "/blobs/" + digest))
                .header("Authorization", "Bearer " + target.token())
                .timeout(ANSWER)
                .method("HEAD", HttpRequest.BodyPublishers.noBody())
                .build();
        HttpResponse<Void> response = exchange(target, request, HttpResponse.BodyHandlers.discarding());
        return switch (response.statusCode()) {
            case 200 -> response.headers().firstValueAsLong("Content-Length");
            case 404 -> OptionalLong.empty();
            default -> throw new RefusedException(problem(response), answered(response.statusCode()));
        };
    }

    /**
     * Puts a blob that is in that file; says whether it had to be sent, as no repository of {@code from} holds it.
     *
     * @param moved hears of the bytes as they go
     */
    boolean put(PushTarget target, Blob blob, Path file, LongConsumer moved) throws IOException, InterruptedException {
        HttpResponse<String> begun = exchange(
                target,
                request(target, "/blobs/uploads/?mount=" + blob.digest() + "&from=" + holder(target, blob))
                        .timeout(ANSWER)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (begun.statusCode() == 201) {
            return false;
        }
        String location = begun.headers().firstValue("Location").orElse(null);
        if (begun.statusCode() != 202 || location == null) {
            throw refused(begun);
        }
        URI at = URI.create(target.url() + "/").resolve(location);
        if (!at.toString().startsWith(target.url() + "/")) {
            throw new IOException("the image repository sends uploads elsewhere");
        }
        URI put = URI.create(at + (at.getRawQuery() == null ? "?" : "&") + "digest=" + blob.digest());
        HttpRequest.BodyPublisher content = HttpRequest.BodyPublishers.fromPublisher(
                HttpRequest.BodyPublishers.ofInputStream(() -> new ToldInput(file, moved)), blob.size());
        HttpResponse<String> done = exchange(
                target,
                HttpRequest.newBuilder(put)
                        .header("Authorization", "Bearer " + target.token())
                        .header("Content-Type", "application/octet-stream")
                        .timeout(UPLOAD)
                        .PUT(blob.size() == 0 ? HttpRequest.BodyPublishers.noBody() : content)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (done.statusCode() != 201) {
            throw refused(done);
        }
        return true;
    }

    /** Which repository is asked to give the blob. */
    private String holder(PushTarget target, Blob blob) throws IOException, InterruptedException {
        for (String each : target.from().size() > 1 ? target.from() : List.<String>of()) {
            try {
                if (size(target, each, blob.digest()).isPresent()) {
                    return each;
                }
            } catch (RefusedException e) {
                // No more to be had there than where there is nothing.
                LOG.debug("nothing is taken over from {}", each, e);
            }
        }
        return target.from().isEmpty() ? target.repository() : target.from().getFirst();
    }

    /** Puts a manifest under the tag. */
    void putManifest(PushTarget target, String type, byte[] body) throws IOException, InterruptedException {
        HttpResponse<String> done = exchange(
                target,
                request(target, "/manifests/" + target.tag())
                        .header("Content-Type", type)
                        .timeout(ANSWER)
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (done.statusCode() != 201) {
            throw refused(done);
        }
    }

    private static HttpRequest.Builder request(PushTarget target, String rest) {
        return HttpRequest.newBuilder(URI.create(target.url() + "/v2/" + target.repository() + rest))
                .header("Authorization", "Bearer " + target.token());
    }

    /** Says what is the matter where the JDK's client says next to nothing. */
    private <T> HttpResponse<T> exchange(PushTarget target, HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        try {
            return http().send(request, handler);
        } catch (ConnectException e) {
            throw new IOException("cannot connect to the image repository " + target.url(), e);
        } catch (IOException e) {
            throw new IOException(
                    "the connection to the image repository " + target.url() + " broke off: " + e.getMessage(), e);
        }
    }

    private static RefusedException refused(HttpResponse<String> response) {
        String problem = problem(response);
        String words = words(response.body());
        return new RefusedException(
                problem, problem.isEmpty() ? answered(response.statusCode()) + ": " + words : words);
    }

    private static String problem(HttpResponse<?> response) {
        return response.headers().firstValue(PROBLEM).orElse("");
    }

    private static String answered(int status) {
        return "the image repository answers with status " + status;
    }

    /** The message of a refusal in the protocol's shape, else the beginning of what came. */
    private static String words(String body) {
        String said = body;
        try {
            said = Json.mapper()
                    .readTree(body)
                    .path("errors")
                    .path(0)
                    .path("message")
                    .asString(body);
        } catch (JacksonException e) {
            LOG.debug("a refusal is not in the protocol's shape", e);
        }
        return said.substring(0, Math.min(WORDS_MAX, said.length())).strip();
    }

    private static String refusal(LinkMethods.GrantAnswer grant, int status) {
        return grant.url() + " answers with status " + status;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** A file whose bytes are told of as they are read. */
    private static final class ToldInput extends FilterInputStream {
        private final LongConsumer moved;

        ToldInput(Path file, LongConsumer moved) {
            super(opened(file));
            this.moved = moved;
        }

        private static InputStream opened(Path file) {
            try {
                return Files.newInputStream(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public int read() throws IOException {
            int one = super.read();
            if (one >= 0) {
                moved.accept(1);
            }
            return one;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int count = super.read(into, offset, length);
            if (count > 0) {
                moved.accept(count);
            }
            return count;
        }
    }

    /** Closes a body from which nothing comes any more, which ends its reader with an exception. */
    private static final class Stall implements AutoCloseable {
        private final Thread watch;
        private volatile long last = System.nanoTime();

        Stall(InputStream body) {
            watch = Thread.ofVirtual().name("stall-watch").start(() -> {
                try {
                    while (System.nanoTime() - last < STALL.toNanos()) {
                        Thread.sleep(Duration.ofSeconds(1));
                    }
                    body.close();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (IOException e) {
                    LOG.debug("a body that stalled did not close", e);
                }
            });
        }

        void moved() {
            last = System.nanoTime();
        }

        @Override
        public void close() {
            watch.interrupt();
        }
    }

    @Override
    public synchronized void close() {
        if (http != null) {
            http.shutdownNow();
        }
    }
}
