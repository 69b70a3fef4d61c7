package io.mosaic.controller.store;

import io.mosaic.controller.store.Store.Retention;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.ResultIterator;
import org.jspecify.annotations.Nullable;

/**
 * The rows of resources, which follow the log at some distance: the log alone is written with a commit, and now and then
 * what it left is written here, so that the log can be cut short and a controller that starts need not read all of it.
 */
final class PostgresRows {

    /** Changes that are taken over in one transaction, or one group where that is larger. */
    private static final int PIECE = 5_000;

    private static final int PIECES_MAX = 1_000;

    /** A load reads all that is behind. */
    private static final int BEHIND_MAX = 200_000;

    private static final Duration AGE_MAX = Duration.ofMinutes(1);

    /** Rows, or groups, fetched at once while everything is loaded. */
    private static final int FETCH = 2_000;

    private static final int FETCH_GROUPS = 8;

    private PostgresRows() {}

    /**
     * Writes what the log left since the last time, if it is time: what changed often in a short time is so written once.
     * Leaves it to another controller that is at it just now.
     */
    static void catchUp(PostgresDatabase database, Retention retention) throws StoreException {
        if (!database.read(handle -> due(handle, retention))) {
            return;
        }
        int pieces = 0;
        while (database.write(PostgresRows::piece) && ++pieces < PIECES_MAX) {
            // The next one.
        }
    }

    /** Whether much has changed, or some long ago, or something that the log is to drop. */
    private static boolean due(Handle handle, Retention retention) {
        return handle.createQuery("""
                        SELECT head.revision - stored.revision >= :behind OR EXISTS (
                            SELECT FROM change_group WHERE last > stored.revision
                            AND (at < clock_timestamp() - :age * interval '1 second'
                                OR (last <= head.revision - :keep AND at < :before)))
                        FROM head, stored""")
                .bind("behind", BEHIND_MAX)
                .bind("age", AGE_MAX.toSeconds())
                .bind("keep", retention.changes())
                .bind("before", Timestamp.from(retention.changesBefore()))
                .mapTo(Boolean.class)
                .one();
    }

    /** Says whether there may be more. */
    private static boolean piece(Handle handle) {
        Long from = handle.createQuery("SELECT revision FROM stored FOR UPDATE SKIP LOCKED")
                .mapTo(Long.class)
                .findOne()
                .orElse(null);
        if (from == null) {
            return false;
        }
        Long to = handle.createQuery("""
                        SELECT max(last) FROM (
                            SELECT last, sum(last - first + 1) OVER so_far AS changes, row_number() OVER so_far AS place
                            FROM (SELECT first, last FROM change_group WHERE last > :from ORDER BY last LIMIT :piece) AS waiting
                            WINDOW so_far AS (ORDER BY last)) AS summed
                        WHERE changes <= :piece OR place = 1""")
                .bind("from", from)
                .bind("piece", PIECE)
                .mapTo(Long.class)
                .findOne()
                .orElse(null);
        if (to == null) {
            return false;
        }
        // For the sort of a piece, bodies and all: with the usual few megabytes it would go to disk.
        handle.execute("SET LOCAL work_mem = '64MB'");
        handle.createUpdate("""
                        WITH newest AS MATERIALIZED (
                            SELECT DISTINCT ON (kind, tenant, name) kind, tenant, name, first + place - 1 AS revision,
                                each.deleted, body
                            FROM change_group, unnest(deleted, kinds, tenants, names, bodies)
                                WITH ORDINALITY AS each (deleted, kind, tenant, name, body, place)
                            WHERE last > :from AND last <= :to
                            ORDER BY kind, tenant, name, revision DESC),
                        gone AS (
                            DELETE FROM resource USING newest WHERE newest.deleted AND resource.kind = newest.kind
                            AND resource.tenant = newest.tenant AND resource.name = newest.name)
                        INSERT INTO resource (kind, tenant, name, revision, body)
                        SELECT kind, tenant, name, revision, body FROM newest WHERE NOT newest.deleted
                        ON CONFLICT (kind, tenant, name)
                        DO UPDATE SET revision = excluded.revision, body = excluded.body""").bind("from", from).bind("to", to).execute();
        handle.createUpdate("UPDATE stored SET revision = :to").bind("to", to).execute();
        return true;
    }

