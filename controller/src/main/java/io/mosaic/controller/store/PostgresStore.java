package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.host.HostLeases.Claimant;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.sql.PostgresConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The store in PostgreSQL 15 or later. Thread-safe. */
public final class PostgresStore implements Store {

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
        return new PostgresStore(PostgresDatabase.migrated(config));
    }

    @Override
    public Snapshot load() throws StoreException {
        return database.readAll(PostgresRows::fetch).read();
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
            return PostgresChanges.after(handle, revision, limit);
        });
    }

    static void checkKept(long revision, long compactedTo) {
        if (revision < compactedTo) {
            throw new ProblemException(
                    Problem.Kind.COMPACTED, "changes up to revision " + compactedTo + " are no longer kept");
        }
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
    public Set<String> heartbeats(String controller, Map<String, Duration> ages) throws StoreException {
        return PostgresLeases.heartbeats(database, controller, ages);
    }

    @Override
    public Set<String> claim(String controller, Map<String, Claimant> agents, Duration lease) throws StoreException {
        return PostgresLeases.claim(database, controller, agents, lease);
    }

    @Override
    public void announce(Member member, Duration forget) throws StoreException {
        PostgresMembers.announce(database, member, forget);
    }

    @Override
    public List<Member> members() throws StoreException {
        return PostgresMembers.all(database);
    }

    @Override
    public @Nullable Member holder(String host) throws StoreException {
        return PostgresMembers.holder(database, host);
    }

    @Override
    public List<Shared> share(String controller, String text, Duration forget) throws StoreException {
        return PostgresMembers.share(database, controller, text, forget);
    }

    @Override
    public String authority(String mine) throws StoreException {
        return PostgresMembers.authority(database, mine);
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
