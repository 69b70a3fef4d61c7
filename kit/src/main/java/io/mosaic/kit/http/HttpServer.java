package io.mosaic.kit.http;

import io.helidon.common.socket.SocketOptions;
import io.helidon.common.tls.Tls;
import io.helidon.common.tls.TlsClientAuth;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.websocket.WsConfig;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An HTTPS server (HTTP/1.1 with keep-alive, TLS 1.2 and later) that answers from a route table, and from what is mounted
 * beside it. Thread-safe.
 */
public final class HttpServer implements AutoCloseable {

    /** How long a call that is being answered may take to end when the server stops. */
    private static final Duration DRAIN = Duration.ofSeconds(3);

    /**
     * While it stops and still takes connections: long enough that every client that is busy has been told with an answer to
     * come no more, and that whoever checks its readiness has seen it.
     */
    private static final Duration NOTICE = Duration.ofMillis(300);

    /** How long a connection that was taken just before the port closed may take to ask and be answered. */
    private static final Duration LAST_CALLS = Duration.ofSeconds(3);

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
        return start(bind, port, tls, table, List.of(), authenticator, limits, observer);
    }

    /**
     * Starts one for clients that have certificates, which the context's trust checks; who shows none gets no connection.
     *
     * @param bind address to listen on
     * @param port to listen on; 0 takes a free one
     * @throws IOException when the port cannot be had
     */
    public static HttpServer startMutual(String bind, int port, SSLContext tls, List<Mount> mounts, HttpLimits limits)
            throws IOException {
        Authenticator nobody = header -> {
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "nothing here takes tokens");
        };
        return start(
                bind, port, encrypted(tls, true), new RouteTable(List.of()), mounts, nobody, limits, outcome -> {});
    }

    /**
     * Starts it, with parts that speak protocols of their own.
     *
     * @param bind address to listen on
     * @param port to listen on; 0 takes a free one
     * @param tls absent: plain HTTP, on a loopback address only
     * @throws IOException when the port cannot be had
     * @throws IllegalArgumentException when it would be plain HTTP for other machines
     */
    public static HttpServer start(
            String bind,
            int port,
            @Nullable SSLContext tls,
            RouteTable table,
            List<Mount> mounts,
            Authenticator authenticator,
            HttpLimits limits,
            CallObserver observer)
            throws IOException {
        if (tls == null && !InetAddress.getByName(bind).isLoopbackAddress()) {
            throw new IllegalArgumentException("plain HTTP is for loopback addresses, not for " + bind);
        }
        Tls encrypted = tls == null ? null : encrypted(tls, false);
        return start(bind, port, encrypted, table, mounts, authenticator, limits, observer);
    }

    private static Tls encrypted(SSLContext context, boolean mutual) {
        return Tls.builder()
                .sslContext(context)
                .enabledProtocols(List.of("TLSv1.2", "TLSv1.3"))
                .clientAuth(mutual ? TlsClientAuth.REQUIRED : TlsClientAuth.NONE)
                .build();
    }

    private static HttpServer start(
            String bind,
            int port,
            @Nullable Tls tls,
            RouteTable table,
            List<Mount> mounts,
            Authenticator authenticator,
            HttpLimits limits,
            CallObserver observer)
            throws IOException {
        Deadlines deadlines = new Deadlines("http-deadlines");
        OpenStreams streams = new OpenStreams(limits.streams());
        Dispatcher dispatcher = new Dispatcher(table, mounts, authenticator, limits, observer, deadlines, streams);
        Http1ConnectionSelector http1 = Http1ConnectionSelector.builder()
                .config(Http1Config.builder()
                        .maxHeadersSize(limits.headerBytes())
                        .maxPrologueLength(limits.headerBytes())
                        .build())
                .addUpgrader(new SocketUpgrader(dispatcher::open))
                .build();
        FirstCallSelector patient = new FirstCallSelector(http1);
        WebServerConfig.Builder builder = WebServer.builder()
                .host(bind)
                .port(port)
                .shutdownHook(false)
                .shutdownGracePeriod(LAST_CALLS)
                .idleConnectionTimeout(IDLE_CONNECTION)
                // The library writes in pieces of 8 KiB: without this the end of a larger answer would wait until the
                // client has acknowledged its beginning, which takes some clients 40 ms.
                .connectionOptions(SocketOptions.builder().tcpNoDelay(true).build())
                // Those pieces are of its way over channels; without TLS, its other way writes as much at once as it
                // is given.
                .useNio(tls != null)
                .maxTcpConnections(limits.connections())
                .protocolsDiscoverServices(false)
                .addProtocol(WsConfig.builder().build())
                .addConnectionSelector(patient)
                .directHandlers(directHandlers())
                .addRouting(HttpRouting.builder().any((in, out) -> {
                    patient.called(in.socketId());
                    dispatcher.handle(in, out);
                }));
        if (tls != null) {
            builder.tls(tls);
        }
        WebServer server = builder.build();
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

    /**
     * Ends streams in good order and sends clients elsewhere while calls are still answered, then closes the port; a call
     * that came before that is answered, so that a proxy which tries the next server when a port is closed loses none.
     */
    @Override
    public void close() {
        try {
            long notice = System.nanoTime() + NOTICE.toNanos();
            streams.stop(DRAIN);
            long left = notice - System.nanoTime();
            if (left > 0) {
                Thread.sleep(Duration.ofNanos(left));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            server.stop();
            deadlines.close();
        }
    }
}
