package io.mosaic.kit.http;

import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.websocket.WsConfig;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;

/** An HTTPS server (HTTP/1.1 with keep-alive, TLS 1.2 and later) that answers from a route table. Thread-safe. */
public final class HttpServer implements AutoCloseable {

    /** How long a call that is being answered may take to end when the server stops. */
    private static final Duration DRAIN = Duration.ofSeconds(3);

    private static final Duration IDLE_CONNECTION = Duration.ofMinutes(5);

    private final WebServer server;
    private final Dispatcher dispatcher;
    private final OpenStreams streams;
    private final Deadlines deadlines;
    private final int port;

    private HttpServer(WebServer server, Dispatcher dispatcher, OpenStreams streams, Deadlines deadlines) {
        this.server = server;
        this.dispatcher = dispatcher;
        this.streams = streams;
        this.deadlines = deadlines;
        this.port = server.port();
    }

    /**
     * Starts it.
     *
     * @param bind address to listen on
     * @param port to listen on; 0 takes a free one
     * @throws IOException when the port cannot be had
     */
    public static HttpServer start(
            String bind,
            int port,
            SSLContext tls,
            RouteTable table,
            Authenticator authenticator,
            HttpLimits limits,
            CallObserver observer)
            throws IOException {
        Deadlines deadlines = new Deadlines("http-deadlines");
        OpenStreams streams = new OpenStreams(limits.streams());
        Dispatcher dispatcher = new Dispatcher(table, authenticator, limits, observer, deadlines, streams);
        Http1ConnectionSelector http1 = Http1ConnectionSelector.builder()
                .config(Http1Config.builder()
                        .maxHeadersSize(limits.headerBytes())
                        .maxPrologueLength(limits.headerBytes())
                        .build())
                .addUpgrader(new SocketUpgrader(dispatcher::open))
                .build();
        WebServer server = WebServer.builder()
                .host(bind)
                .port(port)
                .shutdownHook(false)
                .shutdownGracePeriod(Duration.ofMillis(500))
                .idleConnectionTimeout(IDLE_CONNECTION)
                .protocolsDiscoverServices(false)
                .addProtocol(WsConfig.builder().build())
                .addConnectionSelector(http1)
                .directHandlers(directHandlers())
                .tls(Tls.builder()
                        .sslContext(tls)
                        .enabledProtocols(List.of("TLSv1.2", "TLSv1.3"))
                        .build())
                .addRouting(HttpRouting.builder().any(dispatcher::handle))
                .build();
        try {
            server.start();
        } catch (UncheckedIOException e) {
            deadlines.close();
            throw e.getCause();
        } catch (RuntimeException e) {
            deadlines.close();
            throw new IOException(rootMessage(e), e);
        }
        return new HttpServer(server, dispatcher, streams, deadlines);
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /** What is wrong before a route can be found (not HTTP, a head too long) is a problem document as well. */
    private static DirectHandlers directHandlers() {
        DirectHandlers.Builder builder = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            builder.addHandler(type, (request, event, status, headers, message) -> direct(status, headers));
        }
        return builder.build();
    }

    private static DirectHandler.TransportResponse direct(Status status, ServerResponseHeaders headers) {
        int code = status.code();
        Problem problem = code >= 500
                ? Problem.Kind.INTERNAL.with("the request could not be handled")
                : new Problem(
                        Problem.Kind.MALFORMED.type(),
                        status.reasonPhrase(),
                        code,
                        "the request is refused",
                        List.of());
        headers.set(HeaderNames.CONTENT_TYPE, "application/problem+json");
        return DirectHandler.TransportResponse.builder()
                .status(status)
                .headers(headers)
                .keepAlive(false)
                .entity(Json.bytes(problem))
                .build();
    }

    /** The port that it listens on. */
    public int port() {
        return port;
    }

    /** Calls being answered now, streams not counted. */
    public int inFlight() {
        return dispatcher.inFlight();
    }

    /** Streams and sockets open now. */
    public int openStreams() {
        return streams.count();
    }

    /** Refuses new calls, lets those under way end, ends streams in good order, then closes the port. */
    @Override
    public void close() {
        try {
            streams.stop(DRAIN);
            long deadline = System.nanoTime() + DRAIN.toNanos();
            while (dispatcher.inFlight() > 0 && deadline - System.nanoTime() > 0) {
                Thread.sleep(10);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            server.stop();
            deadlines.close();
        }
    }
}
