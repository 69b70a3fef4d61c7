package io.mosaic.kit.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A part of the paths with a protocol of its own, on a plain server. */
class MountTest {

    /** More than a route's body may have. */
    private static final byte[] LARGE = new byte[3 * 1024 * 1024];

    private HttpServer server;

    @BeforeEach
    void start() throws Exception {
        Arrays.fill(LARGE, (byte) 7);
        server = HttpServer.start(
                "127.0.0.1",
                0,
                null,
                new RouteTable(List.of(
                        Route.get("/open").id("open").handle(request -> Reply.text(200, Answer.TEXT, "a route")))),
                List.of(new Echo()),
                authorization -> {
                    throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "nobody");
                },
                HttpLimits.DEFAULT,
                outcome -> {});
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Answers with what it was sent, or with what the path says. */
    private static final class Echo implements Mount {
        @Override
        public String prefix() {
            return "/own";
        }

        @Override
        public Reply handle(StreamedRequest request) throws Exception {
            return switch (request.rawPath()) {
                case "/own/refuse" -> throw new ProblemException(Problem.Kind.NOT_FOUND, "not here");
                case "/own/early" -> {
                    assertThat(request.body().read()).isEqualTo(7);
                    throw new ProblemException(Problem.Kind.TOO_LARGE, "too much");
                }
                case "/own/break" -> throw new IllegalStateException("the password is hunter2");
                case "/own/stream" ->
                    new Reply.Stream(
                            206,
                            "a/b",
                            out -> out.write(LARGE),
                            Map.of("Content-Length", Integer.toString(LARGE.length)));
                default -> {
                    byte[] body = request.body().readAllBytes();
                    yield Reply.bytes(200, "a/b", body)
                            .with("X-Method", request.method())
                            .with("X-Path", request.rawPath())
                            .with("X-Query", String.valueOf(request.query("q")))
                            .with(
                                    "X-Length",
                                    Long.toString(request.contentLength().orElse(-1)))
                            .with("X-Secure", Boolean.toString(request.secure()));
                }
            };
        }

        @Override
        public Reply.Whole refusal(Problem problem) {
            return Reply.text(problem.status(), "own/refusal", "own: " + problem.detail());
        }
    }

    private HttpResponse<byte[]> call(String method, String path, HttpRequest.BodyPublisher body) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                                .version(HttpClient.Version.HTTP_1_1)
                                .method(method, body)
                                .build(),
                        BodyHandlers.ofByteArray());
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse(null);
    }

    @Test
    void anyMethodAndALargeBodyReachIt() throws Exception {
        HttpResponse<byte[]> known = call("PROPFIND", "/own/a%2Fb?q=x%20y", BodyPublishers.ofByteArray(LARGE));
        assertThat(known.statusCode()).isEqualTo(200);
        assertThat(known.body()).isEqualTo(LARGE);
        assertThat(header(known, "X-Method")).isEqualTo("PROPFIND");
        assertThat(header(known, "X-Path")).isEqualTo("/own/a%2Fb");
        assertThat(header(known, "X-Query")).isEqualTo("x y");
        assertThat(header(known, "X-Length")).isEqualTo(Integer.toString(LARGE.length));
        assertThat(header(known, "X-Secure")).isEqualTo("false");
        HttpResponse<byte[]> pieces =
                call("PUT", "/own", BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(LARGE)));
        assertThat(pieces.body()).isEqualTo(LARGE);
        assertThat(header(pieces, "X-Length")).isEqualTo("-1");
        assertThat(call("GET", "/own/", BodyPublishers.noBody()).body()).isEmpty();
    }

    @Test
    void aStreamOfKnownLengthSaysIt() throws Exception {
        HttpResponse<byte[]> got = call("GET", "/own/stream", BodyPublishers.noBody());
        assertThat(got.statusCode()).isEqualTo(206);
        assertThat(header(got, "Content-Length")).isEqualTo(Integer.toString(LARGE.length));
        assertThat(header(got, "Transfer-Encoding")).isNull();
        assertThat(got.body()).isEqualTo(LARGE);
        HttpResponse<byte[]> head = call("HEAD", "/own/stream", BodyPublishers.noBody());
        assertThat(header(head, "Content-Length")).isEqualTo(Integer.toString(LARGE.length));
        assertThat(head.body()).isEmpty();
    }

    @Test
    void refusalsHaveItsShape() throws Exception {
        HttpResponse<byte[]> refused = call("GET", "/own/refuse", BodyPublishers.noBody());
        assertThat(refused.statusCode()).isEqualTo(404);
        assertThat(new String(refused.body(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("own: not here");
        HttpResponse<byte[]> broken = call("GET", "/own/break", BodyPublishers.noBody());
        assertThat(broken.statusCode()).isEqualTo(500);
        assertThat(new String(broken.body(), java.nio.charset.StandardCharsets.UTF_8))
                .startsWith("own: ")
                .doesNotContain("hunter2");
    }

    /** The answer arrives, though the client is still sending and the server has closed its ears. */
    @Test
    void whoeverIsRefusedInTheMiddleOfABodyHearsOfIt() throws Exception {
        for (int i = 0; i < 20; i++) {
            assertThat(call("PUT", "/own/early", BodyPublishers.ofByteArray(LARGE))
                            .statusCode())
                    .isEqualTo(413);
            assertThat(call("PUT", "/own/refuse", BodyPublishers.ofByteArray(LARGE))
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Test
    void otherPathsAreTheTables() throws Exception {
        assertThat(call("GET", "/open", BodyPublishers.noBody()).statusCode()).isEqualTo(200);
        assertThat(header(call("GET", "/owner", BodyPublishers.noBody()), "Content-Type"))
                .isEqualTo("application/problem+json");
    }

    @Test
    void plainHttpIsForLoopbackOnly() {
        assertThatThrownBy(() -> HttpServer.start(
                        "0.0.0.0",
                        0,
                        null,
                        new RouteTable(List.of()),
                        List.of(),
                        authorization -> new Caller("x", io.mosaic.model.Role.ADMIN, List.of()),
                        HttpLimits.DEFAULT,
                        outcome -> {}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
