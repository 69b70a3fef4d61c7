package io.mosaic.images.blob.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer's body as it comes. One that stops coming for too long fails the read, which the JDK's own does not see to. Read by
 * one thread.
 */
final class S3Body extends InputStream implements HttpResponse.BodySubscriber<InputStream> {

    /** What the next read finds: buffers, or the end with or without a fault. */
    private record Event(
            List<ByteBuffer> buffers, boolean end, @Nullable Throwable fault) {}

    private final Duration patience;
    /** No more than one event and the end are ever on the way: the next buffers are asked for when these are read. */
    private final BlockingQueue<Event> events = new ArrayBlockingQueue<>(4);

    private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
    private final Deque<ByteBuffer> come = new ArrayDeque<>();
    private boolean ended;

    S3Body(Duration patience) {
        this.patience = patience;
    }

    @Override
    public CompletionStage<InputStream> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Flow.Subscription given) {
        if (subscription.complete(given)) {
            given.request(1);
        } else {
            given.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> item) {
        events.add(new Event(item, false, null));
    }

    @Override
    public void onError(Throwable fault) {
        events.add(new Event(List.of(), true, fault));
    }

    @Override
    public void onComplete() {
        events.add(new Event(List.of(), true, null));
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (true) {
            ByteBuffer first = come.peek();
            if (first != null && first.hasRemaining()) {
                int count = Math.min(length, first.remaining());
                first.get(into, offset, count);
                return count;
            }
            if (first != null) {
                come.remove();
                if (come.isEmpty()) {
                    subscription.join().request(1);
                }
            } else if (ended) {
                return -1;
            } else {
                await();
            }
        }
    }

    private void await() throws IOException {
        Event event;
        try {
            event = events.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
        if (event == null) {
            throw new IOException("nothing more of the answer came for " + patience.toMillis() + " ms");
        }
        if (event.fault() != null) {
            throw new IOException("the answer broke off", event.fault());
        }
        ended = event.end();
        come.addAll(event.buffers());
        if (!ended && come.isEmpty()) {
            subscription.join().request(1);
        }
    }

    /** What was not read is not fetched: its connection is given up. */
    @Override
    public void close() {
        for (Event event = events.poll(); event != null; event = events.poll()) {
            ended |= event.end();
        }
        Flow.Subscription given = subscription.getNow(null);
        if (given != null && !ended) {
            given.cancel();
        }
    }
}
