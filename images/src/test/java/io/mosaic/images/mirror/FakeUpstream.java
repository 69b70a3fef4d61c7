package io.mosaic.images.mirror;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.mosaic.images.RegistryClient;
import io.mosaic.kit.tls.Credentials;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;

/**
 * A registry that is pulled from, and can be made slow, broken or a liar. Its token service and its storage are the same server under
 * other paths, or, for the storage, another server.
 */
final class FakeUpstream implements AutoCloseable {

    /** How blobs come. */
    enum Blobs {
        RIGHT,
        /** The right length, and one byte is another. */
        WRONG,
        /** Half of it, and then the connection ends. */
        TRUNCATED,
        /** Half of it, once; what is asked for from there on comes whole. */
        BROKEN_OFF,
        /** More and more, of no announced length. */
        ENDLESS,
        /** Half of it, and then nothing more. */
        STALLED,
        /** Half of it, and the rest when {@link #release} is counted down. */
        HELD
    }

    /** One call that came. */
    record Call(String method, String path, String authorization) {}

    private final HttpServer server;
    private final String scheme;
    private final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
    private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
    final List<Call> calls = new CopyOnWriteArrayList<>();
    final CountDownLatch release = new CountDownLatch(1);
    volatile Blobs mode = Blobs.RIGHT;
    private volatile int holdFrom;
    /** A status for all calls; 0: they are answered. */
    volatile int status;
    /** The digest that is said of manifests; empty: the right one. */
    volatile String saidDigest = "";
    /** Where blobs are; empty: here. */
    volatile String storage = "";
    /** What the token service wants; empty: nobody is asked for a token. */
    volatile String basic = "";

    FakeUpstream() throws IOException {
        this(HttpServer.create(at(), 64), "http");
    }

    /** One that shows that certificate. */
    FakeUpstream(Credentials credentials) throws IOException, GeneralSecurityException {
        this(encrypted(credentials), "https");
    }

    private static InetSocketAddress at() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static HttpServer encrypted(Credentials credentials) throws IOException, GeneralSecurityException {
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(credentials.keyManagers(), null, null);
        HttpsServer server = HttpsServer.create(at(), 64);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        return server;
    }

    private FakeUpstream(HttpServer server, String scheme) {
        this.server = server;
        this.scheme = scheme;
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return scheme + "://127.0.0.1:" + server.getAddress().getPort();
    }

    /** An image of one configuration and one layer; says its manifest. */
    byte[] image(String name, String tag, int bytes, long seed) {
        byte[] config = RegistryClient.content(200, seed + 1);
        byte[] layer = RegistryClient.content(bytes, seed);
        byte[] manifest = RegistryClient.manifest("", config, layer);
        blob(config);
        blob(layer);
        manifest(name, tag, manifest);
        return manifest;
    }

    void blob(byte[] content) {
        blobs.put(RegistryClient.digest(content), content);
    }

    void manifest(String name, String tag, byte[] body) {
        manifests.put(name + ":" + tag, body);
        manifests.put(name + ":" + RegistryClient.digest(body), body);
    }

    void forget(String name, String tag) {
        manifests.remove(name + ":" + tag);
    }

