package io.mosaic.sql;

import io.mosaic.model.AuditEntry;
import io.mosaic.model.Json;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;

/**
 * The table {@code audit}, which the controllers made and read, and to which each process that keeps something in the database
 * adds what it was told to do.
 */
public final class AuditTable {

    /** Any number that no other advisory lock has: entries are added under it, so their ids are in commit order. */
    private static final long LOCK = 0x6d6f735f61756474L;

    private AuditTable() {}

    /** Adds entries in their order, in the handle's transaction. */
    public static void append(Handle handle, Collection<AuditEntry> entries) {
        if (entries.isEmpty()) {
            return;
        }
        handle.execute("SELECT pg_advisory_xact_lock(?)", LOCK);
        handle.createUpdate("""
                        INSERT INTO audit (actor, body) SELECT actor, body
                        FROM unnest(:actors, :bodies) WITH ORDINALITY AS new (actor, body, place) ORDER BY place""")
                .bind("actors", texts(entries, AuditEntry::actor))
                .bind("bodies", texts(entries, Json::write))
                .execute();
    }

    private static Argument texts(Collection<AuditEntry> entries, Function<AuditEntry, String> text) {
        List<String> texts = entries.stream().map(text).toList();
        return (position, statement, context) ->
                statement.setArray(position, statement.getConnection().createArrayOf("text", texts.toArray()));
    }
}
