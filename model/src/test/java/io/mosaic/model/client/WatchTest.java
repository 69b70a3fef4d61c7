package io.mosaic.model.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetResource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WatchTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String SET = MosaicClientTest.SET.replace("\n", " ");

    private static MosaicClient client(FakeServer server) {
        return new MosaicClient(
                ClientSettings.of(server.uri(), null, null).withTimes(Duration.ofSeconds(5), Duration.ofMillis(200)));
    }

    private static String event(String type, long revision, String data) {
        return "id: " + revision + "\nevent: " + type + "\ndata: " + data + "\n\n";
    }

    @Test
    void deliversInOrderAndGoesOnAfterABreak() throws Exception {
        String cutOff = "id: 13\nevent: put\ndata: {\"ki";
        try (FakeServer server = new FakeServer(
                        FakeServer.sse(": hello\n\n" + event("put", 11, SET) + event("bookmark", 12, "{}") + cutOff),
                        FakeServer.json(503, Json.write(Problem.Kind.UNAVAILABLE.with("starting"))),
                        FakeServer.sse(event("delete", 14, SET)),
                        FakeServer.json(410, Json.write(Problem.Kind.COMPACTED.with("list again"))));
                MosaicClient client = client(server);
                Watch<SetResource> watch = client.sets().watch(SetQuery.ALL, 10)) {
            WatchEvent<SetResource> first = watch.next(LONG);
            assertThat(first.type()).isEqualTo(WatchEvent.Type.PUT);
            assertThat(first.revision()).isEqualTo(11);
            assertThat(first.item().name()).isEqualTo("web");
            assertThat(watch.next(LONG)).isEqualTo(new WatchEvent<SetResource>(WatchEvent.Type.BOOKMARK, 12, null));
            assertThat(watch.next(LONG).type()).isEqualTo(WatchEvent.Type.DELETE);
            assertThatThrownBy(() -> watch.next(LONG))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.is(Problem.Kind.COMPACTED)).isTrue());
            assertThatThrownBy(() -> watch.next(LONG)).isInstanceOf(ProblemException.class);
            assertThat(server.asked().stream().map(FakeServer.Asked::path))
                    .startsWith(
                            "/v1/sets?watch=true&from=10",
                            "/v1/sets?watch=true&from=12",
                            "/v1/sets?watch=true&from=12",
                            "/v1/sets?watch=true&from=14");
        }
    }

    /** A proxy whose servers are all away for a moment, and one that is killed in the middle of TLS. */
    @Test
    void aProxyThatReachesNobodyForAMomentDoesNotEndIt() throws Exception {
        try (FakeServer server = new FakeServer(
                        FakeServer.sse(event("put", 11, SET)),
                        FakeServer.reply(502, "text/html", "<html>Bad Gateway</html>"),
                        FakeServer.reply(504, "text/html", "<html>Gateway Time-out</html>"),
                        FakeServer.sse(event("delete", 14, SET)));
                MosaicClient client = client(server);
                Watch<SetResource> watch = client.sets().watch(SetQuery.ALL, 10)) {
            assertThat(watch.next(LONG).revision()).isEqualTo(11);
            assertThat(watch.next(LONG).revision()).isEqualTo(14);
        }
    }

    @Test
    void aHandshakeThatIsBrokenOffIsTriedAgain() throws Exception {
        AtomicInteger taken = new AtomicInteger();
        try (ServerSocket dying = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                while (!dying.isClosed()) {
                    try (Socket connection = dying.accept()) {
                        taken.incrementAndGet();
                        connection.getInputStream().read();
                    } catch (IOException e) {
                        // The test is over.
                        return;
                    }
                }
            });
            URI https = URI.create("https://127.0.0.1:" + dying.getLocalPort());
            try (MosaicClient client =
                    new MosaicClient(ClientSettings.of(https, null, null).withTimes(LONG, Duration.ofSeconds(1)))) {
                assertThatThrownBy(() -> client.sets().list(SetQuery.ALL))
                        .isInstanceOf(ServerUnreachableException.class);
                assertThat(taken.get()).isGreaterThan(1);
            }
        }
    }

    @Test
    void nothingInTimeIsNullAndACloseEndsIt() throws Exception {
        FakeServer.Reply silent = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().flush();
            try {
                Thread.sleep(LONG);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        };
        try (FakeServer server = new FakeServer(silent);
                MosaicClient client = client(server)) {
            Watch<SetResource> watch = client.sets().watch(SetQuery.ALL, 0);
            assertThat(watch.next(Duration.ofMillis(100))).isNull();
            watch.close();
            assertThatThrownBy(() -> watch.next(LONG)).isInstanceOf(java.util.concurrent.CancellationException.class);
        }
    }

    @Test
    void aRefusalReachesTheReader() throws Exception {
        try (FakeServer server = new FakeServer(
                        FakeServer.json(401, Json.write(Problem.Kind.UNAUTHENTICATED.with("no token"))));
                MosaicClient client = client(server);
                Watch<SetResource> watch = client.sets().watch(SetQuery.ALL, 0)) {
            assertThatThrownBy(() -> watch.next(LONG))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().status()).isEqualTo(401));
        }
    }
}
