package io.mosaic.images.mirror;

import io.mosaic.images.mirror.UpstreamException.Kind;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * HTTP to a mirrored registry and where it sends us, with a deadline on each call. Where a call is sent on to another server it
 * goes without what proves us to the first. Thread-safe.
 */
final class UpstreamHttp implements AutoCloseable {

    private static final int REDIRECTS_MAX = 5;

    /** A connection that the other side had just closed is no reason to give up. */
    private static final int ATTEMPTS = 2;

    private final MirrorSettings settings;
    private final Destinations destinations;
    private final HttpClient client;

    UpstreamHttp(MirrorSettings settings) {
        this.settings = settings;
        this.destinations = new Destinations(settings.upstream());
        HttpClient.Builder builder = HttpClient.newBuilder()
                // A slow blob on a shared HTTP/2 connection would take the others' flow-control window.
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(settings.patience().connect())
                .followRedirects(HttpClient.Redirect.NEVER)
                .executor(Executors.newVirtualThreadPerTaskExecutor());
        if (settings.trust() != null) {
            builder.sslContext(settings.trust());
        }
        this.client = builder.build();
    }

    /** A place that the registry names, if we go there. */
    URI destination(URI from, @Nullable String location) throws UpstreamException {
        try {
            return destinations.checked(from, location);
        } catch (IOException e) {
            throw new UpstreamException(Kind.WRONG, settings.prefix() + ": " + reason(e), 0, e);
        }
    }

    /** A body of at most so many bytes for an answer of 200 or 206; none for others. */
    static BodyHandler<byte[]> small(int most) {
        BodyHandler<byte[]> whole = BodyHandlers.limiting(BodyHandlers.ofByteArray(), most);
        return info -> good(info.statusCode()) ? whole.apply(info) : BodySubscribers.replacing(new byte[0]);
    }

    /** The same for a body of any length, as it comes. */
    static BodyHandler<InputStream> streamed() {
        BodyHandler<InputStream> stream = BodyHandlers.ofInputStream();
        return info ->
                good(info.statusCode()) ? stream.apply(info) : BodySubscribers.replacing(InputStream.nullInputStream());
    }

    private static boolean good(int status) {
        return status == 200 || status == 206;
    }

    /** Sends a call, and on to where it is sent on, some times at most. */
    <T> HttpResponse<T> send(
            String method, URI uri, Map<String, String> headers, @Nullable String authorization, BodyHandler<T> handler)
            throws UpstreamException, InterruptedException {
        URI at = uri;
        String shown = authorization;
        for (int hop = 0; hop <= REDIRECTS_MAX; hop++) {
            HttpResponse<T> response = once(method, at, headers, shown, handler);
            if (!redirect(response.statusCode())) {
                return response;
            }
            URI next = destination(at, response.headers().firstValue("Location").orElse(null));
            if (!Destinations.sameServer(at, next)) {
                shown = null;
            }
            at = next;
        }
        throw new UpstreamException(Kind.WRONG, settings.prefix() + " sends us on and on");
    }

    private static boolean redirect(int status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    }

    /** Sends a call; an answer that would send it on is the answer. */
    <T> HttpResponse<T> once(
            String method, URI uri, Map<String, String> headers, @Nullable String authorization, BodyHandler<T> handler)
            throws UpstreamException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).method(method, HttpRequest.BodyPublishers.noBody());
        headers.forEach(request::header);
        request.header("User-Agent", "mosaic-images");
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        for (int attempt = 1; ; attempt++) {
            CompletableFuture<HttpResponse<T>> sent = client.sendAsync(request.build(), handler);
            try {
                return sent.get(settings.patience().answer().toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                throw new UpstreamException(
                        Kind.DOWN, settings.prefix() + ": " + uri.getHost() + " did not answer in time", 0, e);
            } catch (ExecutionException e) {
                if (attempt == ATTEMPTS || !(e.getCause() instanceof IOException)) {
                    throw new UpstreamException(
                            Kind.DOWN, settings.prefix() + ": " + uri.getHost() + ": " + reason(e), 0, e);
                }
            } finally {
                // Ends the exchange when it is still under way.
                sent.cancel(true);
            }
        }
    }

    private static String reason(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    /** The body as it is meant: some servers compress what nobody asked them to. */
    byte[] plain(HttpResponse<byte[]> response, int most) throws UpstreamException {
        if (!response.headers().firstValue("Content-Encoding").orElse("").equalsIgnoreCase("gzip")) {
            return response.body();
        }
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(response.body()))) {
            byte[] plain = in.readNBytes(most + 1);
            if (plain.length > most) {
                throw new UpstreamException(Kind.WRONG, settings.prefix() + " answered more than it may");
            }
            return plain;
        } catch (IOException e) {
            throw new UpstreamException(Kind.WRONG, settings.prefix() + " answered what is not gzip", 0, e);
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
