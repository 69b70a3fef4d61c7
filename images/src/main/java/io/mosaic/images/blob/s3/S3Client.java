package io.mosaic.images.blob.s3;

import io.mosaic.images.blob.Digest;
import io.mosaic.images.blob.StoreFullException;
import io.mosaic.images.blob.StoreUnavailableException;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.kit.tls.Pem;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls of one bucket. Each is signed, with the hash of what it carries, so that what arrives is what was sent; each is bounded in time
 * and made again, a few times and with growing pauses, when the endpoint fails in a way that may pass. Thread-safe.
 *
 * <p>What fails for good is a {@link StoreUnavailableException}, or a {@link StoreFullException} where there is no room.
 */
final class S3Client implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(S3Client.class);

    private static final Duration CONNECT = Duration.ofSeconds(10);

    /** An answer that is no content: a page of a list is the longest, with 1000 names. */
    private static final int ANSWER_MAX_BYTES = 8 << 20;

    /** Pauses double up to 32 times the first. */
    private static final int DOUBLINGS_MAX = 5;

    private static final Content NOTHING = Content.of(new byte[0]);

    private final S3Settings settings;
    private final S3Signer signer;
    private final InstantSource clock;
    private final HttpClient http;
    private final String host;

    /** @throws IOException when the endpoint's CA cannot be read */
    S3Client(S3Settings settings, InstantSource clock) throws IOException {
        this.settings = settings;
        this.signer = new S3Signer(settings.credentials(), settings.region());
        this.clock = clock;
        this.host = host(settings.endpoint());
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                // The connections of another host would get our signature.
                .followRedirects(HttpClient.Redirect.NEVER);
        Path authority = settings.authority();
        this.http = (authority == null ? builder : builder.sslContext(trusting(authority))).build();
    }

    /** As the JDK's client says it: without the port where it is the usual one. */
    static String host(URI endpoint) {
        int usual = "https".equals(endpoint.getScheme()) ? 443 : 80;
        return endpoint.getHost()
                + (endpoint.getPort() < 0 || endpoint.getPort() == usual ? "" : ":" + endpoint.getPort());
    }

    private static SSLContext trusting(Path authority) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    null,
                    new TrustManager[] {
                        ClusterTrust.in(
                                Pem.certificates(Files.readString(authority)).getFirst())
                    },
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException("no certificate of a CA in " + authority, e);
        }
    }

    S3Settings settings() {
        return settings;
    }

    /**
     * What a call carries.
     *
     * @param body gives it anew for each attempt
     * @param sha256 of it, hex digits
     */
    record Content(Supplier<BodyPublisher> body, String sha256) {
        static Content of(byte[] bytes) {
            return new Content(
                    () -> BodyPublishers.ofByteArray(bytes),
                    Digest.of(Digest.Algorithm.SHA256, bytes).hex());
        }
    }

    /**
     * A call to be made.
     *
     * @param path below the bucket, without a slash before it
     * @param query encoded
     * @param headers names in small letters, to be signed
     */
    record Call(
            String method,
            String path,
            SortedMap<String, String> query,
            SortedMap<String, String> headers,
            Content content) {

        static Call of(String method, String path) {
            return new Call(method, path, S3Signer.none(), S3Signer.none(), NOTHING);
        }

        Call with(Content other) {
            return new Call(method, path, query, headers, other);
        }

        Call query(String name, String value) {
            SortedMap<String, String> more = S3Signer.none();
            more.putAll(query);
            more.put(S3Signer.encoded(name), S3Signer.encoded(value));
            return new Call(method, path, more, headers, content);
        }

        Call header(String name, String value) {
            SortedMap<String, String> more = S3Signer.none();
            more.putAll(headers);
            more.put(name, value);
            return new Call(method, path, query, more, content);
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    /** An answer that is a success, to be closed. */
    record Opened(HttpResponse<InputStream> response) implements AutoCloseable {

        @Nullable
        String header(String name) {
            return response.headers().firstValue(name).orElse(null);
        }

        InputStream body() {
            return response.body();
        }

        @Override
        public void close() throws IOException {
            response.body().close();
        }
    }

    /** Makes the call and reads what it answers. */
    String text(Call call) throws IOException {
        return retried(call, this::once);
    }

    private String once(Call call) throws IOException {
        try (Opened opened = opened(call)) {
            return limited(opened.body());
        }
    }

    /** Makes the call and reads what it answers. An error in an answer that began as a success is one. */
    S3Xml xml(Call call) throws IOException {
        return retried(call, each -> {
            S3Xml xml = S3Xml.read(once(each));
            if (xml.root().equals("Error")) {
                throw new S3Exception(each.toString(), 200, xml.text("Code"), xml.text("Message"));
            }
            return xml;
        });
    }

    /** Makes the call; null when what it names is not there. */
    @Nullable
    Opened open(Call call) throws IOException {
        try {
            return retried(call, this::opened);
        } catch (S3Exception e) {
            if (absent(e)) {
                return null;
            }
            throw e;
        }
    }

    /** The bucket itself is missed aloud. */
    private static boolean absent(S3Exception e) {
        return e.is(404) && !e.is("NoSuchBucket");
    }

    /** Makes a call that shall leave nothing there; that nothing was there is no fault. */
    void gone(Call call) throws IOException {
        try {
            text(call);
        } catch (S3Exception e) {
            if (!absent(e)) {
                throw e;
            }
        }
    }

    private interface Attempt<T> {
        T make(Call call) throws IOException;
    }

    private <T> T retried(Call call, Attempt<T> attempt) throws IOException {
        for (int made = 1; ; made++) {
            IOException fault;
            try {
                return attempt.make(call);
            } catch (S3Exception e) {
                if (e.full()) {
                    LOG.warn("{}", e.getMessage());
                    throw new StoreFullException(e);
                }
                if (!e.passing()) {
                    throw e;
                }
                fault = e;
            } catch (InterruptedIOException e) {
                if (Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                fault = e;
            } catch (IOException e) {
                fault = e;
            }
            if (made >= settings.attempts()) {
                throw new StoreUnavailableException(
                        "the object store does not answer: " + call + ": " + words(fault), fault);
            }
            LOG.debug("{} is made again", call, fault);
            pause(made);
        }
    }

    private static String words(IOException fault) {
        return fault.getMessage() == null ? fault.getClass().getSimpleName() : fault.getMessage();
    }

    /** Half of it by chance, so that many who failed together do not come again together. */
    void pause(int made) throws InterruptedIOException {
        long most = settings.pause().toNanos() << Math.min(made - 1, DOUBLINGS_MAX);
        try {
            Thread.sleep(Duration.ofNanos(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    private Opened opened(Call call) throws IOException {
        HttpResponse<InputStream> response;
        try {
            response = http.send(request(call), _ -> new S3Body(settings.patience()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        if (response.statusCode() / 100 == 2) {
            return new Opened(response);
        }
        try (InputStream body = response.body()) {
            throw refused(call, response.statusCode(), limited(body));
        }
    }

    private static S3Exception refused(Call call, int status, String body) {
        String code = "";
        String message = "";
        try {
            if (!body.isBlank()) {
                S3Xml xml = S3Xml.read(body);
                code = xml.text("Code");
                message = xml.text("Message");
            }
        } catch (IOException e) {
            // A proxy in between answers in its own words; the status says enough.
            LOG.debug("{}: {}", status, body, e);
        }
        return new S3Exception(call.toString(), status, code, message);
    }

    private HttpRequest request(Call call) {
        String path = "/" + settings.bucket() + (call.path().isEmpty() ? "" : "/" + call.path());
        SortedMap<String, String> headers = S3Signer.none();
        headers.putAll(call.headers());
        headers.put("host", host);
        signer.sign(call.method(), path, call.query(), headers, call.content().sha256(), clock.instant());
        headers.remove("host");
        String query = S3Signer.text(call.query());
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(settings.endpoint() + path + (query.isEmpty() ? "" : "?" + query)))
                .timeout(settings.patience());
        headers.forEach(request::header);
        boolean empty = call.content().equals(NOTHING)
                && List.of("GET", "HEAD", "DELETE").contains(call.method());
        return request.method(
                        call.method(),
                        empty ? BodyPublishers.noBody() : call.content().body().get())
                .build();
    }

    private static String limited(InputStream body) throws IOException {
        byte[] bytes = body.readNBytes(ANSWER_MAX_BYTES + 1);
        if (bytes.length > ANSWER_MAX_BYTES) {
            throw new IOException("the answer is longer than " + ANSWER_MAX_BYTES + " bytes");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        http.shutdownNow();
        http.close();
    }
}
