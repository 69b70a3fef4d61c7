package io.mosaic.agent.share;

import io.mosaic.kit.http.HttpLimits;
import io.mosaic.kit.http.HttpServer;
import io.mosaic.kit.http.Mount;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.StreamOutput;
import io.mosaic.kit.http.StreamedRequest;
import io.mosaic.model.Problem;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** A host of the cluster that serves badly. Says that it has all. */
final class FakePeer implements Mount, AutoCloseable {

    enum Fault {
        /** The right length, other bytes. */
        WRONG,
        /** An answer that is whole and too short. */
        SHORT,
        /** More than the piece has. */
        LONG,
        /** Breaks off in the middle. */
        TRUNCATED,
        /** Begins, and sends nothing more. */
        STALLED,
        /** Always busy. */
        BUSY,
        /** Refuses the ticket. */
        REFUSES
    }

    private final byte[] content;
    private final int pieceBytes;
    private final Fault fault;
    private final HttpServer server;
    private final CountDownLatch closed = new CountDownLatch(1);
    final AtomicInteger calls = new AtomicInteger();

    FakePeer(byte[] content, int pieceBytes, Fault fault, SSLContext tls) throws IOException {
        this.content = content;
        this.pieceBytes = pieceBytes;
        this.fault = fault;
        this.server = HttpServer.startMutual("127.0.0.1", 0, tls, List.of(this), HttpLimits.DEFAULT);
    }

    String address() {
        return "127.0.0.1:" + server.port();
    }

    @Override
    public String prefix() {
        return PeerServer.PREFIX;
    }

    @Override
    public Reply.Whole refusal(Problem problem) {
        return Reply.problem(problem);
    }

    @Override
    public Reply handle(StreamedRequest request) {
        calls.incrementAndGet();
        String path = request.rawPath();
        int at = Integer.parseInt(path.substring(path.lastIndexOf('/') + 1)) * pieceBytes;
        int length = Math.min(pieceBytes, content.length - at);
        return switch (fault) {
            case WRONG -> Reply.bytes(200, "application/octet-stream", new byte[length]);
            case SHORT -> Reply.bytes(200, "application/octet-stream", new byte[length / 2]);
            case LONG -> Reply.bytes(200, "application/octet-stream", new byte[length + 1]);
            case BUSY -> Reply.problem(Problem.Kind.UNAVAILABLE.with("busy"));
            case REFUSES -> Reply.problem(Problem.Kind.FORBIDDEN.with("no"));
            case TRUNCATED, STALLED ->
                new Reply.Stream(
                        200,
                        "application/octet-stream",
                        out -> begin(out, at, length / 2),
                        Map.of("Content-Length", Integer.toString(length)));
        };
    }

    private void begin(StreamOutput out, int at, int length) throws IOException, InterruptedException {
        out.write(content, at, length);
        out.flush();
        if (fault == Fault.STALLED) {
            closed.await();
        }
        throw new IOException("breaks off");
    }

    @Override
    public void close() {
        closed.countDown();
        server.close();
    }
}
