package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.store.Store.Append;
import io.mosaic.controller.store.Store.Batch;
import io.mosaic.controller.store.Store.Entry;
import io.mosaic.controller.store.Store.Head;
import io.mosaic.controller.store.Store.KeptOutcome;
import io.mosaic.controller.store.Store.ScopedKey;
import io.mosaic.controller.store.Store.Work;
import io.mosaic.model.ResourceKey;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/** The transaction that appends to the log. Each table is written by one statement for up to {@value #ROWS_MAX} rows. */
final class PostgresAppend {
    /** Told of each commit: the log's id, a space, the head's new revision. */
    static final String CHANNEL = "mosaic_head";

    /** Few enough that no statement comes near its timeout, however much one decision changes. */
    private static final int ROWS_MAX = 2_000;

    private PostgresAppend() {}

    static void run(PostgresDatabase database, Append append, Work work) throws StoreException {
        Boolean behind = database.write(handle -> {
            Head head = head(handle, append);
            if (head == null) {
                return true;
            }
            Batch batch = work.decide(head);
            if (!batch.isEmpty()) {
                keep(handle, append, head, batch);
            }
            return false;
        });
        if (behind) {
            throw new StoreException(StoreException.Kind.BEHIND, "the log is far behind the head");
        }
    }

    private record HeadRow(long revision, long epoch, long compactedTo) {}

    /** The head, locked until the transaction ends; null when the log is too far behind. */
    private static @Nullable Head head(Handle handle, Append append) {
        HeadRow row = handle.createQuery("SELECT revision, epoch, compacted_to FROM head FOR UPDATE")
                .map((found, context) -> new HeadRow(found.getLong(1), found.getLong(2), found.getLong(3)))
                .one();
        List<Change> missed = List.of();
        if (row.revision() != append.known()) {
            PostgresStore.checkKept(append.known(), row.compactedTo());
            if (row.revision() - append.known() > Store.MISSED_MAX) {
                return null;
            }
            missed = PostgresStore.changes(handle, append.known(), Store.MISSED_MAX);
        }
        return new Head(row.revision(), row.epoch(), row.compactedTo(), missed, kept(handle, append.keys()));
    }

    private static Map<ScopedKey, KeptOutcome> kept(Handle handle, Set<ScopedKey> keys) {
        Map<ScopedKey, KeptOutcome> kept = new HashMap<>();
        if (keys.isEmpty()) {
            return kept;
        }
        handle.createQuery("""
                        SELECT scope, key, request_hash, revision, changes
                        FROM idempotency JOIN unnest(:scopes, :keys) AS asked (scope, key) USING (scope, key)""")
                .bindArray(
                        "scopes",
                        String.class,
                        keys.stream().map(ScopedKey::scope).toList())
                .bindArray(
                        "keys", String.class, keys.stream().map(ScopedKey::key).toList())
                .map((row, context) -> kept.put(
                        new ScopedKey(row.getString(1), row.getString(2)),
                        new KeptOutcome(row.getString(3), row.getLong(4), row.getString(5))))
                .list();
        return kept;
    }

    private static void keep(Handle handle, Append append, Head head, Batch batch) {
        Timestamp at = Timestamp.from(batch.at());
        if (!batch.changes().isEmpty()) {
            List<Entry> entries = batch.changes();
            for (int from = 0; from < entries.size(); from += ROWS_MAX) {
                List<Entry> piece = entries.subList(from, Math.min(from + ROWS_MAX, entries.size()));
                keepEntries(handle, piece, at);
            }
        }
        PostgresJournals.keepEvents(handle, batch.events());
        if (!batch.outcomes().isEmpty()) {
            keepOutcomes(handle, batch.outcomes(), at);
        }
        advance(handle, append, head.revision() + batch.changes().size(), at);
    }

