package io.mosaic.model.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ExecTest {
    private static final Duration LONG = Duration.ofSeconds(90);

    private static MosaicClient client(FakeWebSocketServer server) {
        return new MosaicClient(ClientSettings.of(server.uri(), "mos_t_secret", null));
    }

    private static byte[] stdout(String text) {
        return new Frame(Frame.STDOUT, text.getBytes(StandardCharsets.UTF_8)).encode();
    }

    /** Echoes input until its end, then says how often the terminal was resized, then exits with 7. */
    private static void echo(FakeWebSocketServer.Peer peer) throws IOException {
        for (byte[] message = peer.receive(); message != null; message = peer.receive()) {
            Frame frame = Frame.decode(message);
            if (frame.channel() == Frame.CONTROL) {
                peer.send(new Frame(Frame.STDERR, Json.bytes(frame.control())).encode());
            } else if (frame.payload().length > 0) {
                peer.sendInTwo(new Frame(Frame.STDOUT, frame.payload()).encode());
            } else {
                peer.send(stdout("end"));
                peer.send(Frame.control(new StreamControl.Exit(7)).encode());
                peer.sendClose();
                return;
            }
        }
    }

    @Test
    void inputGoesOutputComesAndTheEndOfInputIsNotTheEndOfOutput() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        ExecQuery query = new ExecQuery("a", java.util.List.of("cat", "x y&z"), true, true, 80, 24, null);
        try (FakeWebSocketServer server = new FakeWebSocketServer(null, ExecTest::echo);
                MosaicClient client = client(server);
                Exec exec = client.sets().exec("web", query, out, err)) {
            exec.resize(100, 30);
            try (OutputStream stdin = exec.stdin()) {
                stdin.write("x".repeat(100_000).getBytes(StandardCharsets.US_ASCII));
            }
            assertThat(exec.waitFor(LONG)).isEqualTo(7);
            assertThat(out.toString(StandardCharsets.US_ASCII)).isEqualTo("x".repeat(100_000) + "end");
            assertThat(err.toString(StandardCharsets.UTF_8)).contains("\"columns\":100");
            assertThat(server.requestLine)
                    .isEqualTo("GET /v1/sets/web/exec?container=a&command=cat&command=x%20y%26z&stdin=true&tty=true"
                            + "&columns=80&rows=24 HTTP/1.1");
            assertThat(server.headers).containsEntry("authorization", "Bearer mos_t_secret");
            assertThat(server.failure()).isNull();
        }
    }

    @Test
    void aSlowReaderHoldsTheSenderBack() throws Exception {
        int messages = 2000;
        AtomicInteger sent = new AtomicInteger();
        CountDownLatch writing = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger received = new AtomicInteger();
        OutputStream slow = new OutputStream() {
            @Override
            public void write(int b) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void write(byte[] bytes) throws IOException {
                writing.countDown();
                try {
                    if (!go.await(120, TimeUnit.SECONDS)) {
                        throw new IOException("nobody let go");
                    }
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
                received.addAndGet(bytes.length);
            }
        };
        try (FakeWebSocketServer server = new FakeWebSocketServer(null, peer -> {
                    for (int i = 0; i < messages; i++) {
                        peer.send(new Frame(Frame.STDOUT, new byte[32 * 1024]).encode());
                        sent.incrementAndGet();
                    }
                    peer.send(Frame.control(new StreamControl.Exit(0)).encode());
                    peer.receive();
                });
                MosaicClient client = client(server);
                Exec exec = client.sets().exec("web", ExecQuery.of("yes"), slow, OutputStream.nullOutputStream())) {
            assertThat(writing.await(60, TimeUnit.SECONDS)).isTrue();
            // Time in which a sender that nobody holds back sends all of its 64 MiB; the kernel's buffers hold a tenth.
            Thread.sleep(1000);
            assertThat(sent.get()).isLessThan(messages);
            go.countDown();
            assertThat(exec.waitFor(LONG)).isZero();
            assertThat(received.get()).isEqualTo(messages * 32 * 1024);
        }
    }

    @Test
    void aRefusalBeforeTheUpgradeIsTheServersProblem() throws Exception {
        String body = Json.write(Problem.Kind.NOT_FOUND.with("no set \"web\""));
        String answer = "HTTP/1.1 404 Not Found\r\nContent-Type: application/problem+json\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body;
        try (FakeWebSocketServer server = new FakeWebSocketServer(answer, peer -> {});
                MosaicClient client = client(server)) {
            assertThatThrownBy(() -> client.sets()
                            .exec(
                                    "web",
                                    ExecQuery.of("x"),
                                    OutputStream.nullOutputStream(),
                                    OutputStream.nullOutputStream()))
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.problem().status()).isEqualTo(404));
        }
    }

    @Test
    void aFailureAndABreakAreTold() throws Exception {
        try (FakeWebSocketServer server = new FakeWebSocketServer(null, peer -> {
                    Problem problem = Problem.Kind.CONFLICT.with("no such command: x");
                    peer.send(Frame.control(new StreamControl.Failed(problem)).encode());
                    peer.receive();
                });
                MosaicClient client = client(server);
                Exec exec = client.sets()
                        .exec(
                                "web",
                                ExecQuery.of("x"),
                                OutputStream.nullOutputStream(),
                                OutputStream.nullOutputStream())) {
            assertThatThrownBy(() -> exec.waitFor(LONG))
                    .isInstanceOf(ProblemException.class)
                    .hasMessageContaining("no such command");
        }
        try (FakeWebSocketServer server = new FakeWebSocketServer(null, peer -> peer.send(stdout("half")));
                MosaicClient client = client(server);
                Exec exec = client.sets()
                        .exec(
                                "web",
                                ExecQuery.of("x"),
                                OutputStream.nullOutputStream(),
                                OutputStream.nullOutputStream())) {
            assertThatThrownBy(() -> exec.waitFor(LONG)).isInstanceOf(ServerUnreachableException.class);
        }
    }
}
