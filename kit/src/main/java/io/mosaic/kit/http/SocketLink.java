package io.mosaic.kit.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.websocket.WsListener;
import io.helidon.websocket.WsSession;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ties one WebSocket connection of the server to a {@link SocketSession}: puts fragments together, keeps writers apart,
 * pings, and makes sure that the session hears of the end, however it came.
 */
final class SocketLink implements WsListener, SocketPeer, ServerConnection {

    private static final Logger LOG = LoggerFactory.getLogger(SocketLink.class);

    /** How long a client has to answer our close frame. */
    private static final Duration CLOSE_GRACE = Duration.ofSeconds(3);

    /** Pings without any sign of life after which the client counts as gone. */
    private static final int SILENT_PINGS_MAX = 2;

    private final SocketSession session;
    private final Deadlines deadlines;
    private final HttpLimits limits;
    private final Runnable ended;
    private final ReentrantLock writing = new ReentrantLock();
    private final CountDownLatch over = new CountDownLatch(1);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final ByteArrayOutputStream fragments = new ByteArrayOutputStream();
    private final AtomicInteger silentPings = new AtomicInteger();
    private volatile @Nullable WsSession wire;
    private @Nullable ServerConnection connection;

    /** @param ended runs once after the session has heard of the end */
    SocketLink(SocketSession session, Deadlines deadlines, HttpLimits limits, Runnable ended) {
        this.session = session;
        this.deadlines = deadlines;
        this.limits = limits;
        this.ended = ended;
    }

    ServerConnection over(ServerConnection made) {
        this.connection = made;
        return this;
    }

    private ServerConnection connection() {
        if (connection == null) {
            throw new IllegalStateException("the connection was not set");
        }
        return connection;
    }

    @Override
    public void handle(Limit limit) throws InterruptedException {
        Thread.ofVirtual().name("socket-ping").start(this::ping);
        try {
            connection().handle(limit);
        } finally {
            abandon();
        }
    }

    /** The connection is over, or never came to be. */
    void abandon() {
        over.countDown();
        try {
            session.closed();
        } finally {
            ended.run();
        }
    }

    @Override
    public Duration idleTime() {
        // Pings decide whether the client is alive; a quiet terminal is not idle.
        return Duration.ZERO;
    }

    @Override
    public void close(boolean interrupt) {
        connection().close(interrupt);
    }

    @Override
    public void onOpen(WsSession opened) {
        wire = opened;
        try {
            session.opened(this);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close(GOING_AWAY, "interrupted");
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    @Override
    public void onMessage(WsSession from, BufferData data, boolean last) {
        silentPings.set(0);
        byte[] part = data.readBytes();
        if (fragments.size() + part.length > session.messageBytesMax()) {
            close(TOO_BIG, "a message may have " + session.messageBytesMax() + " bytes");
            throw new CloseConnectionException("a WebSocket message is too long");
        }
        byte[] message = part;
        if (!last || fragments.size() > 0) {
            fragments.writeBytes(part);
            message = fragments.toByteArray();
        }
        if (!last) {
            return;
        }
        fragments.reset();
        try {
            session.received(message);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close(GOING_AWAY, "interrupted");
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    @Override
    public void onMessage(WsSession from, String text, boolean last) {
        close(1003, "binary messages only");
    }

    @Override
    public void onPing(WsSession from, BufferData payload) {
        silentPings.set(0);
        locked(() -> from.pong(payload));
    }

    @Override
    public void onPong(WsSession from, BufferData payload) {
        silentPings.set(0);
    }

    @Override
    public void onClose(WsSession from, int status, String reason) {
        closing.countDown();
    }

    @Override
    public void onError(WsSession from, Throwable cause) {
        LOG.debug("WebSocket fault", cause);
        closing.countDown();
    }

    private void failed(RuntimeException e) {
        LOG.warn("a WebSocket session failed", e);
        close(UNEXPECTED, "unexpected fault");
    }

    @Override
    public void send(byte[] message) throws IOException {
        WsSession target = wire;
        if (target == null || closing.getCount() == 0) {
            throw new IOException("the WebSocket is closed");
        }
        try {
            locked(() -> target.send(BufferData.create(message), true));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RuntimeException e) {
            throw new IOException("the client is gone", e);
        }
    }

    @Override
    public void close(int code, String reason) {
        boolean first = closing.getCount() > 0;
        closing.countDown();
        WsSession target = wire;
        if (!first || target == null) {
            return;
        }
        try {
            locked(() -> target.close(code, reason));
        } catch (RuntimeException e) {
            LOG.debug("the client was gone before the close frame", e);
        }
    }

    private void locked(Runnable write) {
        writing.lock();
        try (Deadlines.Entry _ = deadlines.enter(limits.writeTimeout())) {
            write.run();
        } finally {
            writing.unlock();
        }
    }

    /** Pings while open; once one side wants to close, gives the other its grace and then breaks the connection off. */
    private void ping() {
        try {
            while (!closing.await(limits.pingInterval().toMillis(), TimeUnit.MILLISECONDS) && over.getCount() > 0) {
                WsSession target = wire;
                if (target == null) {
                    continue;
                }
                if (silentPings.incrementAndGet() > SILENT_PINGS_MAX) {
                    break;
                }
                locked(() -> target.ping(BufferData.create(new byte[0])));
            }
            if (!over.await(CLOSE_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                connection().close(true);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.debug("the client is gone", e);
            connection().close(true);
        }
    }
}
