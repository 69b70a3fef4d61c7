package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.store.Store.Append;
import io.mosaic.controller.store.Store.Batch;
import io.mosaic.controller.store.Store.Entry;
import io.mosaic.controller.store.Store.Head;
import io.mosaic.controller.store.Store.Holds;
import io.mosaic.controller.store.Store.KeptOutcome;
import io.mosaic.controller.store.Store.ScopedKey;
import io.mosaic.controller.store.Store.Work;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The transaction that appends to the log. */
final class PostgresAppend {
    /** Told of each commit: the log's id, a space, the head's new revision. */
    static final String CHANNEL = "mosaic_head";

    /** Changes in one row: few enough that no statement comes near its timeout, however much one decision changes. */
    private static final int ROWS_MAX = 2_000;

    private PostgresAppend() {}

    static void run(PostgresDatabase database, Append append, Work work) throws StoreException {
        Boolean behind = database.write(handle -> {
            Locked locked = head(handle, append);
            if (locked == null) {
                return true;
            }
            Batch batch = work.decide(locked.head());
            if (!batch.isEmpty()) {
                keep(handle, append, locked.row(), batch);
            }
            return false;
        });
        if (behind) {
            throw new StoreException(StoreException.Kind.BEHIND, "the log is far behind the head");
        }
    }

    /** @param event number of the last event */
    private record HeadRow(long revision, long epoch, long compactedTo, long event) {}

    /** The head's row, and what it shows to those who decide. */
    private record Locked(HeadRow row, Head head) {}

    /** The head, locked until the transaction ends; null when the log is too far behind. */
    private static @Nullable Locked head(Handle handle, Append append) {
        HeadRow row = handle.createQuery("SELECT revision, epoch, compacted_to, event FROM head FOR UPDATE")
                .map((found, context) ->
                        new HeadRow(found.getLong(1), found.getLong(2), found.getLong(3), found.getLong(4)))
                .one();
        List<Change> missed = List.of();
        if (row.revision() != append.known()) {
            PostgresStore.checkKept(append.known(), row.compactedTo());
            if (row.revision() - append.known() > Store.MISSED_MAX) {
                return null;
            }
            missed = PostgresChanges.after(handle, append.known(), Store.MISSED_MAX);
        }
        return new Locked(
                row,
                new Head(
                        row.revision(),
                        row.epoch(),
                        row.compactedTo(),
                        missed,
                        kept(handle, append.keys()),
                        elsewhere(handle, append.holds())));
    }

    /**
     * Asked under the head's lock: a claim that is not seen here commits later, and so does the hello that follows it.
     */
    private static Set<String> elsewhere(Handle handle, Holds holds) {
        if (holds.hosts().isEmpty()) {
            return Set.of();
        }
        return handle.createQuery("""
                        SELECT host FROM heartbeat
                        WHERE host = ANY(:hosts) AND controller NOT IN ('', :controller)""")
                .bind("hosts", PostgresChanges.texts(holds.hosts(), host -> host))
                .bind("controller", holds.controller())
                .mapTo(String.class)
                .collect(Collectors.toSet());
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

    private static void keep(Handle handle, Append append, HeadRow head, Batch batch) {
        Timestamp at = Timestamp.from(batch.at());
        List<Entry> entries = batch.changes();
        for (int from = 0; from < entries.size(); from += ROWS_MAX) {
            PostgresChanges.keep(handle, entries.subList(from, Math.min(from + ROWS_MAX, entries.size())), at);
        }
        PostgresJournals.keepEvents(handle, batch.events(), head.event());
        if (!batch.outcomes().isEmpty()) {
            keepOutcomes(handle, batch.outcomes(), at);
        }
        advance(
                handle,
                append,
                head.revision() + entries.size(),
                head.event() + batch.events().size(),
                at);
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
    private static void advance(Handle handle, Append append, long revision, long event, Timestamp at) {
        handle.createQuery("""
                        WITH moved AS (UPDATE head SET revision = :revision, event = :event
                            WHERE revision <> :revision OR event <> :event),
                        noted AS (INSERT INTO commit_group (log, group_id, at) VALUES (:log, :group, :at)
                            ON CONFLICT (log) DO UPDATE SET group_id = excluded.group_id, at = excluded.at)
                        SELECT pg_notify(:channel, :payload), set_config('statement_timeout', '0', true)""")
                .bind("revision", revision)
                .bind("event", event)
                .bind("log", append.log())
                .bind("group", append.group())
                .bind("at", at)
                .bind("channel", CHANNEL)
                .bind("payload", append.log() + " " + revision)
                .map((row, context) -> true)
                .one();
    }
}
