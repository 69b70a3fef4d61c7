package io.mosaic.controller.store;

import io.mosaic.controller.store.Store.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/** The leader's lease and the hosts' heartbeats, all by the database server's clock. */
final class PostgresLeases {

    private PostgresLeases() {}

    private record LeaderRow(String holder, boolean free) {}

    static Lease lead(PostgresDatabase database, String holder, Duration life) throws StoreException {
        return database.write(handle -> {
            LeaderRow row = handle.createQuery(
                            "SELECT holder, holder = '' OR expires <= clock_timestamp() FROM leader FOR UPDATE")
                    .map((found, context) -> new LeaderRow(found.getString(1), found.getBoolean(2)))
                    .one();
            if (row.free()) {
                // Takes the head's lock: a commit of the leader before ends first, or finds the new epoch.
                handle.execute("UPDATE head SET epoch = epoch + 1");
                extend(handle, holder, life);
            } else if (row.holder().equals(holder)) {
                // An extension lost in a crash only shortens the lease.
                handle.execute("SET LOCAL synchronous_commit = off");
                extend(handle, holder, life);
            }
            return lease(handle);
        });
    }

    private static void extend(Handle handle, String holder, Duration life) {
        handle.createUpdate("""
                        UPDATE leader SET holder = :holder,
                        expires = clock_timestamp() + :millis * interval '1 millisecond'""")
                .bind("holder", holder)
                .bind("millis", life.toMillis())
                .execute();
    }

    private static Lease lease(Handle handle) {
        return handle.createQuery("""
                        SELECT leader.holder, head.epoch,
                        CAST(1000 * extract(epoch FROM leader.expires - clock_timestamp()) AS bigint)
                        FROM leader, head""")
                .map((row, context) -> new Lease(row.getString(1), row.getLong(2), Duration.ofMillis(row.getLong(3))))
                .one();
    }

    static void resign(PostgresDatabase database, String holder) throws StoreException {
        database.write(handle -> handle.createUpdate("UPDATE leader SET holder = '' WHERE holder = :holder")
                .bind("holder", holder)
                .execute());
    }

    static void heartbeats(PostgresDatabase database, Map<String, Duration> ages) throws StoreException {
        if (ages.isEmpty()) {
            return;
        }
        // In one order, so that two controllers cannot wait for each other.
        List<String> hosts = new ArrayList<>();
        List<Long> millis = new ArrayList<>();
        new TreeMap<>(ages).forEach((host, age) -> {
            hosts.add(host);
            millis.add(age.toMillis());
        });
        database.write(handle -> {
            handle.execute("SET LOCAL synchronous_commit = off");
            return handle.createUpdate("""
                            INSERT INTO heartbeat (host, seen)
                            SELECT host, clock_timestamp() - millis * interval '1 millisecond'
                            FROM unnest(:hosts, :millis) WITH ORDINALITY AS heard (host, millis, place) ORDER BY place
                            ON CONFLICT (host) DO UPDATE SET seen = greatest(heartbeat.seen, excluded.seen)""")
                    .bindArray("hosts", String.class, hosts)
                    .bindArray("millis", Long.class, millis)
                    .execute();
        });
    }

    static Map<String, Duration> heartbeatAges(PostgresDatabase database) throws StoreException {
        return database.read(handle -> {
            Map<String, Duration> ages = new HashMap<>();
            handle.createQuery("""
                            SELECT host, CAST(1000 * extract(epoch FROM clock_timestamp() - seen) AS bigint)
                            FROM heartbeat""")
                    .map((row, context) -> ages.put(row.getString(1), Duration.ofMillis(row.getLong(2))))
                    .list();
            return ages;
        });
    }

    static void forgetHeartbeats(PostgresDatabase database, Set<String> hosts) throws StoreException {
        database.write(handle -> handle.createUpdate("DELETE FROM heartbeat WHERE host = ANY(:hosts)")
                .bindArray("hosts", String.class, List.copyOf(hosts))
                .execute());
    }
}
