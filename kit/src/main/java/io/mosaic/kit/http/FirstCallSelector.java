package io.mosaic.kit.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a server that stops from cutting connections that are new: whoever made one is about to send its first call, and
 * could not tell whether a call that was cut off had been done. Those that have called and are idle are cut as before.
 */
final class FirstCallSelector implements ServerConnectionSelector {

    private final ServerConnectionSelector inner;
    /** Connections, by the id of their socket, that have not called yet. */
    private final Set<String> quiet = ConcurrentHashMap.newKeySet();

    FirstCallSelector(ServerConnectionSelector inner) {
        this.inner = inner;
    }

    /** A call came on that connection. */
    void called(String socketId) {
        quiet.remove(socketId);
    }

    @Override
    public int bytesToIdentifyConnection() {
        return inner.bytesToIdentifyConnection();
    }

    @Override
    public Support supports(BufferData data) {
        return inner.supports(data);
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
        return inner.supportedApplicationProtocols();
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
        String id = context.childSocketId();
        quiet.add(id);
        return new Connection(inner.connection(context), id, quiet);
    }

    private record Connection(ServerConnection inner, String id, Set<String> quiet)
            implements ServerConnection, InterruptableTask<Void> {

        @Override
        public boolean canInterrupt() {
            return !quiet.contains(id) && inner instanceof InterruptableTask<?> task && task.canInterrupt();
        }

        @Override
        public void handle(Limit limit) throws InterruptedException {
            try {
                inner.handle(limit);
            } finally {
                quiet.remove(id);
            }
        }

        @Override
        public Duration idleTime() {
            return inner.idleTime();
        }

        @Override
        public void close(boolean interrupt) {
            // The server's own way to close in good order cuts whoever waits for a call. One that is quiet is left: the
            // answer to its first call closes it, or the server does by force when its patience ends.
            if (interrupt || !quiet.contains(id)) {
                inner.close(interrupt);
            }
        }
    }
}
