package io.mosaic.agent.share;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of one piece as they come, and says when the last came. Used once. Written by one thread at a time; {@link #quietSince}
 * may be asked by any.
 */
public final class PieceBuffer {

    private final byte[] bytes;
    private final int expected;
    private int length;
    private volatile long last = System.nanoTime();
    private volatile long begun = System.nanoTime();
    private volatile boolean waiting;

    /** @param expected bytes of the piece */
    public PieceBuffer(int expected) {
        this(new byte[expected], expected);
    }

    /**
     * One in an array that was used before.
     *
     * @param bytes as long at least
     */
    PieceBuffer(byte[] bytes, int expected) {
        this.bytes = bytes;
        this.expected = expected;
    }

    /** More came than the piece has. */
    public static final class OverlongException extends IOException {
        private static final long serialVersionUID = 1L;

        OverlongException() {
            super("more bytes than the piece has");
        }
    }

    int expected() {
        return expected;
    }

    /** What came, in the first {@link #length} bytes. */
    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** It is not asked for yet: this host holds itself back. Until {@link #begins}, nobody is slow. */
    void waits() {
        waiting = true;
    }

    /** It is asked for now. */
    void begins() {
        long now = System.nanoTime();
        last = now;
        begun = now;
        waiting = false;
    }

    boolean waiting() {
        return waiting;
    }

    /** When it was asked for, by {@link System#nanoTime}. */
    long begun() {
        return begun;
    }

    /** When the last bytes came, or it was made, by {@link System#nanoTime}. */
    long quietSince() {
        return last;
    }

    /** @throws OverlongException when it is more than the piece has; nothing of it is taken then */
    public void add(ByteBuffer more) throws OverlongException {
        int many = more.remaining();
        if (many > expected - length) {
            throw new OverlongException();
        }
        more.get(bytes, length, many);
        length += many;
        last = System.nanoTime();
    }

    /** Takes an answer's body when the status is the one for content, and else lets it pass. */
    HttpResponse.BodyHandler<Integer> whenStatus(int status) {
        return head -> head.statusCode() == status ? new Body() : HttpResponse.BodySubscribers.replacing(0);
    }

    private final class Body implements HttpResponse.BodySubscriber<Integer> {

        private final CompletableFuture<Integer> whole = new CompletableFuture<>();
        private Flow.@Nullable Subscription subscription;

        @Override
        public CompletionStage<Integer> getBody() {
            return whole;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> items) {
            try {
                for (ByteBuffer item : items) {
                    add(item);
                }
            } catch (OverlongException e) {
                if (subscription != null) {
                    subscription.cancel();
                }
                whole.completeExceptionally(e);
            }
        }

        @Override
        public void onError(Throwable fault) {
            whole.completeExceptionally(fault);
        }

        @Override
        public void onComplete() {
            whole.complete(length);
        }
    }
}
