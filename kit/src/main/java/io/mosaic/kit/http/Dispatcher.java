package io.mosaic.kit.http;

import io.helidon.common.uri.UriQuery;
import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ServerConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes every call through the same steps: route, limits, caller, parameters, body, handler, answer. Thread-safe. */
final class Dispatcher {

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    /** Of a parameter in a path, as logs have it: an image's repository has up to 200. */
    private static final int VALUE_CHARS = 200;

    private final RouteTable table;
    private final List<Mount> mounts;
    private final Authenticator authenticator;
    private final HttpLimits limits;
    private final CallObserver observer;
    private final Deadlines deadlines;
    private final OpenStreams streams;
    private final RequestReader reader;
    private final ReplyWriter writer;
    private final Semaphore permits;

    Dispatcher(
            RouteTable table,
            List<Mount> mounts,
            Authenticator authenticator,
            HttpLimits limits,
            CallObserver observer,
            Deadlines deadlines,
            OpenStreams streams) {
        this.table = table;
        this.mounts = List.copyOf(mounts);
        this.authenticator = authenticator;
        this.limits = limits;
        this.observer = observer;
        this.deadlines = deadlines;
        this.streams = streams;
        this.reader = new RequestReader(limits, deadlines);
        this.writer = new ReplyWriter(limits, deadlines, streams);
        this.permits = new Semaphore(limits.requests());
    }

    /** Calls being answered now, streams not counted. */
    int inFlight() {
        return limits.requests() - permits.availablePermits();
    }

    void handle(ServerRequest in, ServerResponse out) {
        String id = requestId();
        out.header("X-Request-Id", id);
        out.header("X-Content-Type-Options", "nosniff");
        String word = in.prologue().method().text();
        for (Mount mount : mounts) {
            if (mount.holds(in.prologue().uriPath().rawPath())) {
                handle(mount, id, in, out);
                return;
            }
        }
        RouteTable.Match match = table.find(in.prologue().uriPath().rawPath());
        if (match == null) {
            writer.send(in, out, ReplyWriter.refusal(Problem.Kind.NOT_FOUND.with("no such path")), false);
            return;
        }
        if (word.equals("OPTIONS")) {
            writer.send(in, out, Reply.bytes(204, "", new byte[0]).with("Allow", match.allowed()), false);
            return;
        }
        boolean head = word.equals("HEAD");
        Route route = route(match, head ? "GET" : word);
        if (route == null) {
            Problem problem = Problem.Kind.METHOD_NOT_ALLOWED.with("this path takes " + match.allowed());
            writer.send(in, out, ReplyWriter.refusal(problem).with("Allow", match.allowed()), head);
            return;
        }
        new Exchange(route, match.values(), id, in, out, head).run();
    }

    private void handle(Mount mount, String id, ServerRequest in, ServerResponse out) {
        boolean head = in.prologue().method().text().equals("HEAD");
        try {
            streams.acquire();
        } catch (ProblemException e) {
            writer.send(in, out, mount.refusal(e.problem()), head);
            return;
        }
        try {
            StreamedRequest request = new StreamedRequest(in, id, deadlines, limits.readTimeout());
            Reply reply = answer(mount, request);
            switch (reply) {
                case Reply.Whole whole -> writer.send(in, out, whole, head, request::wire);
                case Reply.Stream stream -> stream(stream, mount.prefix(), id, out, head);
            }
        } finally {
            streams.release();
        }
    }

    private static Reply answer(Mount mount, StreamedRequest request) {
        try {
            return mount.handle(request);
        } catch (ProblemException e) {
            return mount.refusal(e.problem());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return mount.refusal(Problem.Kind.UNAVAILABLE.with("the server is stopping"));
        } catch (CloseConnectionException e) {
            throw e;
        } catch (Exception e) {
            LOG.error("request {} below {} failed", request.id(), mount.prefix(), e);
            return mount.refusal(
                    Problem.Kind.INTERNAL.with("the server's log has it under request id " + request.id()));
        }
    }

    /** Writes a streamed body to its end; ends the connection when that cannot be. */
    private void stream(Reply.Stream reply, String what, String id, ServerResponse out, boolean head) {
        try {
            out.status(Status.create(reply.status()));
            out.header(HeaderNames.CONTENT_TYPE, reply.contentType());
            reply.headers().forEach((name, value) -> out.header(name, value));
            if (head) {
                reply.body().abandon();
                out.send();
                return;
            }
            try (OutputStream body = out.outputStream()) {
                reply.body().writeTo(new StreamOutput(body, deadlines, limits.writeTimeout(), streams));
            }
        } catch (IOException | UncheckedIOException | ServerConnectionException e) {
            LOG.debug("the client of {} went away", what, e);
            throw new CloseConnectionException("the client went away", e);
        } catch (InterruptedException e) {
            throw new CloseConnectionException("cut off", e);
        } catch (RuntimeException e) {
            LOG.error("stream {} of {} failed", id, what, e);
            throw new CloseConnectionException("the stream failed", e);
        }
    }

