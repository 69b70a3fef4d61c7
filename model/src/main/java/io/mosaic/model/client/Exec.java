package io.mosaic.model.client;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A command that runs in a container, over a WebSocket of {@link Frame}s. What the command writes goes to the two streams
 * given at its start; the next message is asked for when they have taken the last, so a slow reader holds the command
 * back. Input is sent through {@link #stdin}, whose close tells the command the end of its input while its output goes
 * on.
 *
 * <p>Thread-safe.
 */
public final class Exec implements AutoCloseable {

    private static final int CHUNK_BYTES = 32 * 1024;

    private static final Duration PING = Duration.ofSeconds(5);

    /** To be taken by our own side of the socket; the peer's answer is not waited for. */
    private static final Duration PING_ANSWER = Duration.ofSeconds(30);

    /** The channel byte and the payload; a larger message is no frame. */
    private static final int MESSAGE_BYTES_MAX = Frame.PAYLOAD_BYTES_MAX + 1;

    private final Transport transport;
    private final OutputStream out;
    private final OutputStream err;
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final ReentrantLock sending = new ReentrantLock();
    /** Holds at most the message asked for and the end of the connection. */
    private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();

    private @Nullable WebSocket socket;
    private @Nullable Thread writer;

    private Exec(Transport transport, OutputStream out, OutputStream err) {
        this.transport = transport;
        this.out = out;
        this.err = err;
    }

    static Exec open(Transport transport, String path, OutputStream out, OutputStream err) {
        Exec exec = new Exec(transport, out, err);
        try {
            WebSocket opened = transport
                    .webSocket()
                    .buildAsync(transport.webSocketUri(path), exec.new Receiver())
                    .join();
            exec.socket = opened;
            exec.writer = Thread.ofVirtual().name("mosaic-exec").start(() -> exec.pump(opened));
            Thread.ofVirtual().name("mosaic-exec-ping").start(() -> exec.ping(opened));
            return exec;
        } catch (CompletionException e) {
            throw refusal(transport, e.getCause() == null ? e : e.getCause());
        }
    }

    private static RuntimeException refusal(Transport transport, Throwable cause) {
        if (cause instanceof WebSocketHandshakeException handshake && handshake.getResponse() != null) {
            Object body = handshake.getResponse().body();
            byte[] bytes = body instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : new byte[0];
            return new ProblemException(
                    Transport.problem(handshake.getResponse().statusCode(), bytes));
        }
        return new ServerUnreachableException(transport.settings().server(), false, cause);
    }

    /** Input of the command; closing it is the end of that input. Meant for one writer. */
    public OutputStream stdin() {
        return new OutputStream() {
            private boolean closed;

            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                if (closed) {
                    throw new IOException("the input is closed");
                }
                for (int at = offset; at < offset + length; at += CHUNK_BYTES) {
                    int size = Math.min(CHUNK_BYTES, offset + length - at);
                    byte[] chunk = new byte[size];
                    System.arraycopy(bytes, at, chunk, 0, size);
                    send(new Frame(Frame.STDIN, chunk));
                }
            }

            @Override
            public void close() throws IOException {
                if (!closed) {
                    closed = true;
                    send(new Frame(Frame.STDIN, new byte[0]));
                }
            }
        };
    }

    /** Tells the command's terminal its new size. */
    public void resize(int columns, int rows) throws IOException {
        send(Frame.control(new StreamControl.Resize(columns, rows)));
    }

    /**
     * The exit code of the command, once it ended and all its output was written; null when that took longer.
     *
     * @throws ProblemException when it could not be run, or the link to its host broke
     * @throws ServerUnreachableException when the connection broke before its end was heard of
     */
    public @Nullable Integer waitFor(Duration wait) throws InterruptedException {
        try {
            return exit.get(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return null;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ProblemException problem) {
                throw problem;
            }
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new ServerUnreachableException(transport.settings().server(), true, cause);
        }
    }

    /** One send at a time, as the WebSocket demands; waiting for it is the back-pressure on our side. */
    private void send(Frame frame) throws IOException {
        WebSocket open = socket;
        if (open == null || exit.isDone()) {
            throw new IOException("the command has ended");
        }
        sending.lock();
        try {
            open.sendBinary(ByteBuffer.wrap(frame.encode()), true).join();
        } catch (CompletionException | IllegalStateException e) {
            throw new IOException("the connection is closed", e);
        } finally {
            sending.unlock();
        }
    }

    /** Ends the connection; a command that still runs is heard of no more. */
    @Override
    public void close() {
        WebSocket open = socket;
        if (open != null) {
            open.abort();
        }
        exit.completeExceptionally(new IOException("closed"));
        if (writer != null) {
            writer.interrupt();
        }
    }

    /** What the WebSocket brought: a frame, or its end. */
    private sealed interface Arrival {}

    private record Came(Frame frame) implements Arrival {}

    private record Over(Throwable why) implements Arrival {}

    /**
     * Called by the WebSocket, one message after the other. It only hands on: the JDK may call it on whichever thread
     * asks for the next message, even while the connection is being opened, so nothing here may wait.
     */
    private final class Receiver implements WebSocket.Listener {
        private final ByteArrayOutputStream message = new ByteArrayOutputStream();

        /** Asks for nothing yet; the writer does when it is there. */
        @Override
        public void onOpen(WebSocket from) {}

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
            byte[] part = new byte[data.remaining()];
            data.get(part);
            if (message.size() + part.length > MESSAGE_BYTES_MAX) {
                arrivals.add(new Over(new IOException("a message longer than a frame")));
                return null;
            }
            message.writeBytes(part);
            if (!last) {
                from.request(1);
                return null;
            }
            byte[] whole = message.toByteArray();
            message.reset();
            try {
                arrivals.add(new Came(Frame.decode(whole)));
            } catch (IllegalArgumentException e) {
                arrivals.add(new Over(new IOException("a message that is no frame", e)));
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
            arrivals.add(new Over(
                    new IOException("closed with status " + status + (reason.isEmpty() ? "" : ", " + reason))));
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            arrivals.add(new Over(error));
        }
    }

    /**
     * Finds a connection that broke without a word, and one whose end the JDK did not tell because it came while the
     * connection was being opened.
     */
    private void ping(WebSocket to) {
        try {
            while (!exit.isDone()) {
                Thread.sleep(PING);
                to.sendPing(ByteBuffer.allocate(0)).get(PING_ANSWER.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (IllegalStateException e) {
            // A ping is still under way, or the output is closed: the reader hears of the end.
            arrivals.add(new Over(e));
        } catch (ExecutionException | TimeoutException e) {
            arrivals.add(new Over(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes what came, on a thread of its own, and asks for the next message when that is done. */
    private void pump(WebSocket from) {
        try {
            while (!exit.isDone()) {
                from.request(1);
                switch (arrivals.take()) {
                    case Came(Frame frame) -> take(frame);
                    case Over(Throwable why) -> exit.completeExceptionally(why);
                }
            }
        } catch (IOException | IllegalArgumentException | ProblemException | InterruptedException e) {
            exit.completeExceptionally(e);
            from.abort();
        }
    }

    private void take(Frame frame) throws IOException {
        switch (frame.channel()) {
            case Frame.STDOUT -> write(out, frame.payload());
            case Frame.STDERR -> write(err, frame.payload());
            case Frame.CONTROL -> take(frame.control());
            default -> throw new IOException("input came back");
        }
    }

    private void take(StreamControl control) {
        switch (control) {
            case StreamControl.Exit(int code) -> exit.complete(code);
            case StreamControl.Failed(Problem problem) -> exit.completeExceptionally(new ProblemException(problem));
            case StreamControl.Attach _, StreamControl.Forward _, StreamControl.Unknown _, StreamControl.Progress _ -> {
                // Between agents and controllers only, or of a newer server.
            }
            case StreamControl.Resize resize -> {
                // Ours to send.
            }
        }
    }

    private static void write(OutputStream to, byte[] payload) throws IOException {
        to.write(payload);
        to.flush();
    }
}