    long count(String method, String part) {
        return calls.stream()
                .filter(call -> call.method.equals(method) && call.path.contains(part))
                .count();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString();
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            calls.add(new Call(exchange.getRequestMethod(), path, shown == null ? "" : shown));
            answer(exchange, exchange.getRequestURI().getPath(), shown);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(HttpExchange exchange, String path, String shown) throws IOException, InterruptedException {
        if (status != 0) {
            exchange.getResponseHeaders().set("Retry-After", "7");
            send(exchange, status, "text/html", "<p>no".getBytes(StandardCharsets.UTF_8));
        } else if (path.equals("/token")) {
            token(exchange, shown);
        } else if (path.startsWith("/storage/")) {
            content(exchange, blobs.get(path.substring("/storage/".length())));
        } else if (!basic.isEmpty() && !"Bearer the-token".equals(shown)) {
            exchange.getResponseHeaders()
                    .set("WWW-Authenticate", "Bearer realm=\"" + url() + "/token\",service=\"fake\"");
            send(exchange, 401, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
        } else if (path.contains("/manifests/")) {
            int at = path.indexOf("/manifests/");
            String name = path.substring("/v2/".length(), at);
            byte[] body = manifests.get(name + ":" + path.substring(at + "/manifests/".length()));
            if (body != null) {
                exchange.getResponseHeaders()
                        .set("Docker-Content-Digest", saidDigest.isEmpty() ? RegistryClient.digest(body) : saidDigest);
            }
            send(exchange, body == null ? 404 : 200, RegistryClient.OCI, body == null ? new byte[0] : body);
        } else if (path.endsWith("/tags/list")) {
            String name = path.substring("/v2/".length(), path.length() - "/tags/list".length());
            List<String> tags = manifests.keySet().stream()
                    .filter(key -> key.startsWith(name + ":") && !key.contains("sha256"))
                    .map(key -> key.substring(name.length() + 1))
                    .sorted()
                    .toList();
            gzip(exchange, "{\"name\":\"" + name + "\",\"tags\":[\"" + String.join("\",\"", tags) + "\"]}");
        } else {
            blob(exchange, path.substring(path.lastIndexOf('/') + 1));
        }
    }

    private void token(HttpExchange exchange, String shown) throws IOException {
        if (!basic.equals(shown)) {
            send(exchange, 401, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
            return;
        }
        gzip(exchange, "{\"token\":\"the-token\",\"expires_in\":300}");
    }

    /** As a server does that compresses whether one asks for it or not. */
    private static void gzip(HttpExchange exchange, String json) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(json.getBytes(StandardCharsets.UTF_8));
        }
        exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        send(exchange, 200, "application/json", packed.toByteArray());
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    /** Blobs come right, and from that one on, counted from the last time that {@link #calls} were cleared, half. */
    void holdFrom(int blob) {
        holdFrom = blob;
    }

    private void blob(HttpExchange exchange, String digest) throws IOException, InterruptedException {
        byte[] content = blobs.get(digest);
        if (holdFrom > 0 && count("GET", "/blobs/") >= holdFrom) {
            mode = Blobs.STALLED;
        }
        if (!storage.isEmpty()) {
            exchange.getResponseHeaders().set("Location", storage + "/storage/" + digest);
            exchange.sendResponseHeaders(307, -1);
        } else {
            content(exchange, content);
        }
    }

    private void content(HttpExchange exchange, byte[] content) throws IOException, InterruptedException {
        if (content == null) {
            send(exchange, 404, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
            return;
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            send(exchange, 200, "application/octet-stream", content);
            return;
        }
        String range = exchange.getRequestHeaders().getFirst("Range");
        int from = range == null ? 0 : Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        byte[] part = Arrays.copyOfRange(content, from, content.length);
        if (mode == Blobs.WRONG) {
            part[part.length / 2] ^= 1;
        }
        if (mode == Blobs.ENDLESS) {
            exchange.sendResponseHeaders(200, 0);
            while (true) {
                exchange.getResponseBody().write(content);
            }
        }
        if (from > 0) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
        }
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, part.length);
        OutputStream out = exchange.getResponseBody();
        int half = part.length / 2;
        out.write(part, 0, half);
        out.flush();
        switch (mode) {
            case TRUNCATED -> {
                return;
            }
            case BROKEN_OFF -> {
                mode = Blobs.RIGHT;
                return;
            }
            case STALLED -> {
                released();
                return;
            }
            case HELD -> released();
            default -> {}
        }
        out.write(part, half, part.length - half);
    }

    private void released() throws InterruptedException, IOException {
        if (!release.await(60, TimeUnit.SECONDS)) {
            throw new IOException("nobody released it");
        }
    }

    @Override
    public void close() {
        release.countDown();
        server.stop(0);
    }
}
