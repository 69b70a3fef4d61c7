package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/** The store in PostgreSQL 15 or later. Thread-safe. */
public final class PostgresStore implements Store {

    /** Rows fetched at once while everything is loaded. */
    private static final int FETCH = 2_000;

    private final PostgresDatabase database;

    private PostgresStore(PostgresDatabase database) {
        this.database = database;
    }

    /**
     * Migrates the schema and opens the store.
     *
     * @throws StoreException when the database does not answer or cannot be migrated
     */
    public static PostgresStore open(PostgresConfig config) throws StoreException {
        return new PostgresStore(new PostgresDatabase(config));
    }

    @Override
    public Snapshot load() throws StoreException {
        return database.readAll(handle -> {
            List<Resource> resources = handle.createQuery("SELECT body FROM resource")
                    .setFetchSize(FETCH)
                    .map((row, context) -> ChangeJson.resource(row.getString(1)))
                    .list();
            return handle.createQuery("SELECT revision, compacted_to FROM head")
                    .map((row, context) -> new Snapshot(row.getLong(1), row.getLong(2), resources))
                    .one();
        });
    }

    @Override
    public void append(Append append, Work work) throws StoreException {
        PostgresAppend.run(database, append, work);
    }

    @Override
    public boolean committed(UUID log, UUID group) throws StoreException {
        return database.write(handle -> {
            handle.execute("SELECT 1 FROM head FOR UPDATE");
            return handle.createQuery(
                            "SELECT EXISTS (SELECT 1 FROM commit_group WHERE log = :log AND group_id = :group)")
                    .bind("log", log)
                    .bind("group", group)
                    .mapTo(Boolean.class)
                    .one();
        });
    }

    @Override
    public List<Change> changesAfter(long revision, int limit) throws StoreException {
        return database.read(handle -> {
            checkKept(revision, compactedTo(handle));
            return changes(handle, revision, limit);
        });
    }

    static void checkKept(long revision, long compactedTo) {
        if (revision < compactedTo) {
            throw new ProblemException(
                    Problem.Kind.COMPACTED, "changes up to revision " + compactedTo + " are no longer kept");
        }
    }

    static List<Change> changes(Handle handle, long after, int limit) {
        return handle.createQuery(
                        "SELECT revision, deleted, body FROM change WHERE revision > :after ORDER BY revision LIMIT :limit")
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> change(row))
                .list();
    }

    private static Change change(ResultSet row) throws SQLException {
        return ChangeJson.change(row.getLong(1), row.getBoolean(2), row.getString(3));
    }

    @Override
    public long compactedTo() throws StoreException {
        return database.read(PostgresStore::compactedTo);
    }

    private static long compactedTo(Handle handle) {
        return handle.createQuery("SELECT compacted_to FROM head")
                .mapTo(Long.class)
                .one();
    }

    @Override
    public long trim(Retention retention) throws StoreException {
        return PostgresTrim.run(database, retention);
    }

    @Override
    public List<Event> events(EventQuery query) throws StoreException {
        return PostgresJournals.events(database, query);
    }

    @Override
    public void appendAudit(List<AuditEntry> entries) throws StoreException {
        PostgresJournals.appendAudit(database, entries);
    }

    @Override
    public List<AuditEntry> audit(AuditQuery query) throws StoreException {
        return PostgresJournals.audit(database, query);
    }

    @Override
    public Lease lead(String holder, Duration life) throws StoreException {
        return PostgresLeases.lead(database, holder, life);
    }

    @Override
    public void resign(String holder) throws StoreException {
        PostgresLeases.resign(database, holder);
    }

    @Override
    public void heartbeats(Map<String, Duration> ages) throws StoreException {
        PostgresLeases.heartbeats(database, ages);
    }

    @Override
    public Map<String, Duration> heartbeatAges() throws StoreException {
        return PostgresLeases.heartbeatAges(database);
    }

    @Override
    public void forgetHeartbeats(Set<String> hosts) throws StoreException {
        PostgresLeases.forgetHeartbeats(database, hosts);
    }

    @Override
    public Listening listen(HeadListener listener) {
        return PostgresListener.start(database, listener);
    }

    @Override
    public void close() {
        database.close();
    }
}
