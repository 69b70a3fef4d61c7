package io.mosaic.model.client;

import io.mosaic.model.Json;
import io.mosaic.model.Page;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.json.JsonMapper;

/** HTTP as the API speaks it: token, trust, repeats, problems. Thread-safe. */
final class Transport implements AutoCloseable {

    /** Answers of a newer server may have fields that this client does not know. */
    static final JsonMapper MAPPER = Json.mapper()
            .rebuild()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final long BACKOFF_FIRST_MILLIS = 50;
    private static final long BACKOFF_MAX_MILLIS = 1000;
    private static final int FOREIGN_BODY_CHARS_MAX = 200;

    private static final Pattern REVISION_TAG = Pattern.compile("\"[0-9]{1,18}\"");

    /** The most that the server answers at once. */
    private static final int PAGE_MAX = 1000;

    private final ClientSettings settings;
    private final String base;
    private final HttpClient http;

    /** The newest revision that a write of this client was answered with: any controller that is read next must know it. */
    private final AtomicLong written = new AtomicLong();

    Transport(ClientSettings settings) {
        this.settings = settings;
        String text = settings.server().toString();
        this.base = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        // HTTP/1.1: a slow watcher on a shared HTTP/2 connection would take the others' flow-control window.
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .executor(Executors.newVirtualThreadPerTaskExecutor());
        if (settings.authority() != null) {
            builder.sslContext(trusting(settings.authority()));
        }
        this.http = builder.build();
    }

    ClientSettings settings() {
        return settings;
    }

