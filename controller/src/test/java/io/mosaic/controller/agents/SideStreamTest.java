package io.mosaic.controller.agents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SideStreamTest extends LinkFixture {

    private static StreamRequest exec() {
        return new StreamRequest.Exec(new UUID(1, 1), "web", List.of("sh"), true, false, 80, 25, null);
    }

    private CompletableFuture<SideStream> open(String host, Duration timeout) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return links.streams().open(host, exec(), timeout);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void aSideStreamCarriesFramesBothWaysUntilItsEnd() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            var opening = open("h1", SOON);
            ControllerMessage.Open asked = session.next(ControllerMessage.Open.class);
            assertThat(asked.request()).isEqualTo(exec());
            var call = agent.attach(asked.stream(), 100);
            try (SideStream stream = opening.get()) {
                stream.send(new Frame(Frame.STDIN, "in".getBytes(StandardCharsets.UTF_8)));
                assertThat(call.next().payload())
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("in");
                assertThatThrownBy(() -> stream.receive(Duration.ofMillis(20)))
                        .isInstanceOfSatisfying(
                                ProblemException.class,
                                e -> assertThat(e.is(Problem.Kind.TIMEOUT)).isTrue());
                call.send(new Frame(Frame.STDOUT, "out".getBytes(StandardCharsets.UTF_8)));
                call.send(Frame.control(new StreamControl.Exit(3)));
                call.halfClose();
                assertThat(stream.receive(SOON).payload())
                        .asString(StandardCharsets.UTF_8)
                        .isEqualTo("out");
                assertThat(stream.receive(SOON).control()).isEqualTo(new StreamControl.Exit(3));
                assertThat(stream.receive(SOON)).isNull();
                assertThat(stream.receive(SOON)).isNull();
            }
            assertThat(call.end().isOk()).isTrue();
        }
    }

    /** A writer is told to wait now and then; only one that is told so for long is held up by the other end. */
    private static boolean readySoon(FakeAgent.Call<Frame, Frame> call) throws InterruptedException {
        for (int i = 0; i < 100 && !call.ready(); i++) {
            Thread.sleep(5);
        }
        return call.ready();
    }

    @Test
    void aSlowReaderSlowsTheWriterOnBothSides() throws Exception {
        try (FakeAgent agent = joined("h1")) {
            var session = agent.hello();
            greeted(session);
            var opening = open("h1", SOON);
            var call = agent.attach(session.next(ControllerMessage.Open.class).stream(), 0);
            SideStream stream = opening.get();
            byte[] large = new byte[200 * 1024];
            // Up: nobody reads, so gRPC soon stops being ready at the agent.
            int sent = 0;
            while (sent < 1000 && readySoon(call)) {
                call.send(new Frame(Frame.STDOUT, large));
                sent++;
            }
            assertThat(sent).isBetween(StreamCall.AHEAD, 100);
            for (int i = 0; i < sent; i++) {
                assertThat(stream.receive(SOON).payload()).hasSize(large.length);
            }
            await().until(call::ready);
            // Down: the agent asks for nothing, so send blocks.
            AtomicInteger down = new AtomicInteger();
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    while (down.get() < 1000) {
                        stream.send(new Frame(Frame.STDIN, large));
                        down.incrementAndGet();
                    }
                } catch (InterruptedException | ProblemException e) {
                    down.addAndGet(10_000);
                }
            });
            await().during(Duration.ofMillis(200)).until(down::get, count -> count > 0 && count < 100);
            int before = down.get();
            call.request(1000);
            await().until(() -> down.get() > before + 20);
            // The agent goes away: whoever sends or waits hears of it.
            call.cancel();
            assertThat(stream.receive(SOON)).isNull();
            assertThat(writer.join(SOON)).isTrue();
            assertThat(down.get()).isGreaterThan(10_000);
        }
    }

    @Test
    void aStreamIsForWhoAskedAndForThatHostOnly() throws Exception {
        assertThatThrownBy(() -> links.streams().open("none", exec(), SOON))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.UNAVAILABLE)).isTrue());
        try (FakeAgent agent = joined("h1");
                FakeAgent thief = joined("h2")) {
            var session = agent.hello();
            greeted(session);
            assertThat(agent.attach("nobody-waits", 1).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            var opening = open("h1", Duration.ofMillis(500));
            String id = session.next(ControllerMessage.Open.class).stream();
            assertThat(thief.attach(id, 1).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThatThrownBy(opening::get)
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            ProblemException.class,
                            e -> assertThat(e.is(Problem.Kind.TIMEOUT)).isTrue());
            assertThat(agent.attach(id, 1).end().getCode()).isEqualTo(Status.Code.NOT_FOUND);
        }
    }
}
