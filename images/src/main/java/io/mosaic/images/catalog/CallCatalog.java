package io.mosaic.images.catalog;

import io.mosaic.model.AuditEntry;
import io.mosaic.sql.AuditTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * Calls that change something, on their way into the audit log. A call is here before it changes anything: its transaction is in
 * the database's log before those of the call, so that none of these can be kept without it. That is also why no write here waits for
 * the disk. Thread-safe.
 */
public final class CallCatalog {

    private static final int UNKNOWN = 0;
    private static final String ENDED = "the image repository ended before it could say what came of it";

    private final CatalogDatabase database;
    private final UUID life;

    /** @param life tells the calls of this process from those of earlier ones */
    public CallCatalog(CatalogDatabase database, UUID life) {
        this.database = database;
        this.life = life;
    }

    /**
     * Keeps that a call begins.
     *
     * @return its number
     */
    public long begin(AuditEntry entry) {
        return database.write(handle -> {
            withoutWait(handle);
            return handle.createQuery("""
                            INSERT INTO images.call (life, at, actor, tenant, action)
                            VALUES (:life, :at, :actor, :tenant, :action) RETURNING id""")
                    .bind("life", life)
                    .bind("at", entry.at())
                    .bind("actor", entry.actor())
                    .bind("tenant", entry.tenant())
                    .bind("action", entry.action())
                    .mapTo(Long.class)
                    .one();
        });
    }

    private static void withoutWait(Handle handle) {
        handle.execute("SET LOCAL synchronous_commit = off");
    }

    /**
     * Moves calls into the audit log, each once however often this is run.
     *
     * @param ended what came of each, by its number
     * @param others entries of calls that never began
     */
    public void end(Map<Long, AuditEntry> ended, Collection<AuditEntry> others) {
        database.write(handle -> {
            withoutWait(handle);
            List<AuditEntry> entries = new ArrayList<>();
            Set<Long> there =
                    new HashSet<>(handle.createQuery("DELETE FROM images.call WHERE id = ANY (:ids) RETURNING id")
                            .bindArray("ids", Long.class, ended.keySet())
                            .mapTo(Long.class)
                            .list());
            ended.forEach((id, entry) -> {
                if (there.contains(id)) {
                    entries.add(entry);
                }
            });
            entries.addAll(others);
            AuditTable.append(handle, entries);
            return entries.size();
        });
    }

    /**
     * Moves calls whose end nobody will tell any more, as of unknown outcome: those of earlier lives, and of this one such as a
     * crash of the database brought back.
     *
     * @param open numbers of this life's that are under way
     * @param age that this life's have at least
     * @return how many there were
     */
    public int endForgotten(Collection<Long> open, Duration age) {
        return database.write(handle -> {
            List<AuditEntry> entries = handle.createQuery("""
                            DELETE FROM images.call
                            WHERE life <> :life
                                OR (id <> ALL (:open) AND begun <= clock_timestamp() - :age * interval '1 second')
                            RETURNING at, actor, tenant, action""")
                    .bind("life", life)
                    .bindArray("open", Long.class, open)
                    .bind("age", age.toSeconds())
                    .map((row, context) -> new AuditEntry(
                            0,
                            row.getTimestamp(1).toInstant(),
                            row.getString(2),
                            row.getString(3),
                            row.getString(4),
                            UNKNOWN,
                            null,
                            ENDED))
                    .list();
            AuditTable.append(handle, entries);
            return entries.size();
        });
    }
}
