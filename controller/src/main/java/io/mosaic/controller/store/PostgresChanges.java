package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.store.Store.Entry;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.argument.Argument;
import org.jdbi.v3.core.result.ResultIterator;

/** The change log: a row a group of changes, which are the elements of its arrays. */
final class PostgresChanges {

    /** Groups fetched at once: they may be of a megabyte each. */
    private static final int FETCH = 8;

    private PostgresChanges() {}

    /** Keeps changes, numbered without a gap, as one group. */
    static void keep(Handle handle, List<Entry> group, Timestamp at) {
        handle.createUpdate("""
                        INSERT INTO change_group (last, first, at, deleted, kinds, tenants, names, bodies)
                        VALUES (:last, :first, :at, :deleted, :kinds, :tenants, :names, :bodies)""")
                .bind("last", group.getLast().change().revision())
                .bind("first", group.getFirst().change().revision())
                .bind("at", at)
                .bindArray(
                        "deleted",
                        Boolean.class,
                        group.stream()
                                .map(entry -> entry.change() instanceof Change.Delete)
                                .toList())
                .bind("kinds", texts(group, entry -> entry.change().key().kind().word()))
                .bind("tenants", texts(group, entry -> entry.change().key().tenant()))
                .bind("names", texts(group, entry -> entry.change().key().name()))
                .bind("bodies", texts(group, Entry::body))
                .execute();
    }

    /**
     * An array of texts. Not Jdbi's own: that one hands the driver an {@code Object[]}, which it writes as text, every
     * character looked at for quotes; a {@code String[]} goes as bytes.
     */
    static <T> Argument texts(Collection<T> items, Function<T, String> text) {
        String[] texts = items.stream().map(text).toArray(String[]::new);
        return (position, statement, context) ->
                statement.setArray(position, statement.getConnection().createArrayOf("text", texts));
    }

    /** An array of whole numbers, likewise. */
    static <T> Argument numbers(Collection<T> items, Function<T, Long> number) {
        Long[] numbers = items.stream().map(number).toArray(Long[]::new);
        return (position, statement, context) ->
                statement.setArray(position, statement.getConnection().createArrayOf("int8", numbers));
    }

    static String[] texts(ResultSet row, int column) throws SQLException {
        return (String[]) row.getArray(column).getArray();
    }

    static Boolean[] flags(ResultSet row, int column) throws SQLException {
        return (Boolean[]) row.getArray(column).getArray();
    }

    /** Changes after that revision, in order, at most {@code limit}. */
    static List<Change> after(Handle handle, long after, int limit) {
        List<Change> changes = new ArrayList<>();
        try (ResultIterator<Group> groups = handle.createQuery(
                        "SELECT first, deleted, bodies FROM change_group WHERE last > :after ORDER BY last")
                .bind("after", after)
                .setFetchSize(FETCH)
                .map((row, context) -> new Group(row.getLong(1), flags(row, 2), texts(row, 3)))
                .iterator()) {
            while (changes.size() < limit && groups.hasNext()) {
                groups.next().addTo(changes, after, limit);
            }
        }
        return changes;
    }

    private record Group(long first, Boolean[] deleted, String[] bodies) {
        void addTo(List<Change> changes, long after, int limit) {
            for (int i = (int) Math.max(0, after + 1 - first); i < bodies.length && changes.size() < limit; i++) {
                changes.add(ChangeJson.change(first + i, deleted[i], bodies[i]));
            }
        }
    }
}
