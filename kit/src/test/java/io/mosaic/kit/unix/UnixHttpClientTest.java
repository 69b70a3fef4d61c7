package io.mosaic.kit.unix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.kit.unix.FakeUnixServer.Conduct;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UnixHttpClientTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final Duration SHORT = Duration.ofMillis(150);

    private final CountDownLatch done = new CountDownLatch(1);
    private Path directory;
    private FakeUnixServer server;
    private UnixHttpClient client;

    /** Not below the build's directory: the path of a socket has at most 107 bytes. */
    @BeforeEach
    void directory() throws IOException {
        directory = Files.createTempDirectory("uhc");
    }

    @AfterEach
    void close() throws IOException {
        done.countDown();
        client.close();
        server.close();
        Files.delete(directory);
    }

    private void serve(Conduct conduct) throws IOException {
        server = new FakeUnixServer(directory, conduct);
        client = new UnixHttpClient(server.socket(), "fake", 4);
    }

    @Test
    void keepsConnections() throws IOException {
        serve(connection -> {
            while (!connection.head().isEmpty()) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: a\r\nx-name: b\r\n\r\nhi");
            }
        });

        for (int i = 0; i < 3; i++) {
            HttpAnswer answer = client.exchange(HttpCall.get("/x"), LONG);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text()).isEqualTo("hi");
            assertThat(answer.header("X-NAME")).isEqualTo("a, b");
        }
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void sendsWhatHttpAsksFor() throws IOException {
        AtomicReference<String> seen = new AtomicReference<>();
        serve(connection -> {
            seen.set(connection.head() + connection.until("}"));
            connection.send("HTTP/1.1 204 No Content\r\n\r\n");
        });

        HttpAnswer answer =
                client.exchange(HttpCall.json("POST", "/make?a=b", "{\"x\":1}".getBytes(StandardCharsets.UTF_8)), LONG);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.body()).isEmpty();
        assertThat(seen.get())
                .startsWith("POST /make?a=b HTTP/1.1\r\nHost: fake\r\n")
                .contains("Content-Length: 7\r\n", "Content-Type: application/json\r\n")
                .endsWith("\r\n\r\n{\"x\":1}");
    }

    @Test
    void readsChunksWithExtensionsAndTrailers() throws IOException {
        serve(connection -> {
            while (!connection.head().isEmpty()) {
                connection.send(CHUNKED + "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n");
            }
        });

        assertThat(client.exchange(HttpCall.get("/"), LONG).text()).isEqualTo("abc0123456789");
        assertThat(client.exchange(HttpCall.get("/"), LONG).text()).isEqualTo("abc0123456789");
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void aTruncatedBodyIsNeverASilentEnd() throws IOException {
        serve(connection -> {
            String target = connection.head();
            if (target.startsWith("GET /chunked")) {
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
            } else if (target.startsWith("GET /missing-end")) {
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
            } else {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
            }
        });

        for (String target : new String[] {"/chunked", "/missing-end", "/fixed"}) {
            assertThatThrownBy(() -> client.exchange(HttpCall.get(target), LONG))
                    .as(target)
                    .isInstanceOf(EOFException.class);
        }
    }

    @Test
    void aBodyWithoutLengthEndsWithItsConnection() throws IOException {
        serve(connection -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        });

        assertThat(client.exchange(HttpCall.get("/"), LONG).text()).isEqualTo("until the end");
        assertThat(client.exchange(HttpCall.get("/"), LONG).text()).isEqualTo("until the end");
        assertThat(server.connections()).isEqualTo(2);
    }

    @Test
    void noBodyFollowsHead() throws IOException {
        serve(connection -> {
            while (!connection.head().isEmpty()) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n");
            }
        });

        assertThat(client.exchange(HttpCall.of("HEAD", "/"), LONG).body()).isEmpty();
        assertThat(client.exchange(HttpCall.of("HEAD", "/"), LONG).body()).isEmpty();
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void aConnectionClosedMeanwhileIsNotUsed() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        serve(connection -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + connection.number());
            if (connection.number() == 1) {
                connection.channel().close();
                closed.countDown();
            } else {
                done.await();
            }
        });

        assertThat(client.exchange(HttpCall.post("/"), LONG).text()).isEqualTo("1");
        closed.await();
        assertThat(client.exchange(HttpCall.post("/"), LONG).text()).isEqualTo("2");
    }

    @Test
    void onlyWhatMayBeRepeatedIsRepeated() throws IOException {
        // Each connection answers once, then reads a second request and closes without a word.
        serve(connection -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + connection.number());
            connection.head();
        });

        assertThat(client.exchange(HttpCall.get("/"), LONG).text()).isEqualTo("1");
        assertThat(client.exchange(HttpCall.get("/"), LONG).text())
                .as("repeated on a fresh connection")
                .isEqualTo("2");
        assertThatThrownBy(() -> client.exchange(HttpCall.post("/"), LONG))
                .as("it may have been done")
                .isInstanceOf(EOFException.class);
        assertThat(server.connections()).isEqualTo(2);
    }

    @Test
    void theDeadlineHoldsWhereverTheServerStops() throws IOException {
        serve(connection -> {
            String head = connection.head();
            if (head.startsWith("GET /head")) {
                connection.send("HTTP/1.1 200 OK\r\nContent-");
            } else if (head.startsWith("GET /body")) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
            }
            done.await();
        });

        for (String target : new String[] {"/silent", "/head", "/body"}) {
            assertThatThrownBy(() -> client.exchange(HttpCall.get(target), SHORT))
                    .as(target)
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void theDeadlineHoldsWhileTheServerReadsNothing() throws IOException {
        serve(connection -> done.await());
        byte[] large = new byte[4 << 20];

        assertThatThrownBy(() -> client.exchange(HttpCall.json("POST", "/", large), SHORT))
                .isInstanceOf(SocketTimeoutException.class);
        assertThatThrownBy(() -> client.exchange(HttpCall.upload("/", "x/y", new ByteArrayInputStream(large)), SHORT))
                .isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void theDeadlineHoldsOnAPlatformThreadAndAVirtualOne() throws Exception {
        serve(connection -> done.await());
        for (Thread.Builder kind : new Thread.Builder[] {Thread.ofPlatform(), Thread.ofVirtual()}) {
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            kind.start(() -> {
                try {
                    client.exchange(HttpCall.get("/"), SHORT);
                    thrown.complete(new AssertionError("answered"));
                } catch (IOException e) {
                    thrown.complete(e);
                }
            });
            assertThat(thrown.get()).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aStreamedBodyGoesOutInChunks() throws IOException {
        AtomicReference<String> seen = new AtomicReference<>();
        serve(connection -> {
            seen.set(connection.head() + connection.until("0\r\n\r\n"));
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        byte[] body = "x".repeat(40_000).getBytes(StandardCharsets.UTF_8);

        client.exchange(HttpCall.upload("/", "application/x-tar", new ByteArrayInputStream(body)), LONG);

        assertThat(seen.get())
                .contains("Transfer-Encoding: chunked")
                .contains(
                        "\r\n\r\n8000\r\n" + "x".repeat(32_768) + "\r\n1c40\r\n" + "x".repeat(7_232) + "\r\n0\r\n\r\n");
    }

    @Test
    void anEarlyRefusalOfAnUploadIsRead() throws IOException {
        serve(connection -> {
            connection.head();
            connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno");
            // Closing with unread bytes resets the connection on a unix socket; read what comes, but stop soon.
            connection.channel().shutdownInput();
            done.await();
        });

        HttpAnswer answer = client.exchange(
                HttpCall.upload("/", "application/x-tar", new ByteArrayInputStream(new byte[8 << 20])), LONG);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).isEqualTo("no");
    }

    @Test
    void aStreamIsReadAsItComesAndMayBeClosedByAnother() throws Exception {
        serve(connection -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
            done.await();
        });

        HttpStream stream = client.stream(HttpCall.get("/"), SHORT);
        assertThat(stream.body().read()).isEqualTo('a');
        Thread.sleep(SHORT.multipliedBy(2));
        CompletableFuture<Throwable> woken = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                woken.complete(new AssertionError("read " + stream.body().read()));
            } catch (IOException e) {
                woken.complete(e);
            }
        });
        stream.close();
        assertThat(woken.get()).isInstanceOf(IOException.class).isNotInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void aStreamMayHaveDeadlinesOfItsOwn() throws IOException {
        serve(connection -> {
            connection.head();
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
            done.await();
        });

        try (HttpStream stream = client.stream(HttpCall.get("/"), LONG)) {
            stream.idleAtMost(SHORT);
            assertThat(stream.body().read()).isEqualTo('a');
            assertThatThrownBy(() -> stream.body().read()).isInstanceOf(SocketTimeoutException.class);
        }
        try (HttpStream stream = client.stream(HttpCall.get("/"), LONG)) {
            stream.within(SHORT);
            assertThatThrownBy(() -> stream.body().readAllBytes()).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aTakenOverConnectionClosesItsSidesOneByOne() throws IOException {
        serve(connection -> {
            assertThat(connection.head()).contains("Connection: Upgrade\r\nUpgrade: tcp\r\n");
            connection.send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nearly;");
            String all = connection.rest();
            connection.send("got " + all);
        });

        try (HttpUpgrade upgrade = client.upgrade(HttpCall.post("/exec"), LONG)) {
            assertThat(upgrade.head().status()).isEqualTo(101);
            upgrade.write("one ".getBytes(StandardCharsets.UTF_8));
            upgrade.write("two".getBytes(StandardCharsets.UTF_8));
            upgrade.shutdownOutput();
            assertThat(new String(upgrade.input().readAllBytes(), StandardCharsets.UTF_8))
                    .isEqualTo("early;got one two");
        }
        assertThat(server.faults()).isEmpty();
    }

    @Test
    void aRefusedTakeOverSaysWhy() throws IOException {
        serve(connection -> {
            connection.head();
            connection.send("HTTP/1.1 409 Conflict\r\nContent-Length: 4\r\n\r\nbusy");
        });

        assertThatThrownBy(() -> client.upgrade(HttpCall.post("/exec"), LONG))
                .isInstanceOfSatisfying(HttpUpgrade.RefusedException.class, e -> {
                    assertThat(e.answer().status()).isEqualTo(409);
                    assertThat(e.answer().text()).isEqualTo("busy");
                });
    }

    @Test
    void whatIsNoHttpOrTooLargeIsRefused() throws IOException {
        AtomicReference<String> answer = new AtomicReference<>("");
        serve(connection -> {
            connection.head();
            connection.send(answer.get());
        });
        for (String bad : new String[] {
            "SSH-2.0-x\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: " + "y".repeat(20_000) + "\r\n\r\n",
            "HTTP/1.1 200 OK\r\n" + "X: y\r\n".repeat(200) + "\r\n",
            CHUNKED + "zz\r\n",
            CHUNKED + "-1\r\n",
            CHUNKED + "ffffffffffffffffff\r\n",
            CHUNKED + "1\r\nabc\r\n",
        }) {
            answer.set(bad);
            assertThatThrownBy(() -> client.exchange(HttpCall.get("/"), LONG))
                    .as(bad.length() > 100 ? bad.substring(0, 100) : bad)
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aFullBacklogIsATimeout() throws IOException {
        serve(connection -> done.await());
        server.close();
        Path socket = directory.resolve("full");
        try (var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                UnixHttpClient caller = new UnixHttpClient(socket, "fake", 1)) {
            listener.bind(UnixDomainSocketAddress.of(socket), 1);
            for (int i = 0; i < 4; i++) {
                assertThatThrownBy(() -> caller.exchange(HttpCall.get("/"), SHORT))
                        .isInstanceOf(SocketTimeoutException.class);
            }
        }
        Files.delete(socket);
    }

    @Test
    void nobodyListeningIsNoTimeout() throws IOException {
        serve(connection -> done.await());
        try (UnixHttpClient nobody = new UnixHttpClient(directory.resolve("none"), "fake", 1)) {
            assertThatThrownBy(() -> nobody.exchange(HttpCall.get("/"), LONG))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void targetsAndHeadersCannotSmuggle() throws IOException {
        serve(connection -> done.await());
        assertThatThrownBy(() -> HttpCall.get("/a b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HttpCall.get("/a\r\nX: y")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> HttpCall.get("none")).isInstanceOf(IllegalArgumentException.class);
    }
}