    /** What a load fetched; its resources may still be being read from their JSON. */
    record Fetched(
            long revision,
            long compactedTo,
            List<CompletableFuture<List<Resource>>> pages,
            Map<ResourceKey, String> newer) {

        Store.Snapshot read() {
            try {
                return new Store.Snapshot(
                        revision,
                        compactedTo,
                        pages.stream().flatMap(page -> page.join().stream()).toList(),
                        newer);
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException unreadable ? unreadable : e;
            }
        }
    }

    private record Key(String kind, String tenant, String name) {}

    /** Of resources that changed after they were stored: as the log left them; no body: they are gone. */
    private static final class Later {
        private final Map<Key, @Nullable String> bodies = new HashMap<>();
    }

    /**
     * Everything at the head. Most of a load is the reading of JSON: while one page is fetched, those before it are read on
     * all cores. What is left of that is waited for when the transaction is over, since the server ends one that is idle.
     */
    static Fetched fetch(Handle handle) {
        Later later = later(handle);
        Map<ResourceKey, String> newer = new ConcurrentHashMap<>();
        List<CompletableFuture<List<Resource>>> pages = new ArrayList<>();
        List<String> page = new ArrayList<>(FETCH);
        try (ResultIterator<Row> rows = handle.createQuery("SELECT kind, tenant, name, body FROM resource")
                .setFetchSize(FETCH)
                .map((row, context) ->
                        new Row(new Key(row.getString(1), row.getString(2), row.getString(3)), row.getString(4)))
                .iterator()) {
            while (rows.hasNext()) {
                Row row = rows.next();
                if (!later.bodies.containsKey(row.key())) {
                    page.add(row.body());
                }
                page = turn(pages, page, FETCH, newer);
            }
        }
        for (String body : later.bodies.values()) {
            if (body != null) {
                page.add(body);
                page = turn(pages, page, FETCH, newer);
            }
        }
        turn(pages, page, 1, newer);
        return handle.createQuery("SELECT revision, compacted_to FROM head")
                .map((row, context) -> new Fetched(row.getLong(1), row.getLong(2), pages, newer))
                .one();
    }

    private record Row(Key key, String body) {}

    /** Has a page read that is full, and begins the next. */
    private static List<String> turn(
            List<CompletableFuture<List<Resource>>> pages,
            List<String> page,
            int full,
            Map<ResourceKey, String> newer) {
        if (page.size() < full) {
            return page;
        }
        pages.add(CompletableFuture.supplyAsync(() ->
                page.stream().map(body -> ChangeJson.resource(body, newer)).toList()));
        return new ArrayList<>(FETCH);
    }

    private record Group(Boolean[] deleted, String[] kinds, String[] tenants, String[] names, String[] bodies) {}

    private static Later later(Handle handle) {
        Later later = new Later();
        try (ResultIterator<Group> groups = handle.createQuery("""
                        SELECT deleted, kinds, tenants, names, bodies FROM change_group
                        WHERE last > (SELECT revision FROM stored) ORDER BY last""")
                .setFetchSize(FETCH_GROUPS)
                .map((row, context) -> new Group(
                        PostgresChanges.flags(row, 1),
                        PostgresChanges.texts(row, 2),
                        PostgresChanges.texts(row, 3),
                        PostgresChanges.texts(row, 4),
                        PostgresChanges.texts(row, 5)))
                .iterator()) {
            while (groups.hasNext()) {
                Group group = groups.next();
                for (int i = 0; i < group.bodies().length; i++) {
                    later.bodies.put(
                            new Key(group.kinds()[i], group.tenants()[i], group.names()[i]),
                            group.deleted()[i] ? null : group.bodies()[i]);
                }
            }
        }
        return later;
    }
}
