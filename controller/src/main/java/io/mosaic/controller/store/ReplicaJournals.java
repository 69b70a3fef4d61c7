package io.mosaic.controller.store;

import io.mosaic.controller.store.Store.AuditQuery;
import io.mosaic.controller.store.Store.EventQuery;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import io.mosaic.sql.PostgresConfig;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Events and audit entries as a replica has them, a moment after the primary, so that long searches cost the log nothing.
 * While the replica does not answer, the primary does.
 *
 * <p>Thread-safe.
 */
public final class ReplicaJournals implements Journals, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaJournals.class);

    private static final int CONNECTIONS = 4;

    /** After a failure the primary is asked for so long: nobody should wait for a dead replica with every call. */
    private static final Duration AVOID = Duration.ofSeconds(10);

    private final PostgresDatabase replica;
    private final Journals primary;
    private volatile long avoidUntil = System.nanoTime();

    private ReplicaJournals(PostgresDatabase replica, Journals primary) {
        this.replica = replica;
        this.primary = primary;
    }

    /** Connects when it is first asked. */
    public static ReplicaJournals of(PostgresConfig config, Journals primary) {
        PostgresConfig few =
                new PostgresConfig(config.url(), config.user(), config.password(), CONNECTIONS, config.answer());
        return new ReplicaJournals(PostgresDatabase.existing(few), primary);
    }

    private interface Read<T> {
        List<T> run() throws StoreException;
    }

    private <T> List<T> read(Read<T> here, Read<T> otherwise) throws StoreException {
        if (System.nanoTime() - avoidUntil >= 0) {
            try {
                return here.run();
            } catch (StoreException e) {
                LOG.warn("the replica for reading: {}; the primary is asked for {} s", e.reason(), AVOID.toSeconds());
                avoidUntil = System.nanoTime() + AVOID.toNanos();
            }
        }
        return otherwise.run();
    }

    @Override
    public List<Event> events(EventQuery query) throws StoreException {
        return read(() -> PostgresJournals.events(replica, query), () -> primary.events(query));
    }

    @Override
    public List<AuditEntry> audit(AuditQuery query) throws StoreException {
        return read(() -> PostgresJournals.audit(replica, query), () -> primary.audit(query));
    }

    @Override
    public void close() {
        replica.close();
    }
}