    private static @Nullable Route route(RouteTable.Match match, String word) {
        for (Map.Entry<Method, Route> entry : match.routes().entrySet()) {
            if (entry.getKey().name().equals(word)) {
                return entry.getValue();
            }
        }
        return null;
    }

    private static String requestId() {
        return Long.toString(ThreadLocalRandom.current().nextLong() & Long.MAX_VALUE, 36);
    }

    /**
     * Opens a WebSocket, or returns null when it is refused: the call then goes on as an ordinary one, whose same steps
     * answer with the problem.
     */
    @Nullable
    SocketLink open(SocketUpgrader.Handshake handshake) {
        RouteTable.Match match = table.find(handshake.prologue().uriPath().rawPath());
        Route route = match == null ? null : match.routes().get(Method.GET);
        if (match == null || route == null || !(route.action() instanceof Route.Action.Open action)) {
            return null;
        }
        long began = System.nanoTime();
        Request.Notes notes = new Request.Notes();
        String id = requestId();
        try {
            refuseWhileStopping();
            Caller caller = admit(route, handshake.headers());
            Request request = request(
                    route, match.values(), id, caller, handshake.prologue().query(), handshake.headers(), notes);
            SocketSession session = action.open(request);
            streams.acquire();
            SocketLink[] link = new SocketLink[1];
            OpenStreams.Stop stop =
                    streams.onStop(() -> Thread.ofVirtual().start(() -> link[0].close(1001, "the server stops")));
            link[0] = new SocketLink(session, deadlines, limits, () -> {
                stop.close();
                streams.release();
            });
            // At its beginning: a session may last for days, and audit should not wait for its end.
            observe(route, "GET", request.path(), caller, 101, notes.detail(), notes, began);
            return link[0];
        } catch (ProblemException e) {
            LOG.debug("WebSocket refused", e);
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (Exception e) {
            LOG.error("request {} to {} failed", id, route.operationId(), e);
            return null;
        }
    }

    private void refuseWhileStopping() {
        if (streams.stopping()) {
            throw new ProblemException(Problem.Kind.UNAVAILABLE, "the server is stopping");
        }
    }

    /** The caller, once it is proven and its role and reach suffice; null for what anybody may call. */
    private @Nullable Caller admit(Route route, Headers headers) {
        if (route.role() == null) {
            return null;
        }
        Caller caller = authenticator.authenticate(RequestReader.value(headers, HeaderNames.AUTHORIZATION));
        checkRole(route, caller);
        return caller;
    }

    private static void checkRole(Route route, Caller caller) {
        if (route.role() != null && !caller.role().covers(route.role())) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN,
                    "this needs the role " + route.role().word() + "; the token has "
                            + caller.role().word());
        }
        if (route.clusterWide() && !caller.clusterWide()) {
            throw new ProblemException(
                    Problem.Kind.FORBIDDEN, "this is about the whole cluster; the token is limited to some tenants");
        }
    }

    private Request request(
            Route route,
            Map<String, String> pathValues,
            String id,
            @Nullable Caller caller,
            UriQuery query,
            Headers headers,
            Request.Notes notes) {
        Map<Parameter<?>, List<String>> values = reader.parameters(route, pathValues, query, headers);
        return new Request(route, id, path(route, pathValues), caller, values, new byte[0], notes);
    }

    /** The template with the values in it: what was called, bounded and free of what a log line must not hold. */
    private static String path(Route route, Map<String, String> values) {
        String path = route.template();
        for (Map.Entry<String, String> value : values.entrySet()) {
            String safe = value.getValue().replaceAll("[^A-Za-z0-9._:/@-]", "?");
            path = path.replace(
                    "{" + value.getKey() + "}", safe.length() > VALUE_CHARS ? safe.substring(0, VALUE_CHARS) : safe);
        }
        return path;
    }

    private void observe(
            Route route,
            String method,
            String path,
            @Nullable Caller caller,
            int status,
            @Nullable String detail,
            Request.Notes notes,
            long began) {
        try {
            observer.finished(new CallObserver.Outcome(
                    route, method, path, caller, status, detail, notes, Duration.ofNanos(System.nanoTime() - began)));
        } catch (RuntimeException e) {
            LOG.error("the observer of calls failed", e);
        }
    }

    /** One call on its way through the steps. */
    private final class Exchange {
        private final Route route;
        private final Map<String, String> pathValues;
        private final String id;
        private final ServerRequest in;
        private final ServerResponse out;
        private final boolean head;
        private final long began = System.nanoTime();
        private final Request.Notes notes = new Request.Notes();
        private @Nullable Caller caller;
        private boolean holdsPermit;

        Exchange(
                Route route,
                Map<String, String> pathValues,
                String id,
                ServerRequest in,
                ServerResponse out,
                boolean head) {
            this.route = route;
            this.pathValues = pathValues;
            this.id = id;
            this.in = in;
            this.out = out;
            this.head = head;
        }

        void run() {
            int status = 499;
            String detail = null;
            try {
                Reply reply = answer();
                status = reply.status();
                detail = notes.detail();
                if (reply instanceof Reply.Whole whole) {
                    detail = whole.contentType().equals("application/problem+json") ? problemDetail : detail;
                    writer.send(in, out, whole, head);
                } else if (reply instanceof Reply.Stream stream) {
                    try {
                        stream(stream);
                    } finally {
                        Integer ended = notes.status();
                        status = ended == null ? status : ended;
                        detail = notes.detail();
                    }
                }
            } finally {
                releasePermit();
                observe(
                        route,
                        in.prologue().method().text(),
                        path(route, pathValues),
                        caller,
                        status,
                        detail,
                        notes,
                        began);
            }
        }

        private @Nullable String problemDetail;

        private Reply answer() {
            try {
                if (route.role() != null) {
                    acquirePermit();
                    Caller proven =
                            authenticator.authenticate(RequestReader.value(in.headers(), HeaderNames.AUTHORIZATION));
                    caller = proven;
                    checkRole(route, proven);
                }
                Request request = read();
                return switch (route.action()) {
                    case Route.Action.Handle handle -> handle.handle(request);
                    case Route.Action.Open open -> refuseSocket(open, request);
                };
            } catch (ProblemException e) {
                return refused(e.problem());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return refused(Problem.Kind.UNAVAILABLE.with("the server is stopping"));
            } catch (CloseConnectionException e) {
                throw e;
            } catch (RequestException e) {
                return refused(Problem.Kind.MALFORMED.with("the request is not well-formed HTTP"));
            } catch (Exception e) {
                LOG.error("request {} to {} failed", id, route.operationId(), e);
                return refused(Problem.Kind.INTERNAL.with("the server's log has it under request id " + id));
            }
        }

        private Reply refused(Problem problem) {
            problemDetail = problem.detail();
            return ReplyWriter.refusal(problem);
        }

        private Request read() {
            Map<Parameter<?>, List<String>> values =
                    reader.parameters(route, pathValues, in.prologue().query(), in.headers());
            Route.Body expected = route.body();
            byte[] body = new byte[0];
            if (in.content().hasEntity()) {
                if (expected != null) {
                    RequestReader.checkContentType(expected, in.headers());
                }
                body = reader.body(in.headers(), () -> in.content().inputStream());
            }
            if (expected != null && body.length == 0) {
                throw new ProblemException(Problem.Kind.MALFORMED, "a body is required");
            }
            if (expected != null) {
                RequestReader.checkDepth(body);
            }
            return new Request(route, id, path(route, pathValues), caller, values, body, notes);
        }

        private Reply refuseSocket(Route.Action.Open open, Request request) throws Exception {
            open.open(request);
            streams.acquire();
            streams.release();
            throw new ProblemException(
                    Problem.Kind.MALFORMED, "this path speaks WebSocket (RFC 6455, version 13): ask for the upgrade");
        }

        /** A stream holds a stream's permit, not a call's: it may last for days. */
        private void stream(Reply.Stream reply) {
            try {
                streams.acquire();
            } catch (ProblemException e) {
                reply.body().abandon();
                writer.send(in, out, ReplyWriter.refusal(e.problem()), head);
                return;
            }
            releasePermit();
            try {
                Dispatcher.this.stream(reply, route.operationId(), id, out, head);
            } finally {
                streams.release();
            }
        }

        private void acquirePermit() {
            if (!permits.tryAcquire()) {
                throw new ProblemException(
                        Problem.Kind.TOO_MANY, "as many calls are being answered as allowed: " + limits.requests());
            }
            holdsPermit = true;
        }

        private void releasePermit() {
            if (holdsPermit) {
                holdsPermit = false;
                permits.release();
            }
        }
    }
}
