package io.mosaic.controller.store;

import io.mosaic.controller.store.Store.AuditQuery;
import io.mosaic.controller.store.Store.EventQuery;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Events and audit entries: tables that are only added to and read by id. */
final class PostgresJournals {
    /** Any number that no other advisory lock has: audit entries are added under it, so their ids are in commit order. */
    private static final long AUDIT_LOCK = 0x6d6f735f61756474L;

    private PostgresJournals() {}

    /** Runs under the head's lock, so ids are in commit order. */
    static void keepEvents(Handle handle, List<Event> events) {
        if (events.isEmpty()) {
            return;
        }
        handle.createUpdate("""
                        INSERT INTO event (tenant, kind, name, body)
                        SELECT tenant, kind, name, body
                        FROM unnest(:tenants, :kinds, :names, :bodies) WITH ORDINALITY
                        AS new (tenant, kind, name, body, place) ORDER BY place""")
                .bindArray(
                        "tenants",
                        String.class,
                        events.stream().map(Event::tenant).toList())
                .bindArray(
                        "kinds",
                        String.class,
                        events.stream().map(event -> event.kind().word()).toList())
                .bindArray(
                        "names", String.class, events.stream().map(Event::name).toList())
                .bindArray(
                        "bodies", String.class, events.stream().map(Json::write).toList())
                .execute();
    }

    static List<Event> events(PostgresDatabase database, EventQuery query) throws StoreException {
        Map<String, Object> filters = new LinkedHashMap<>();
        putPresent(filters, "tenant", query.tenant());
        putPresent(filters, "kind", query.kind() == null ? null : query.kind().word());
        putPresent(filters, "name", query.name());
        return rows(database, "event", filters, query.after(), query.limit()).stream()
                .map(row -> numbered(Json.read(row.body(), Event.class), row.id()))
                .toList();
    }

    static void appendAudit(PostgresDatabase database, List<AuditEntry> entries) throws StoreException {
        if (entries.isEmpty()) {
            return;
        }
        List<String> actors = entries.stream().map(AuditEntry::actor).toList();
        List<String> bodies = entries.stream().map(Json::write).toList();
        database.write(handle -> {
            handle.execute("SELECT pg_advisory_xact_lock(?)", AUDIT_LOCK);
            return handle.createUpdate("""
                            INSERT INTO audit (actor, body) SELECT actor, body
                            FROM unnest(:actors, :bodies) WITH ORDINALITY AS new (actor, body, place) ORDER BY place""")
                    .bindArray("actors", String.class, actors)
                    .bindArray("bodies", String.class, bodies)
                    .execute();
        });
    }

    static List<AuditEntry> audit(PostgresDatabase database, AuditQuery query) throws StoreException {
        Map<String, Object> filters = new LinkedHashMap<>();
        putPresent(filters, "actor", query.actor());
        return rows(database, "audit", filters, query.after(), query.limit()).stream()
                .map(row -> numbered(Json.read(row.body(), AuditEntry.class), row.id()))
                .toList();
    }

    private record Row(long id, String body) {}

    private static void putPresent(Map<String, Object> filters, String column, @Nullable Object value) {
        if (value != null) {
            filters.put(column, value);
        }
    }

    /** Table and columns are this class's own words; values are bound. */
    private static List<Row> rows(
            PostgresDatabase database, String table, Map<String, Object> filters, @Nullable Long after, int limit)
            throws StoreException {
        List<String> conditions = new ArrayList<>();
        filters.keySet().forEach(column -> conditions.add(column + " = :" + column));
        if (after != null) {
            conditions.add("id > :after");
        }
        String sql = "SELECT id, body FROM " + table
                + (conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions))
                + " ORDER BY id " + (after == null ? "DESC" : "ASC") + " LIMIT :limit";
        List<Row> rows = database.read(handle -> {
            try (Query query = handle.createQuery(sql)) {
                query.bindMap(filters).bind("limit", limit);
                if (after != null) {
                    query.bind("after", after);
                }
                return query.map((row, context) -> new Row(row.getLong(1), row.getString(2)))
                        .list();
            }
        });
        return after == null ? rows.reversed() : rows;
    }

    private static Event numbered(Event event, long id) {
        return new Event(
                id,
                event.at(),
                event.tenant(),
                event.kind(),
                event.name(),
                event.container(),
                event.type(),
                event.warning(),
                event.message());
    }

    private static AuditEntry numbered(AuditEntry entry, long id) {
        return new AuditEntry(
                id,
                entry.at(),
                entry.actor(),
                entry.tenant(),
                entry.action(),
                entry.status(),
                entry.revision(),
                entry.detail());
    }
}
