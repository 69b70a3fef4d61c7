package io.mosaic.model.client;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Follows a list: every change after a revision, in order, none missing. When the connection breaks it goes on from the
 * last revision that it delivered. A slow reader slows the server down rather than filling memory.
 *
 * <p>Thread-safe; one thread reads.
 */
public final class Watch<T> implements AutoCloseable {

    private static final int QUEUED_MAX = 256;

    /** A connection silent for this long is taken for dead: servers send bookmarks or comments more often. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    /** How long a watch that once worked tries to connect again. */
    private static final Duration RECONNECT_FOR = Duration.ofMinutes(2);

    private sealed interface Item<T> {}

    private record Delivered<T>(WatchEvent<T> event) implements Item<T> {}

    private record Ended<T>(RuntimeException cause) implements Item<T> {}

    private final Transport transport;
    private final LongFunction<String> pathFrom;
    private final Class<T> type;
    private final BlockingQueue<Item<T>> queue = new ArrayBlockingQueue<>(QUEUED_MAX);
    private final Thread reader;
    private volatile long position;
    private volatile long heardNanos = System.nanoTime();
    private volatile boolean closed;
    private volatile @Nullable InputStream open;
    private volatile @Nullable RuntimeException ended;

    Watch(Transport transport, long from, LongFunction<String> pathFrom, Class<T> type) {
        this.transport = transport;
        this.position = from;
        this.pathFrom = pathFrom;
        this.type = type;
        this.reader = Thread.ofVirtual().name("mosaic-watch").start(this::run);
    }

    /**
     * The next event, or null when none came in that time.
     *
     * @throws ProblemException when the server ended the watch, such as {@link Problem.Kind#COMPACTED}: list again and
     *     watch from there
     * @throws ServerUnreachableException when it could not be reached again
     * @throws InterruptedException when this thread was interrupted
     */
    public @Nullable WatchEvent<T> next(Duration wait) throws InterruptedException {
        RuntimeException over = ended;
        if (over != null) {
            throw over;
        }
        Item<T> item = queue.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
        if (item == null && System.nanoTime() - heardNanos > SILENCE_MAX.toNanos()) {
            heardNanos = System.nanoTime();
            disconnect();
        }
        return switch (item) {
            case null -> null;
            case Delivered<T>(WatchEvent<T> event) -> event;
            case Ended<T>(RuntimeException cause) -> {
                ended = cause;
                throw cause;
            }
        };
    }

    /** The revision of the last event that was received. */
    public long position() {
        return position;
    }

    private void run() {
        RuntimeException cause = new CancellationException("the watch was closed");
        try {
            follow();
        } catch (RuntimeException e) {
            cause = e;
        } catch (InterruptedException e) {
            closed = true;
        }
        end(cause);
    }

    private void follow() throws InterruptedException {
        boolean connected = false;
        long lostNanos = System.nanoTime();
        for (int attempt = 0; !closed; attempt++) {
            try {
                if (readAll()) {
                    attempt = 0;
                    connected = true;
                    lostNanos = System.nanoTime();
                }
            } catch (IOException e) {
                giveUpWhenTooLong(e, connected, lostNanos);
            } catch (ProblemException e) {
                if (!Transport.away(e.problem().status())) {
                    throw e;
                }
                giveUpWhenTooLong(new IOException("unavailable", e), connected, lostNanos);
            }
            if (!closed) {
                Thread.sleep(Transport.backoffMillis(attempt));
            }
        }
    }

    private void giveUpWhenTooLong(IOException e, boolean connected, long lostNanos) {
        Duration patience = connected ? RECONNECT_FOR : transport.settings().retryFor();
        boolean tooLong = System.nanoTime() - lostNanos > patience.toNanos();
        if (!closed && (tooLong || !Transport.transientFault(e))) {
            if (e.getCause() instanceof ProblemException problem) {
                throw problem;
            }
            throw new ServerUnreachableException(transport.settings().server(), false, e);
        }
    }

    /** Reads one connection to its end; whether anything came. */
    private boolean readAll() throws IOException, InterruptedException {
        boolean any = false;
        try (InputStream in = transport.open(Transport.Call.get(pathFrom.apply(position)))) {
            open = in;
            heardNanos = System.nanoTime();
            SseParser parser = new SseParser(in, () -> heardNanos = System.nanoTime());
            for (SseParser.Sse sse = parser.next(); sse != null && !closed; sse = parser.next()) {
                any = true;
                WatchEvent<T> event = event(sse);
                if (event != null) {
                    queue.put(new Delivered<>(event));
                    position = event.revision();
                }
            }
        } catch (IOException e) {
            if (!any) {
                throw e;
            }
        } finally {
            open = null;
        }
        return any;
    }

    private @Nullable WatchEvent<T> event(SseParser.Sse sse) {
        try {
            WatchEvent.Type kind = WatchEvent.Type.parse(sse.event());
            long revision = sse.id().isEmpty() ? position : Long.parseLong(sse.id());
            T item = kind == WatchEvent.Type.BOOKMARK ? null : Transport.MAPPER.readValue(sse.data(), type);
            return new WatchEvent<>(kind, revision, item);
        } catch (JacksonException e) {
            throw new ProblemException(
                    Problem.Kind.INTERNAL, "the server's answer is not understood: " + e.getOriginalMessage());
        } catch (IllegalArgumentException e) {
            // A kind of event that a later server sends.
            return null;
        }
    }

    /** Comes after all that was received, so that a reader misses nothing; a closed watch has no reader to wait for. */
    private void end(RuntimeException cause) {
        boolean told = false;
        while (!closed && !told) {
            try {
                told = queue.offer(new Ended<>(cause), 1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                closed = true;
            }
        }
        if (!told) {
            ended = cause;
            queue.clear();
            queue.offer(new Ended<>(cause));
        }
    }

    private void disconnect() {
        InputStream in = open;
        if (in != null) {
            try {
                in.close();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    /** Ends the watch; a thread in {@link #next} gets a CancellationException. */
    @Override
    public void close() {
        closed = true;
        reader.interrupt();
        disconnect();
    }
}
