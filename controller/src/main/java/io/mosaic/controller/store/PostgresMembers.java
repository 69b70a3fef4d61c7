package io.mosaic.controller.store;

import io.mosaic.controller.store.Store.Member;
import io.mosaic.controller.store.Store.Shared;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The controllers over this database, by the database server's clock. */
final class PostgresMembers {

    private static final String COLUMNS = "controller.id, controller.name, controller.address,"
            + " CAST(1000 * extract(epoch FROM clock_timestamp() - controller.seen) AS bigint)";

    private PostgresMembers() {}

    static void announce(PostgresDatabase database, Member member, Duration forget) throws StoreException {
        database.write(handle -> {
            handle.execute("SET LOCAL synchronous_commit = off");
            handle.createUpdate("""
                            INSERT INTO controller (id, name, address, seen)
                            VALUES (:id, :name, :address, clock_timestamp())
                            ON CONFLICT (id) DO UPDATE SET seen = excluded.seen""")
                    .bind("id", member.id())
                    .bind("name", member.name())
                    .bind("address", member.address())
                    .execute();
            // What controllers heard that nobody hears of any more: their hosts are silent, or held by others since.
            handle.createUpdate("""
                            DELETE FROM heard WHERE controller IN (SELECT controller FROM heard
                                WHERE NOT EXISTS (SELECT FROM controller WHERE controller.id = heard.controller)
                                AND NOT EXISTS (SELECT FROM unnest(seen) AS at
                                    WHERE at > clock_timestamp() - :forget * interval '1 millisecond')
                                FOR UPDATE SKIP LOCKED)""").bind("forget", forget.toMillis()).execute();
            // Rows that another controller drops just now are left to it.
            return handle.createUpdate("""
                            DELETE FROM controller WHERE id IN (SELECT id FROM controller
                                WHERE seen < clock_timestamp() - :forget * interval '1 millisecond'
                                FOR UPDATE SKIP LOCKED)""").bind("forget", forget.toMillis()).execute();
        });
    }

    static List<Member> all(PostgresDatabase database) throws StoreException {
        return database.read(handle -> handle.createQuery("SELECT " + COLUMNS + " FROM controller ORDER BY name, id")
                .map((row, context) -> member(row))
                .list());
    }

    static @Nullable Member holder(PostgresDatabase database, String host) throws StoreException {
        List<Member> found = database.read(handle -> handle.createQuery("SELECT " + COLUMNS
                        + " FROM heartbeat JOIN controller ON controller.id = heartbeat.controller"
                        + " WHERE heartbeat.host = :host")
                .bind("host", host)
                .map((row, context) -> member(row))
                .list());
        return found.isEmpty() ? null : found.getFirst();
    }

    private static Member member(ResultSet row) throws SQLException {
        return new Member(row.getString(1), row.getString(2), row.getString(3), Duration.ofMillis(row.getLong(4)));
    }

    static List<Shared> share(PostgresDatabase database, String controller, String text, Duration forget)
            throws StoreException {
        return database.write(handle -> {
            handle.execute("SET LOCAL synchronous_commit = off");
            handle.createUpdate("""
                            INSERT INTO shared (controller, body, seen)
                            VALUES (:controller, :body, clock_timestamp())
                            ON CONFLICT (controller) DO UPDATE SET body = excluded.body, seen = excluded.seen""")
                    .bind("controller", controller)
                    .bind("body", text)
                    .execute();
            // Rows that another controller drops just now are left to it.
            handle.createUpdate("""
                            DELETE FROM shared WHERE controller IN (SELECT controller FROM shared
                                WHERE seen < clock_timestamp() - :forget * interval '1 millisecond'
                                FOR UPDATE SKIP LOCKED)""").bind("forget", forget.toMillis()).execute();
            return handle.createQuery("SELECT controller, body,"
                            + " CAST(1000 * extract(epoch FROM clock_timestamp() - seen) AS bigint)"
                            + " FROM shared ORDER BY controller")
                    .map((row, context) -> new Shared(
                            row.getString(1), row.getString(2), Duration.ofMillis(Math.max(0, row.getLong(3)))))
                    .list();
        });
    }

    static String authority(PostgresDatabase database, String mine) throws StoreException {
        return database.write(handle -> {
            handle.createUpdate("INSERT INTO authority (fingerprint) VALUES (:mine) ON CONFLICT DO NOTHING")
                    .bind("mine", mine)
                    .execute();
            return handle.createQuery("SELECT fingerprint FROM authority")
                    .mapTo(String.class)
                    .one();
        });
    }
}
