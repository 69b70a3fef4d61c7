package io.mosaic.agent.link;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A bidirectional call for threads that block. Whoever sends waits while the other side takes no more, and one message
 * waits to be received: so memory stays bounded both ways.
 *
 * <p>Thread-safe.
 *
 * @param <Q> what is sent
 * @param <A> what is received
 */
final class BlockingCall<Q, A> implements AutoCloseable {
    private final ClientCall<Q, A> call;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<A> received = new ArrayDeque<>();
    private @Nullable Status status;
    private boolean halfClosed;

    BlockingCall(Channel channel, MethodDescriptor<Q, A> method) {
        call = channel.newCall(method, CallOptions.DEFAULT);
        call.start(new Listener(), new Metadata());
        call.request(1);
    }

    /** Waits until the other side takes it; false when the call has ended. */
    boolean send(Q message) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (status == null && !halfClosed && !call.isReady()) {
                changed.await();
            }
            if (status != null || halfClosed) {
                return false;
            }
            call.sendMessage(message);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a message; null when the call has ended, or nothing came within that time. */
    @Nullable
    A receive(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (received.isEmpty() && status == null && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            A message = received.poll();
            if (message != null && status == null) {
                call.request(1);
            }
            return message;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more is sent. */
    void halfClose() {
        lock.lock();
        try {
            if (status == null && !halfClosed) {
                halfClosed = true;
                call.halfClose();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Why the call ended; null while it goes on. */
    @Nullable
    Status status() {
        lock.lock();
        try {
            return status;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the end of the call, at most that long. */
    void awaitEnd(long millis) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
            while (status == null && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends the call; nothing happens when it has ended. */
    @Override
    public void close() {
        call.cancel("closed by the agent", null);
    }

    private final class Listener extends ClientCall.Listener<A> {
        @Override
        public void onMessage(A message) {
            change(() -> received.add(message));
        }

        @Override
        public void onReady() {
            change(() -> {});
        }

        @Override
        public void onClose(Status why, Metadata trailers) {
            change(() -> status = why);
        }

        private void change(Runnable what) {
            lock.lock();
            try {
                what.run();
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
