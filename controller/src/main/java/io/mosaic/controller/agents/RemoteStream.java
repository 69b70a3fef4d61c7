package io.mosaic.controller.agents;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.mosaic.kit.link.LinkMethodDescriptors;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.link.Frame;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A side stream of a host that another controller holds. The other end may send a few frames ahead of the reader. */
final class RemoteStream extends ClientCall.Listener<Frame> implements SideStream {

    private final ClientCall<Frame, Frame> call;
    private final String peer;
    private final Runnable over;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Queue<Frame> received = new ArrayDeque<>();
    private boolean ended;

    /**
     * Begins the call.
     *
     * @param peer the other end, for messages
     * @param over told once, when the call has ended
     */
    RemoteStream(Channel channel, String peer, Runnable over) {
        this.peer = peer;
        this.over = over;
        this.call = channel.newCall(LinkMethodDescriptors.FORWARD, CallOptions.DEFAULT);
        call.start(this, new Metadata());
        call.request(StreamCall.AHEAD);
    }

    @Override
    public void onMessage(Frame frame) {
        locked(() -> received.add(frame));
    }

    @Override
    public void onReady() {
        locked(() -> {});
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        locked(() -> ended = true);
        over.run();
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends the first frame.
     *
     * @throws ProblemException of kind TIMEOUT when the connection takes no further stream in that time
     */
    void open(Frame frame, Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lockInterruptibly();
        try {
            while (!ended && !call.isReady()) {
                if (left <= 0) {
                    throw new ProblemException(Problem.Kind.TIMEOUT, peer + " takes no further stream in time");
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
        send(frame);
    }

    @Override
    public void send(Frame frame) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!ended && !call.isReady()) {
                changed.await();
            }
            if (ended) {
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
        lock.lockInterruptibly();
        try {
            while (received.isEmpty()) {
                if (ended) {
                    return null;
                }
                if (left <= 0) {
                    throw new ProblemException(Problem.Kind.TIMEOUT, peer + " sent nothing on this stream in time");
                }
                left = changed.awaitNanos(left);
            }
            Frame frame = received.remove();
            if (!ended) {
                call.request(1);
            }
            return frame;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        locked(() -> {
            ended = true;
            received.clear();
        });
        call.cancel("closed", null);
    }
}