    private static SSLContext trusting(String pem) {
        try {
            Collection<? extends Certificate> certificates = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
            if (certificates.isEmpty()) {
                throw new IllegalArgumentException("the CA file holds no certificate");
            }
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int n = 0;
            for (Certificate certificate : certificates) {
                store.setCertificateEntry("ca" + n++, certificate);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException("the CA file is not PEM certificates: " + e.getMessage(), e);
        }
    }

    /** A call under construction: what is sent, and whether sending it twice does no harm. */
    record Call(
            String method,
            String path,
            byte @Nullable [] body,
            String contentType,
            @Nullable String idempotencyKey,
            @Nullable Long ifRevision) {

        static Call get(String path) {
            return new Call("GET", path, null, "", null, null);
        }

        static Call delete(String path) {
            return new Call("DELETE", path, null, "", null, null);
        }

        /** Carries a key of its own, so that it may be repeated. */
        static Call post(String path, @Nullable Object body) {
            byte[] bytes = body == null ? new byte[0] : Json.bytes(body);
            return new Call(
                    "POST", path, bytes, "application/json", UUID.randomUUID().toString(), null);
        }

        static Call patch(String path, Object merge, @Nullable Long ifRevision) {
            return new Call("PATCH", path, Json.bytes(merge), "application/merge-patch+json", null, ifRevision);
        }

        /** Under a key of its own, for calls whose route keeps keys. */
        Call keyed() {
            return withKey(UUID.randomUUID().toString());
        }

        /** Without a key, so that it is repeated only when nothing was sent. */
        Call once() {
            return new Call(method, path, body, contentType, null, ifRevision);
        }

        Call withKey(String key) {
            return new Call(method, path, body, contentType, key, ifRevision);
        }

        boolean repeatable() {
            return method.equals("GET") || idempotencyKey != null;
        }
    }

    <T> T call(Call call, Class<T> type) {
        byte[] body = send(call);
        return understood(() -> MAPPER.readValue(body, type));
    }

    /** The same of an answer that may take so long. */
    <T> T call(Call call, Class<T> type, Duration patience) {
        byte[] body = send(call, patience);
        return understood(() -> MAPPER.readValue(body, type));
    }

    <T> Page<T> page(Call call, Class<T> item) {
        byte[] body = send(call);
        JavaType type = MAPPER.getTypeFactory().constructParametricType(Page.class, item);
        return understood(() -> MAPPER.readValue(body, type));
    }

    /** All items of a list, page by page; the revision is the first page's, so a watch from it misses nothing. */
    <T> Page<T> all(String path, Class<T> item) {
        List<T> all = new ArrayList<>();
        Page<T> page = page(Call.get(path + new Query().add("limit", PAGE_MAX)), item);
        long revision = page.revision();
        all.addAll(page.items());
        while (page.next() != null) {
            page = page(Call.get(path + new Query().add("limit", PAGE_MAX).add("page", page.next())), item);
            all.addAll(page.items());
        }
        return new Page<>(all, revision, null);
    }

    /** The same, of an answer as long as the server has items: read as it comes, its bytes are never held whole. */
    <T> Page<T> wholePage(Call call, Class<T> item) {
        JavaType type = MAPPER.getTypeFactory().constructParametricType(Page.class, item);
        long deadline = System.nanoTime() + settings.retryFor().toNanos();
        for (int attempt = 0; ; attempt++) {
            try (InputStream body = open(call)) {
                return readPage(body, type);
            } catch (ProblemException e) {
                if (!away(e.problem().status()) || !pause(attempt, deadline)) {
                    throw e;
                }
            } catch (IOException e) {
                if (!transientFault(e) || !pause(attempt, deadline)) {
                    throw new ServerUnreachableException(settings.server(), false, e);
                }
            }
        }
    }

    /** @throws IOException when the body breaks off */
    private static <T> Page<T> readPage(InputStream body, JavaType type) throws IOException {
        try {
            return MAPPER.readValue(body, type);
        } catch (JacksonIOException | StreamReadException e) {
            // Half a document is bad syntax: the status was good, so the rest was lost on the way.
            throw new IOException("the answer broke off", e);
        } catch (JacksonException e) {
            throw notUnderstood(e);
        }
    }

    private static <T> T understood(Supplier<T> reading) {
        try {
            return reading.get();
        } catch (JacksonException e) {
            throw notUnderstood(e);
        }
    }

    private static ProblemException notUnderstood(JacksonException e) {
        return new ProblemException(
                Problem.Kind.INTERNAL, "the server's answer is not understood: " + e.getOriginalMessage());
    }

    /**
     * The body of a good answer.
     *
     * @throws ProblemException when the server refuses
     * @throws ServerUnreachableException when none came in time
     */
    byte[] send(Call call) {
        return send(call, settings.timeout());
    }

    private byte[] send(Call call, Duration patience) {
        long deadline = System.nanoTime() + settings.retryFor().toNanos();
        HttpRequest request = request(call, patience);
        for (int attempt = 0; ; attempt++) {
            try {
                HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
                if (response.statusCode() / 100 == 2) {
                    note(call, response);
                    return response.body();
                }
                if (!away(response.statusCode()) || !call.repeatable() || !pause(attempt, deadline)) {
                    throw new ProblemException(problem(response.statusCode(), response.body()));
                }
            } catch (IOException e) {
                boolean sent = !notSent(e);
                boolean again = !sent || (call.repeatable() && !(e instanceof java.net.http.HttpTimeoutException));
                if (!transientFault(e) || !again || !pause(attempt, deadline)) {
                    throw new ServerUnreachableException(settings.server(), sent && !call.method.equals("GET"), e);
                }
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    /** A write is answered with its revision as the entity tag. */
    private void note(Call call, HttpResponse<?> response) {
        String tag = response.headers().firstValue("ETag").orElse("");
        if (!call.method.equals("GET") && REVISION_TAG.matcher(tag).matches()) {
            long revision = Long.parseLong(tag, 1, tag.length() - 1, 10);
            written.accumulateAndGet(revision, Math::max);
        }
    }

    /** Whether a server says that it cannot answer now, or a proxy that none of its servers does. */
    static boolean away(int status) {
        return status == 502 || status == 503 || status == 504;
    }

    /** Opens an answer whose body has no end in sight; one that is {@link #away} and lost connections are the caller's to handle. */
    InputStream open(Call call) throws IOException {
        try {
            HttpResponse<InputStream> response = http.send(request(call), HttpResponse.BodyHandlers.ofInputStream());
            if (response.statusCode() / 100 == 2) {
                return response.body();
            }
            try (InputStream body = response.body()) {
                throw new ProblemException(problem(response.statusCode(), body.readNBytes(1 << 20)));
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    URI uri(String path) {
        return URI.create(base + path);
    }

    /**
     * One exchange as it comes, for protocols that are not the API's own: no repeats, any status.
     *
     * @param within for the whole of it, with both bodies
     */
    HttpResponse<byte[]> exchange(HttpRequest.Builder request, Duration within) throws IOException {
        headers(request::header);
        var pending = http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        try {
            return pending.get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            pending.cancel(true);
            throw new java.net.http.HttpTimeoutException("no answer within " + within.toSeconds() + " s");
        } catch (InterruptedException e) {
            pending.cancel(true);
            throw interrupted(e);
        }
    }

    WebSocket.Builder webSocket() {
        WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(CONNECT_TIMEOUT);
        headers((name, value) -> builder.header(name, value));
        return builder;
    }

    URI webSocketUri(String path) {
        return URI.create(base.replaceFirst("^http", "ws") + path);
    }

    private HttpRequest request(Call call) {
        return request(call, settings.timeout());
    }

    private HttpRequest request(Call call, Duration patience) {
        HttpRequest.BodyPublisher body = call.body == null
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(call.body);
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create(base + call.path))
                .timeout(patience)
                .method(call.method, body);
        headers(builder::header);
        if (call.body != null) {
            builder.header("Content-Type", call.contentType);
        }
        if (call.idempotencyKey != null) {
            builder.header("Idempotency-Key", call.idempotencyKey);
        }
        if (call.ifRevision != null) {
            builder.header("If-Match", "\"" + call.ifRevision + "\"");
        }
        long mine = written.get();
        if (call.method.equals("GET") && mine > 0) {
            builder.header("X-Mosaic-Written", Long.toString(mine));
        }
        return builder.build();
    }

    private interface HeaderSink {
        Object header(String name, String value);
    }

    private void headers(HeaderSink sink) {
        if (settings.token() != null) {
            sink.header("Authorization", "Bearer " + settings.token());
        }
        if (settings.tenant() != null) {
            sink.header("X-Mosaic-Tenant", settings.tenant());
        }
    }

    static Problem problem(int status, byte[] body) {
        String text = new String(body, StandardCharsets.UTF_8).strip();
        if (text.startsWith("{")) {
            try {
                Problem problem = MAPPER.readValue(text, Problem.class);
                if (problem.title() != null) {
                    return problem;
                }
            } catch (JacksonException e) {
                return foreign(status, text);
            }
        }
        return foreign(status, text);
    }

    /** Something between us and the server answered, such as a proxy. */
    private static Problem foreign(int status, String text) {
        String detail = text.length() > FOREIGN_BODY_CHARS_MAX ? text.substring(0, FOREIGN_BODY_CHARS_MAX) : text;
        return new Problem("about:blank", "HTTP status " + status, status, detail.isEmpty() ? null : detail, List.of());
    }

    /** Whether the fault came before anything was sent. */
    private static boolean notSent(IOException e) {
        return e instanceof ConnectException
                || e instanceof HttpConnectTimeoutException
                || e instanceof javax.net.ssl.SSLHandshakeException;
    }

    /** A certificate or a name that is wrong now is wrong in a second too. */
    static boolean transientFault(IOException e) {
        if (e instanceof javax.net.ssl.SSLException) {
            return brokenOff(e);
        }
        for (@Nullable Throwable at = e; at != null; at = at.getCause()) {
            if (at instanceof java.nio.channels.UnresolvedAddressException
                    || at instanceof java.net.UnknownHostException) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether the other side went away in the middle of TLS. One that is not to be trusted, or speaks no TLS, will be no better
     * later. The JDK tells it by words (sun.security.ssl.TransportContext, SSLEngineImpl) where it has no cause.
     */
    private static boolean brokenOff(IOException e) {
        for (@Nullable Throwable at = e; at != null; at = at.getCause()) {
            String words = String.valueOf(at.getMessage());
            if (at instanceof java.io.EOFException
                    || at instanceof java.net.SocketException
                    || words.contains("Remote host terminated the handshake")
                    || words.contains("closing inbound before receiving peer's close_notify")) {
                return true;
            }
        }
        return false;
    }

    /** Waits before the next attempt; false when there is no time for one. */
    private static boolean pause(int attempt, long deadline) {
        long millis = backoffMillis(attempt);
        if (System.nanoTime() + millis * 1_000_000 >= deadline) {
            return false;
        }
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
        return true;
    }

    /** Doubles up to a second, with jitter so that many callers do not come back at once. */
    static long backoffMillis(int attempt) {
        long ceiling = Math.min(BACKOFF_MAX_MILLIS, BACKOFF_FIRST_MILLIS << Math.min(attempt, 10));
        return ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1);
    }

    static RuntimeException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new java.util.concurrent.CancellationException("interrupted");
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
