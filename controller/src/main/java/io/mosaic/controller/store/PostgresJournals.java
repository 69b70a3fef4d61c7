package io.mosaic.controller.store;

import static io.mosaic.controller.store.PostgresChanges.texts;

import io.mosaic.controller.store.Store.AuditQuery;
import io.mosaic.controller.store.Store.EventQuery;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.PeerJson;
import io.mosaic.sql.AuditTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Events and audit entries: tables that are only added to and read by id. */
final class PostgresJournals {
    private PostgresJournals() {}

    /**
     * Keeps events under the head's lock, so that their numbers are in commit order. Those of one resource go in one row;
     * among those of others that were committed with them their order may change.
     *
     * @param last number of the event before these
     */
    static void keepEvents(Handle handle, List<Event> events, long last) {
        Map<Subject, List<String>> bodies = new LinkedHashMap<>();
        for (Event event : events) {
            bodies.computeIfAbsent(new Subject(event.tenant(), event.kind(), event.name()), key -> new ArrayList<>())
                    .add(Json.write(event));
        }
        if (bodies.isEmpty()) {
            return;
        }
        List<Long> ids = new ArrayList<>();
        long id = last;
        for (List<String> told : bodies.values()) {
            id += told.size();
            ids.add(id);
        }
        handle.createUpdate("""
                        INSERT INTO event (id, tenant, kind, name, body)
                        SELECT id, tenant, kind, name, body
                        FROM unnest(:ids, :tenants, :kinds, :names, :bodies) AS new (id, tenant, kind, name, body)""")
                .bindArray("ids", Long.class, ids)
                .bind("tenants", texts(bodies.keySet(), Subject::tenant))
                .bind("kinds", texts(bodies.keySet(), subject -> subject.kind().word()))
                .bind("names", texts(bodies.keySet(), Subject::name))
                .bind("bodies", texts(bodies.values(), told -> "[" + String.join(",", told) + "]"))
                .execute();
    }

    /** What an event is about. */
    private record Subject(String tenant, Kind kind, String name) {}

    static List<Event> events(PostgresDatabase database, EventQuery query) throws StoreException {
        Map<String, Object> filters = new LinkedHashMap<>();
        putPresent(filters, "tenant", query.tenant());
        putPresent(filters, "kind", query.kind() == null ? null : query.kind().word());
        putPresent(filters, "name", query.name());
        List<Event> events = new ArrayList<>();
        for (Row row : rows(database, "event", filters, query.after(), query.limit())) {
            Event[] told = PeerJson.read(row.body(), Event[].class);
            for (int i = 0; i < told.length; i++) {
                events.add(told[i].numbered(row.id() - told.length + 1 + i));
            }
        }
        // A row holds one event or more, so the first and the last may hold more than was asked for.
        Long after = query.after();
        if (after == null) {
            return List.copyOf(events.subList(Math.max(0, events.size() - query.limit()), events.size()));
        }
        return events.stream()
                .filter(event -> event.id() > after)
                .limit(query.limit())
                .toList();
    }

    static void appendAudit(PostgresDatabase database, List<AuditEntry> entries) throws StoreException {
        if (entries.isEmpty()) {
            return;
        }
        database.write(handle -> {
            AuditTable.append(handle, entries);
            return entries.size();
        });
    }

    static List<AuditEntry> audit(PostgresDatabase database, AuditQuery query) throws StoreException {
        Map<String, Object> filters = new LinkedHashMap<>();
        putPresent(filters, "actor", query.actor());
        return rows(database, "audit", filters, query.after(), query.limit()).stream()
                .map(row -> PeerJson.read(row.body(), AuditEntry.class).numbered(row.id()))
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
}
