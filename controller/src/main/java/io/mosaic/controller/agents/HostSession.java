package io.mosaic.controller.agents;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.kit.tls.HostIdentity;
import io.mosaic.model.link.ControllerMessage;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent's session, outward. Others only say what is to be told, and never wait; one thread of the session's own tells
 * it, when the connection takes more. What waits are uids, each once, and a few requests for side streams: a slow agent
 * costs no more memory than it has sets, and past {@value #TOUCHED_MAX} it is sent the whole state instead.
 *
 * <p>Thread-safe.
 */
final class HostSession {

    private static final Logger LOG = LoggerFactory.getLogger(HostSession.class);

    static final int TOUCHED_MAX = 1000;

    /** Side streams asked for that the agent has not even been told of. */
    private static final int OPENS_MAX = 64;

    private final HostIdentity identity;
    private final ServerCall<?, ControllerMessage> call;
    private final Supplier<ClusterImage> image;
    private final DesiredState desired;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<UUID> touched = new HashSet<>();
    private final Queue<ControllerMessage.Open> opens = new ArrayDeque<>();
    private ControllerMessage.@Nullable Welcome welcome;
    /** The number of the heartbeat that is to be answered; 0: none. */
    private long alive;

    private boolean whole;
    private boolean welcomed;
    private @Nullable Status end;

    HostSession(HostIdentity identity, ServerCall<?, ControllerMessage> call, Supplier<ClusterImage> image) {
        this.identity = identity;
        this.call = call;
        this.image = image;
        this.desired = new DesiredState(identity.host());
    }

    /** Starts the thread that tells. */
    void start() {
        Thread.ofVirtual().name("session-" + identity.host()).start(this::tell);
    }

    HostIdentity identity() {
        return identity;
    }

    String host() {
        return identity.host();
    }

    /** Lets the agent say that many messages more. */
    void allow(int messages) {
        call.request(messages);
    }

    /** Its hello is committed: greets it, then sends the whole state. */
    void welcome(ControllerMessage.Welcome message) {
        locked(() -> {
            welcome = message;
            whole = true;
        });
    }

    /** A set that is, or was, on this host may have changed. */
    void touch(UUID uid) {
        locked(() -> {
            if (touched.size() < TOUCHED_MAX) {
                touched.add(uid);
            } else {
                touched.clear();
                whole = true;
            }
        });
    }

    /** Its heartbeats up to that number are written down. */
    void alive(long number) {
        locked(() -> alive = Math.max(alive, number));
    }

    /** Asks the agent to open a side stream; false when the session has ended or too many were asked for. */
    boolean open(ControllerMessage.Open message) {
        lock.lock();
        try {
            if (end != null || opens.size() >= OPENS_MAX) {
                return false;
            }
            opens.add(message);
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the session; the first reason counts. */
    void end(Status why) {
        locked(() -> end = end == null ? why : end);
    }

    /** Whether it has ended, or is about to. */
    boolean ended() {
        lock.lock();
        try {
            return end != null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether it was welcomed: its hello is committed. */
    boolean told() {
        lock.lock();
        try {
            return welcomed;
        } finally {
            lock.unlock();
        }
    }

    /** The connection may take more. */
    void ready() {
        locked(() -> {});
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void tell() {
        try {
            Runnable next = await();
            while (next != null) {
                next.run();
                next = await();
            }
            Status why = end;
            call.close(why == null ? Status.OK : why, new Metadata());
        } catch (InterruptedException | RuntimeException e) {
            // The call was cancelled under our hands, the state is too large to be sent, or cannot be written: the
            // agent
            // must not go on with a session on which nothing more is told.
            LOG.warn("session of host {} ended: {}", host(), e.getMessage());
            end(Status.INTERNAL);
            close(Status.INTERNAL.withDescription(e.getMessage()));
        }
    }

    private void close(Status why) {
        try {
            call.close(why, new Metadata());
        } catch (IllegalStateException e) {
            LOG.debug("session of host {} was closed already", host());
        }
    }

    /** Tells the next thing on the caller's thread, in place of our own; says whether there was one. */
    boolean tellNext() {
        Runnable next;
        lock.lock();
        try {
            Status why = end;
            next = why != null ? () -> close(why) : call.isReady() ? next() : null;
        } finally {
            lock.unlock();
        }
        if (next != null) {
            next.run();
        }
        return next != null;
    }

    /** What to do next, without the lock; null at the end. */
    private @Nullable Runnable await() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                if (end != null) {
                    return null;
                }
                if (call.isReady()) {
                    Runnable next = next();
                    if (next != null) {
                        return next;
                    }
                }
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Runnable next() {
        ControllerMessage.Welcome greeting = welcome;
        if (greeting != null) {
            welcome = null;
            welcomed = true;
            return () -> call.sendMessage(greeting);
        }
        if (!welcomed) {
            return null;
        }
        ControllerMessage.Open open = opens.poll();
        if (open != null) {
            return () -> call.sendMessage(open);
        }
        if (whole) {
            whole = false;
            touched.clear();
            return () -> call.sendMessage(desired.whole(image.get()));
        }
        if (!touched.isEmpty()) {
            Set<UUID> uids = Set.copyOf(touched);
            touched.clear();
            return () -> sendDelta(uids);
        }
        if (alive > 0) {
            ControllerMessage.Alive answer = new ControllerMessage.Alive(alive);
            alive = 0;
            return () -> call.sendMessage(answer);
        }
        return null;
    }

    private void sendDelta(Set<UUID> uids) {
        ControllerMessage.Delta delta = desired.delta(image.get(), uids);
        if (delta != null) {
            call.sendMessage(delta);
        }
    }
}