    /**
     * The changes, and the rows that they leave. Of several changes to one resource only the last counts, and a statement may
     * touch a row but once. A body is most of what is sent, so it is sent once, for both tables.
     */
    private static void keepEntries(Handle handle, List<Entry> entries, Timestamp at) {
        Map<ResourceKey, Long> last = new HashMap<>();
        entries.forEach(entry -> last.put(entry.change().key(), entry.change().revision()));
        Rows rows = new Rows();
        Rows gone = new Rows();
        for (Entry entry : entries) {
            boolean isLast = Objects.equals(
                    last.get(entry.change().key()), entry.change().revision());
            rows.add(entry, isLast);
            if (isLast && entry.change() instanceof Change.Delete) {
                gone.add(entry, true);
            }
        }
        rows.bind(handle.createUpdate("""
                        WITH new AS MATERIALIZED (
                            SELECT * FROM unnest(:revisions, :deleted, :last, :kinds, :tenants, :names, :bodies)
                            AS new (revision, deleted, last, kind, tenant, name, body)),
                        logged AS (
                            INSERT INTO change (revision, deleted, at, body)
                            SELECT revision, deleted, :at, body FROM new)
                        INSERT INTO resource (kind, tenant, name, revision, body)
                        SELECT kind, tenant, name, revision, body FROM new WHERE last AND NOT deleted
                        ON CONFLICT (kind, tenant, name)
                        DO UPDATE SET revision = excluded.revision, body = excluded.body""")).bind("at", at).execute();
        if (!gone.names.isEmpty()) {
            gone.bindKeys(handle.createUpdate("""
                            DELETE FROM resource USING unnest(:kinds, :tenants, :names) AS gone (kind, tenant, name)
                            WHERE resource.kind = gone.kind AND resource.tenant = gone.tenant
                            AND resource.name = gone.name""")).execute();
        }
    }

    private static void keepOutcomes(Handle handle, Map<ScopedKey, KeptOutcome> outcomes, Timestamp at) {
        List<String> scopes = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        List<String> hashes = new ArrayList<>();
        List<Long> revisions = new ArrayList<>();
        List<String> changes = new ArrayList<>();
        outcomes.forEach((key, outcome) -> {
            scopes.add(key.scope());
            keys.add(key.key());
            hashes.add(outcome.requestHash());
            revisions.add(outcome.revision());
            changes.add(outcome.changes());
        });
        handle.createUpdate("""
                        INSERT INTO idempotency (scope, key, request_hash, revision, changes, at)
                        SELECT scope, key, hash, revision, changes, :at
                        FROM unnest(:scopes, :keys, :hashes, :revisions, :changes)
                        AS new (scope, key, hash, revision, changes)""")
                .bindArray("scopes", String.class, scopes)
                .bindArray("keys", String.class, keys)
                .bindArray("hashes", String.class, hashes)
                .bindArray("revisions", Long.class, revisions)
                .bindArray("changes", String.class, changes)
                .bind("at", at)
                .execute();
    }

    /**
     * Moves the head, notes the group and tells the listeners, in one round trip. Also takes the time limit off what comes
     * next, the COMMIT: with synchronous replication a statement timeout would end its wait for the replica, and PostgreSQL
     * would then answer that it is committed, though a fail-over could lose it. The socket's time limit holds all the same,
     * and makes it what it is: unknown.
     */
    private static void advance(Handle handle, Append append, long revision, Timestamp at) {
        handle.createQuery("""
                        WITH moved AS (UPDATE head SET revision = :revision WHERE revision <> :revision),
                        noted AS (INSERT INTO commit_group (log, group_id, at) VALUES (:log, :group, :at)
                            ON CONFLICT (log) DO UPDATE SET group_id = excluded.group_id, at = excluded.at)
                        SELECT pg_notify(:channel, :payload), set_config('statement_timeout', '0', true)""")
                .bind("revision", revision)
                .bind("log", append.log())
                .bind("group", append.group())
                .bind("at", at)
                .bind("channel", CHANNEL)
                .bind("payload", append.log() + " " + revision)
                .map((row, context) -> true)
                .one();
    }

    /** Columns of changes. */
    private static final class Rows {
        private final List<Long> revisions = new ArrayList<>();
        private final List<Boolean> deleted = new ArrayList<>();
        private final List<Boolean> last = new ArrayList<>();
        private final List<String> kinds = new ArrayList<>();
        private final List<String> tenants = new ArrayList<>();
        private final List<String> names = new ArrayList<>();
        private final List<String> bodies = new ArrayList<>();

        private void add(Entry entry, boolean isLast) {
            Change change = entry.change();
            revisions.add(change.revision());
            deleted.add(change instanceof Change.Delete);
            last.add(isLast);
            kinds.add(change.key().kind().word());
            tenants.add(change.key().tenant());
            names.add(change.key().name());
            bodies.add(entry.body());
        }

        private Update bindKeys(Update update) {
            return update.bindArray("kinds", String.class, kinds)
                    .bindArray("tenants", String.class, tenants)
                    .bindArray("names", String.class, names);
        }

        private Update bind(Update update) {
            return bindKeys(update)
                    .bindArray("revisions", Long.class, revisions)
                    .bindArray("deleted", Boolean.class, deleted)
                    .bindArray("last", Boolean.class, last)
                    .bindArray("bodies", String.class, bodies);
        }
    }
}
