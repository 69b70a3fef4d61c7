package io.mosaic.controller.store;

import io.mosaic.controller.store.Store.Retention;
import java.sql.Timestamp;
import java.time.Duration;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/** Drops what need not be kept, in pieces: none holds a lock for long, and none holds the head's while it deletes. */
final class PostgresTrim {
    private static final int PIECE = 5_000;
    private static final int PIECES_MAX = 200;

    /** Far longer than any log looks for a group of its own. */
    private static final Duration GROUPS = Duration.ofDays(7);

    private PostgresTrim() {}

    static long run(PostgresDatabase database, Retention retention) throws StoreException {
        PostgresRows.catchUp(database, retention);
        // First nobody may rely on the changes any more, then they go.
        long compactedTo = database.write(handle -> raise(handle, retention));
        drop(database, "change_group", "last", "last <= :bound", compactedTo);
        drop(database, "idempotency", "at", "at < :bound", Timestamp.from(retention.keysBefore()));
        drop(database, "event", "id", "id <= (SELECT max(id) FROM event) - :bound", retention.events());
        drop(database, "audit", "id", "id <= (SELECT max(id) FROM audit) - :bound", retention.audit());
        drop(
                database,
                "commit_group",
                "at",
                "at < :bound",
                Timestamp.from(retention.keysBefore().minus(GROUPS)));
        return compactedTo;
    }

    private static long raise(Handle handle, Retention retention) {
        return handle.createQuery("""
                        UPDATE head SET compacted_to = greatest(compacted_to, (
                            SELECT max(last) FROM change_group
                            WHERE last <= head.revision - :keep AND at < :before
                            AND last <= (SELECT stored.revision FROM stored)))
                        RETURNING compacted_to""")
                .bind("keep", retention.changes())
                .bind("before", Timestamp.from(retention.changesBefore()))
                .mapTo(Long.class)
                .one();
    }

    /** Deletes the rows that the condition finds; rows that another controller deletes just now are left to it. */
    private static void drop(PostgresDatabase database, String table, String order, String condition, Object bound)
            throws StoreException {
        String sql = "DELETE FROM " + table + " WHERE ctid IN (SELECT ctid FROM " + table + " WHERE " + condition
                + " ORDER BY " + order + " LIMIT " + PIECE + " FOR UPDATE SKIP LOCKED)";
        int pieces = 0;
        int deleted;
        do {
            deleted = database.write(handle -> {
                try (Update update = handle.createUpdate(sql)) {
                    return update.bind("bound", bound).execute();
                }
            });
        } while (deleted == PIECE && ++pieces < PIECES_MAX);
    }
}
