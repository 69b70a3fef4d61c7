package io.mosaic.controller.store;

import io.mosaic.controller.store.Store.HeadListener;
import io.mosaic.controller.store.Store.Listening;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for commits on a connection of its own, and connects again when it is lost. News that come meanwhile are lost;
 * whoever listens polls as well.
 */
final class PostgresListener implements Listening {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresListener.class);
    private static final Duration WAIT = Duration.ofSeconds(5);
    private static final Duration RECONNECT = Duration.ofSeconds(1);

    private final PostgresDatabase database;
    private final HeadListener listener;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable Connection connection;

    private PostgresListener(PostgresDatabase database, HeadListener listener) {
        this.database = database;
        this.listener = listener;
    }

    static PostgresListener start(PostgresDatabase database, HeadListener listener) {
        PostgresListener started = new PostgresListener(database, listener);
        // A platform thread: the driver waits on a socket under its own lock.
        Thread.ofPlatform().daemon().name("log-listener").start(started::run);
        return started;
    }

    private void run() {
        try {
            do {
                listen();
            } while (!closed.await(RECONNECT.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            LOG.warn("listening for commits was interrupted and ends; polling goes on");
        }
    }

    private void listen() {
        try (Connection opened = database.connect();
                Statement statement = opened.createStatement()) {
            connection = opened;
            statement.execute("LISTEN " + PostgresAppend.CHANNEL);
            PGConnection postgres = opened.unwrap(PGConnection.class);
            while (closed.getCount() > 0) {
                tell(postgres.getNotifications((int) WAIT.toMillis()));
                // Nothing heard may be a dead connection: this one is answered, or fails in time.
                statement.execute("SELECT 1");
            }
        } catch (SQLException e) {
            if (closed.getCount() > 0) {
                LOG.debug("the connection that listens for commits was lost: {}", e.getMessage());
            }
        }
    }

    private void tell(PGNotification @Nullable [] notifications) {
        if (notifications == null) {
            return;
        }
        for (PGNotification notification : notifications) {
            String payload = notification.getParameter();
            int space = payload.indexOf(' ');
            try {
                listener.committed(
                        UUID.fromString(payload.substring(0, space)), Long.parseLong(payload.substring(space + 1)));
            } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
                LOG.warn("a notification that no log of ours sent was ignored");
            }
        }
    }

    @Override
    public void close() {
        closed.countDown();
        Connection open = connection;
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.debug("closing the connection that listens: {}", e.getMessage());
            }
        }
    }
}
