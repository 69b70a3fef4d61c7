package io.mosaic.controller.agents;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One side stream on gRPC. The agent may send {@value #AHEAD} frames ahead of the reader; each frame read allows one more.
 * Sending waits while gRPC's own buffer (32 KiB) is full.
 */
final class StreamCall extends ServerCall.Listener<Parsed<Frame>> implements SideStream {

    /** At 256 KiB a frame at most, what one stream may hold here: 2 MiB. */
    static final int AHEAD = 8;

    /** What the first frame of a stream begins. */
    @FunctionalInterface
    interface Opening {
        /** Why the stream is refused, or null when it goes on. Must not block. */
        @Nullable
        Status begin(StreamControl first, StreamCall stream);
    }

    private final ServerCall<?, Frame> call;
    /** The other end, for messages. */
    private final String peer;

    private final Opening opening;
    private final Consumer<StreamCall> gone;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<Frame> received = new ArrayDeque<>();
    private boolean attached;
    private boolean ended;
    private boolean closed;

    /** @param gone told when the call has ended */
    StreamCall(ServerCall<?, Frame> call, String peer, Opening opening, Consumer<StreamCall> gone) {
        this.call = call;
        this.peer = peer;
        this.opening = opening;
        this.gone = gone;
    }

    void start() {
        call.request(1);
    }

    boolean isAttached() {
        lock.lock();
        try {
            return attached;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onMessage(Parsed<Frame> parsed) {
        switch (parsed) {
            case Parsed.Fault<Frame>(Status why) -> end(why);
            case Parsed.Message<Frame>(Frame frame) -> heard(frame);
        }
    }

    private void heard(Frame frame) {
        if (!isAttached()) {
            attach(frame);
            return;
        }
        lock.lock();
        try {
            if (!closed) {
                received.add(frame);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void attach(Frame frame) {
        StreamControl first;
        try {
            first = frame.control();
        } catch (IllegalArgumentException | ProblemException e) {
            end(Status.INVALID_ARGUMENT.withDescription("a side stream begins with a control frame"));
            return;
        }
        lock.lock();
        try {
            attached = true;
        } finally {
            lock.unlock();
        }
        Status refused = opening.begin(first, this);
        if (refused == null) {
            call.request(AHEAD);
        } else {
            end(refused);
        }
    }

    @Override
    public void onHalfClose() {
        // The agent has said all; what it sent is still to be read, and it may still be sent to until close.
        finish();
    }

    @Override
    public void onCancel() {
        finish();
        gone.accept(this);
    }

    @Override
    public void onComplete() {
        finish();
        gone.accept(this);
    }

    @Override
    public void onReady() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void finish() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void send(Frame frame) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!ended && !closed && !call.isReady()) {
                changed.await();
            }
            if (ended || closed || call.isCancelled()) {
                throw new ProblemException(Problem.Kind.UNAVAILABLE, "the stream to " + peer + " has ended");
            }
            call.sendMessage(frame);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public @Nullable Frame receive(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        Frame frame;
        lock.lockInterruptibly();
        try {
            while (received.isEmpty()) {
                if (ended || closed) {
                    return null;
                }
                if (left <= 0) {
                    throw new ProblemException(Problem.Kind.TIMEOUT, peer + " sent nothing on this stream in time");
                }
                left = changed.awaitNanos(left);
            }
            frame = received.remove();
        } finally {
            lock.unlock();
        }
        call.request(1);
        return frame;
    }

    @Override
    public void close() {
        end(Status.OK);
    }

    void end(Status why) {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            received.clear();
            changed.signalAll();
            call.close(why, new Metadata());
        } finally {
            lock.unlock();
        }
    }
}
