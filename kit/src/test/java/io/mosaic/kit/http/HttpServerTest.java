package io.mosaic.kit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.ClusterTrust;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpServerTest {

    private static final int BODY_MAX = 4096;
    private static final HttpLimits LIMITS = new HttpLimits(
            BODY_MAX, 8192, 2, 32, 3, Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofMillis(200));
    private static final Parameter<Long> LIMIT =
            Parameter.number(Parameter.Place.QUERY, "limit", "How many", 1, 10).orElse(5L);
    private static final Parameter<String> NAME =
            Parameter.text(Parameter.Place.PATH, "name", "Its name", "[a-z]+", 20, "must be letters");

    /** What the echo route reads. */
    record Note(String text, int times) {}

    private final CountDownLatch release = new CountDownLatch(1);
    private final List<CallObserver.Outcome> outcomes = new CopyOnWriteArrayList<>();
    private final BlockingQueue<String> socketEvents = new LinkedBlockingQueue<>();
    private HttpServer server;
    private HttpClient client;
    private SSLContext clientTls;
    private SSLContext serverTls;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        ClusterAuthority authority = ClusterAuthority.loadOrCreate(directory);
        Credentials credentials = authority.issueServer(List.of("localhost", "127.0.0.1"));
        serverTls = SSLContext.getInstance("TLS");
        serverTls.init(credentials.keyManagers(), null, null);
        clientTls = SSLContext.getInstance("TLS");
        clientTls.init(null, new TrustManager[] {ClusterTrust.in(authority.certificate())}, null);
        client = HttpClient.newBuilder().sslContext(clientTls).build();
        server = HttpServer.start(
                "127.0.0.1", 0, serverTls, new RouteTable(routes()), this::authenticate, LIMITS, outcomes::add);
    }

    @AfterEach
    void stop() {
        release.countDown();
        server.close();
    }

    private Caller authenticate(String authorization) {
        if (!"Bearer good".equals(authorization)) {
            throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "no valid token");
        }
        return new Caller("tester", Role.VIEWER, List.of());
    }

    private List<Route> routes() {
        return List.of(
                Route.get("/open").id("open").handle(request -> Reply.text(200, Answer.TEXT, "open")),
                Route.get("/things/{name}")
                        .id("thing")
                        .needs(Role.VIEWER)
                        .takes(NAME, LIMIT)
                        .handle(request -> Reply.text(200, Answer.TEXT, request.get(NAME) + " " + request.get(LIMIT))),
                Route.post("/echo")
                        .id("echo")
                        .needs(Role.VIEWER)
                        .reads(Route.Body.json(Note.class))
                        .handle(request -> Reply.json(201, request.body(Note.class))),
                Route.post("/admin").id("admin").needs(Role.ADMIN).handle(request -> Reply.json(200, "never")),
                Route.get("/broken").id("broken").handle(request -> {
                    throw new IllegalStateException("the password is hunter2");
                }),
                Route.get("/slow").id("slow").needs(Role.VIEWER).handle(request -> {
                    release.await();
                    return Reply.text(200, Answer.TEXT, "done");
                }),
                Route.get("/ticks").id("ticks").handle(request -> Reply.stream(Answer.EVENTS, this::ticks)),
                Route.get("/socket/{name}")
                        .id("socket")
                        .needs(Role.VIEWER)
                        .takes(NAME)
                        .open(request -> {
                            if (request.get(NAME).equals("absent")) {
                                throw new ProblemException(Problem.Kind.NOT_FOUND, "no such socket");
                            }
                            return new Echo();
                        }));
    }

    private void ticks(StreamOutput out) throws IOException, InterruptedException {
        CountDownLatch stopped = new CountDownLatch(1);
        try (AutoCloseable _ = out.onStop(stopped::countDown)) {
            out.write("first\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            stopped.await();
            out.write("bookmark\n".getBytes(StandardCharsets.UTF_8));
        } catch (IOException | InterruptedException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Echo implements SocketSession {
        private SocketPeer peer;

        @Override
        public void opened(SocketPeer opened) {
            peer = opened;
            socketEvents.add("opened");
        }

        @Override
        public void received(byte[] message) {
            try {
                peer.send(message);
            } catch (IOException e) {
                socketEvents.add("send failed");
            }
        }

        @Override
        public void closed() {
            socketEvents.add("closed");
        }

        @Override
        public int messageBytesMax() {
            return 100_000;
        }
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(20));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(to(path).header("Authorization", "Bearer good"));
    }

    private HttpResponse<String> post(String path, String contentType, String body) throws Exception {
        return send(to(path).header("Authorization", "Bearer good")
                .header("Content-Type", contentType)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static Problem problem(HttpResponse<String> response) {
        assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
        Problem problem = Json.read(response.body(), Problem.class);
        assertThat(problem.status()).isEqualTo(response.statusCode());
        return problem;
    }

    @Test
    void answersWithParametersAndDefaults() throws Exception {
        assertThat(get("/things/abc").body()).isEqualTo("abc 5");
        assertThat(get("/things/abc?limit=7").body()).isEqualTo("abc 7");
        assertThat(get("/open").headers().firstValue("X-Request-Id")).isPresent();
    }

    @Test
    void refusesParametersThatBreakARuleOrAreUnknown() throws Exception {
        Problem broken = problem(get("/things/ABC%2Fd?limit=11&what=1"));
        assertThat(broken.status()).isEqualTo(422);
        assertThat(broken.errors())
                .extracting(Problem.FieldError::field)
                .containsExactlyInAnyOrder("{name}", "?limit", "?what");
        assertThat(problem(get("/things/abc?limit=1&limit=2"))
                        .errors()
                        .getFirst()
                        .rule())
                .contains("at most 1");
    }

    @Test
    void tellsUnknownPathsFromWrongMethods() throws Exception {
        assertThat(problem(get("/nowhere")).status()).isEqualTo(404);
        assertThat(problem(get("/things/a/b")).status()).isEqualTo(404);
        HttpResponse<String> wrong = post("/things/abc", "application/json", "{}");
        assertThat(problem(wrong).status()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("Allow")).contains("GET, HEAD, OPTIONS");
    }

    @Test
    void answersHeadAndOptions() throws Exception {
        HttpResponse<String> head = send(to("/open").method("HEAD", HttpRequest.BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(4);
        HttpResponse<String> options = send(to("/echo").method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
        assertThat(options.statusCode()).isEqualTo(204);
        assertThat(options.headers().firstValue("Allow")).contains("POST, OPTIONS");
    }

    @Test
    void asksForATokenAndForTheRole() throws Exception {
        HttpResponse<String> nobody = send(to("/things/abc"));
        assertThat(problem(nobody).status()).isEqualTo(401);
        assertThat(nobody.headers().firstValue("WWW-Authenticate")).isPresent();
        assertThat(problem(post("/admin", "application/json", "{}")).status()).isEqualTo(403);
    }

    @Test
    void readsStrictJsonOnly() throws Exception {
        assertThat(post("/echo", "application/json; charset=utf-8", "{\"text\":\"a\",\"times\":2}")
                        .body())
                .isEqualTo("{\"text\":\"a\",\"times\":2}");
        assertThat(problem(post("/echo", "text/plain", "{}")).status()).isEqualTo(415);
        assertThat(problem(post("/echo", "application/json", "")).status()).isEqualTo(400);
        assertThat(problem(post("/echo", "application/json", "{\"text\":")).status())
                .isEqualTo(400);
        assertThat(problem(post("/echo", "application/json", "[".repeat(1000))).status())
                .isEqualTo(400);
        Problem unknown = problem(post("/echo", "application/json", "{\"text\":\"a\",\"tims\":2}"));
        assertThat(unknown.errors().getFirst().field()).isEqualTo("/tims");
    }

    @Test
    void hidesWhatFailedInside() throws Exception {
        HttpResponse<String> broken = get("/broken");
        assertThat(problem(broken).status()).isEqualTo(500);
        assertThat(broken.body())
                .doesNotContain("hunter2", "IllegalState")
                .contains(broken.headers().firstValue("X-Request-Id").orElseThrow());
    }

    @Test
    void refusesABodyByItsLengthAndGoesOn() throws Exception {
        assertThat(problem(post("/echo", "application/json", "x".repeat(BODY_MAX + 1)))
                        .status())
                .isEqualTo(413);
        assertThat(get("/open").statusCode()).isEqualTo(200);
    }

    @Test
    void refusesAHugeBodyBeforeItHasAllCome() throws Exception {
        byte[] chunk = new byte[64 * 1024];
        long sent = 0;
        try (SSLSocket socket = (SSLSocket) clientTls.getSocketFactory().createSocket("localhost", server.port())) {
            socket.setSoTimeout(10_000);
            OutputStream out = socket.getOutputStream();
            String head = String.join(
                    "\r\n",
                    "POST /echo HTTP/1.1",
                    "Host: localhost",
                    "Authorization: Bearer good",
                    "Content-Type: application/json",
                    "Transfer-Encoding: chunked",
                    "",
                    "");
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> firstLine(socket));
            boolean cutOff = false;
            while (sent < 100_000_000 && !answer.isDone() && !cutOff) {
                try {
                    out.write((Integer.toHexString(chunk.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                    out.write(chunk);
                    out.write("\r\n".getBytes(StandardCharsets.US_ASCII));
                    sent += chunk.length;
                } catch (IOException e) {
                    // It has answered and lingered; the answer was read beside this.
                    cutOff = true;
                }
            }
            assertThat(answer.get(10, TimeUnit.SECONDS)).contains("413");
        }
        assertThat(sent).isLessThan(100_000_000);
        assertThat(get("/open").statusCode()).isEqualTo(200);
    }

    @Test
    void refusesWhatIsNoHttpAndHeadsTooLong() throws Exception {
        for (String text : List.of(
                "GET / HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(20_000) + "\r\n\r\n",
                "garbage\r\n\r\n",
                "\0\1\2\r\n\r\n")) {
            try (SSLSocket socket = (SSLSocket) clientTls.getSocketFactory().createSocket("localhost", server.port())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
                assertThat(firstLine(socket)).contains(" 4");
            }
        }
        assertThat(get("/open").statusCode()).isEqualTo(200);
    }

    @Test
    void oneConnectionMoreThanAllowedWaitsUntilAnotherEnds() throws Exception {
        try (HttpServer small = HttpServer.start(
                        "127.0.0.1",
                        0,
                        serverTls,
                        new RouteTable(routes()),
                        this::authenticate,
                        LIMITS.withConnections(2),
                        outcomes::add);
                SSLSocket first = connected(small);
                SSLSocket second = connected(small)) {
            assertThat(asked(first)).contains(" 200");
            assertThat(asked(second)).contains(" 200");
            CompletableFuture<String> third = CompletableFuture.supplyAsync(() -> {
                try (SSLSocket one = connected(small)) {
                    return asked(one);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            for (int i = 0; i < 200; i++) {
                assertThat(asked(first)).contains(" 200");
            }
            assertThat(third).as("served beside the two that are allowed").isNotDone();
            second.close();
            assertThat(third.get(10, TimeUnit.SECONDS)).contains(" 200");
        }
    }

    private SSLSocket connected(HttpServer to) throws IOException {
        SSLSocket socket = (SSLSocket) clientTls.getSocketFactory().createSocket("localhost", to.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** The first line of an answer, of which the rest is read too. */
    private static String asked(SSLSocket socket) throws IOException {
        socket.getOutputStream()
                .write("GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        StringBuilder answer = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (answer.indexOf("\r\n\r\nopen") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended after: " + answer);
            }
            answer.append((char) next);
        }
        return answer.substring(0, answer.indexOf("\r\n"));
    }

    private static String firstLine(SSLSocket socket) {
        StringBuilder line = new StringBuilder();
        try {
            InputStream in = socket.getInputStream();
            for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
                line.append((char) next);
            }
        } catch (IOException e) {
            line.append(e);
        }
        return line.toString();
    }

    @Test
    void limitsCallsAtTheSameTime() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> slow = new ArrayList<>();
        for (int i = 0; i < LIMITS.requests(); i++) {
            slow.add(client.sendAsync(
                    to("/slow").header("Authorization", "Bearer good").build(), BodyHandlers.ofString()));
        }
        await().until(() -> server.inFlight() == LIMITS.requests());
        HttpResponse<String> refused = get("/things/abc");
        assertThat(problem(refused).status()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(get("/open").statusCode()).as("public routes answer on").isEqualTo(200);
        release.countDown();
        for (CompletableFuture<HttpResponse<String>> each : slow) {
            assertThat(each.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
        }
        assertThat(get("/things/abc").statusCode()).isEqualTo(200);
    }

    @Test
    void streamsAsItComesAndLimitsStreams() throws Exception {
        List<InputStream> open = new ArrayList<>();
        for (int i = 0; i < LIMITS.streams(); i++) {
            InputStream in = client.send(to("/ticks").build(), BodyHandlers.ofInputStream())
                    .body();
            assertThat(new String(in.readNBytes(6), StandardCharsets.UTF_8)).isEqualTo("first\n");
            open.add(in);
        }
        assertThat(problem(get("/ticks")).status()).isEqualTo(429);
        Thread stopping = Thread.ofVirtual().start(server::close);
        for (InputStream in : open) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("bookmark\n");
        }
        assertThat(stopping.join(Duration.ofSeconds(10))).isTrue();
        assertThatThrownBy(() -> get("/open")).isInstanceOf(IOException.class);
    }

    @Test
    void aConnectionMadeBeforeItStopsIsStillServed() throws Exception {
        try (SSLSocket early = (SSLSocket)
                clientTls.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), server.port())) {
            early.startHandshake();
            Thread stopping = Thread.ofVirtual().start(server::close);
            await().until(() -> refused(server.port()));

            early.getOutputStream()
                    .write("GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            String answer = new String(early.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);

            assertThat(answer)
                    .startsWith("HTTP/1.1 200")
                    .containsIgnoringCase("Connection: close")
                    .endsWith("open");
            assertThat(stopping.join(Duration.ofSeconds(10))).isTrue();
        }
    }

    private static boolean refused(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return !socket.isConnected();
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void carriesAWebSocketOverTls() throws Exception {
        Messages messages = new Messages();
        WebSocket socket = socket("/socket/abc", "Bearer good", messages);
        byte[] large = new byte[90_000];
        large[89_999] = 7;
        socket.sendBinary(ByteBuffer.wrap(large, 0, 50_000), false).get(5, TimeUnit.SECONDS);
        socket.sendBinary(ByteBuffer.wrap(large, 50_000, 40_000), true).get(5, TimeUnit.SECONDS);
        assertThat(messages.next()).isEqualTo(large);
        Thread.sleep(600); // a few pings
        socket.sendBinary(ByteBuffer.wrap(new byte[] {1}), true).get(5, TimeUnit.SECONDS);
        assertThat(messages.next()).containsExactly(1);
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "bye").get(5, TimeUnit.SECONDS);
        assertThat(socketEvents.poll(5, TimeUnit.SECONDS)).isEqualTo("opened");
        assertThat(socketEvents.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
        await().until(() -> server.openStreams() == 0);
        assertThat(outcomes).anyMatch(outcome -> outcome.status() == 101);
    }

    @Test
    void hearsOfASocketThatBreaks() throws Exception {
        WebSocket socket = socket("/socket/abc", "Bearer good", new Messages());
        assertThat(socketEvents.poll(5, TimeUnit.SECONDS)).isEqualTo("opened");
        socket.abort();
        assertThat(socketEvents.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
        await().until(() -> server.openStreams() == 0);
    }

    @Test
    void endsASocketThatSendsTooMuch() throws Exception {
        Messages messages = new Messages();
        WebSocket socket = socket("/socket/abc", "Bearer good", messages);
        socket.sendBinary(ByteBuffer.wrap(new byte[100_001]), true).get(5, TimeUnit.SECONDS);
        assertThat(messages.closed.get(10, TimeUnit.SECONDS)).isEqualTo(SocketPeer.TOO_BIG);
        await().until(() -> server.openStreams() == 0);
    }

    @Test
    void closesSocketsWhenItStops() throws Exception {
        Messages messages = new Messages();
        socket("/socket/abc", "Bearer good", messages);
        server.close();
        assertThat(messages.closed.get(10, TimeUnit.SECONDS)).isEqualTo(SocketPeer.GOING_AWAY);
    }

    @Test
    void refusesASocketWithAProblem() throws Exception {
        assertThat(refusal("/socket/absent", "Bearer good")).isEqualTo(404);
        assertThat(refusal("/socket/abc", "Bearer bad")).isEqualTo(401);
        assertThat(refusal("/socket/ABC", "Bearer good")).isEqualTo(422);
        assertThat(problem(get("/socket/abc")).detail()).contains("WebSocket");
    }

    private int refusal(String path, String authorization) throws Exception {
        try {
            socket(path, authorization, new Messages());
        } catch (CompletionException e) {
            return ((WebSocketHandshakeException) e.getCause()).getResponse().statusCode();
        }
        return 101;
    }

    private WebSocket socket(String path, String authorization, Messages messages) {
        return client.newWebSocketBuilder()
                .header("Authorization", authorization)
                .buildAsync(URI.create("wss://localhost:" + server.port() + path), messages)
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    private static final class Messages implements WebSocket.Listener {
        private final BlockingQueue<byte[]> whole = new LinkedBlockingQueue<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private byte[] parts = new byte[0];

        byte[] next() throws InterruptedException {
            return whole.poll(10, TimeUnit.SECONDS);
        }

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] joined = java.util.Arrays.copyOf(parts, parts.length + data.remaining());
            data.get(joined, parts.length, joined.length - parts.length);
            parts = joined;
            if (last) {
                whole.add(parts);
                parts = new byte[0];
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(code);
            return null;
        }
    }
}
