package io.mosaic.controller.store;

import static io.mosaic.controller.store.PostgresChanges.numbers;
import static io.mosaic.controller.store.PostgresChanges.texts;

import io.mosaic.controller.host.HostLeases.Claimant;
import io.mosaic.controller.store.Store.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
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

    static Set<String> heartbeats(PostgresDatabase database, String controller, Map<String, Duration> ages)
            throws StoreException {
        if (ages.isEmpty()) {
            return Set.of();
        }
        return database.write(handle -> {
            handle.execute("SET LOCAL synchronous_commit = off");
            return handle.createQuery("""
                            WITH said AS (
                                SELECT host, clock_timestamp() - millis * interval '1 millisecond' AS seen
                                FROM unnest(:hosts, :millis) AS heard (host, millis)),
                            elsewhere AS (
                                SELECT host FROM said JOIN heartbeat USING (host)
                                WHERE heartbeat.controller NOT IN ('', :controller)),
                            unheld AS (
                                INSERT INTO heartbeat (host, seen, controller)
                                SELECT host, said.seen, :controller FROM said LEFT JOIN heartbeat USING (host)
                                WHERE heartbeat.controller IS NULL OR heartbeat.controller = '' ORDER BY host
                                ON CONFLICT (host) DO UPDATE SET controller = excluded.controller
                                WHERE heartbeat.controller = ''),
                            merged AS (
                                SELECT host, max(seen) AS seen FROM (
                                    SELECT each.host, each.seen
                                    FROM heard, unnest(hosts, seen) AS each (host, seen) WHERE controller = :controller
                                    UNION ALL SELECT host, seen FROM said) AS every
                                WHERE host NOT IN (SELECT host FROM elsewhere)
                                GROUP BY host HAVING max(seen) > clock_timestamp() - interval '1 hour'),
                            noted AS (
                                INSERT INTO heard (controller, hosts, seen)
                                SELECT :controller, array_agg(host ORDER BY host), array_agg(seen ORDER BY host)
                                FROM merged HAVING count(*) > 0
                                ON CONFLICT (controller) DO UPDATE SET hosts = excluded.hosts, seen = excluded.seen)
                            SELECT host FROM elsewhere""")
                    .bind("controller", controller)
                    .bind("hosts", texts(ages.keySet(), host -> host))
                    .bind("millis", numbers(ages.values(), Duration::toMillis))
                    .mapTo(String.class)
                    .collect(Collectors.toSet());
        });
    }

    /** A restart of the database in its own crash may forget a claim; the heartbeats that follow make it again. */
    static Set<String> claim(PostgresDatabase database, String controller, Map<String, Claimant> agents, Duration lease)
            throws StoreException {
        if (agents.isEmpty()) {
            return Set.of();
        }
        List<String> hosts = new ArrayList<>();
        List<String> processes = new ArrayList<>();
        List<Long> sessions = new ArrayList<>();
        new TreeMap<>(agents).forEach((host, agent) -> {
            hosts.add(host);
            processes.add(agent.process());
            sessions.add(agent.session());
        });
        List<String> claimed = database.write(handle -> {
            handle.execute("SET LOCAL synchronous_commit = off");
            return handle.createQuery("""
                            INSERT INTO heartbeat (host, seen, controller, agent, session)
                            SELECT host, clock_timestamp(), :controller, agent, session
                            FROM unnest(:hosts, :agents, :sessions)
                            WITH ORDINALITY AS said (host, agent, session, place) ORDER BY place
                            ON CONFLICT (host) DO UPDATE SET seen = excluded.seen, controller = excluded.controller,
                                agent = excluded.agent, session = excluded.session,
                                replaced = CASE WHEN heartbeat.agent IN ('', excluded.agent) THEN heartbeat.replaced
                                    ELSE ARRAY(SELECT item FROM unnest(
                                        heartbeat.agent || array_remove(heartbeat.replaced, excluded.agent))
                                        WITH ORDINALITY AS kept (item, place) WHERE place <= 8 ORDER BY place) END
                            WHERE NOT CASE WHEN excluded.agent = ANY (heartbeat.replaced) THEN
                                greatest(heartbeat.seen, (
                                    SELECT each.seen FROM heard, unnest(hosts, seen) AS each (host, seen)
                                    WHERE heard.controller = heartbeat.controller AND each.host = heartbeat.host))
                                > clock_timestamp() - :lease * interval '1 millisecond' ELSE false END
                                AND NOT (excluded.agent <> '' AND excluded.agent = heartbeat.agent
                                AND excluded.session < heartbeat.session)
                            RETURNING host""")
                    .bind("controller", controller)
                    .bind("lease", lease.toMillis())
                    .bind("hosts", texts(hosts, host -> host))
                    .bind("agents", texts(processes, process -> process))
                    .bind("sessions", numbers(sessions, session -> session))
                    .mapTo(String.class)
                    .list();
        });
        return without(agents.keySet(), claimed);
    }

    private static Set<String> without(Set<String> all, List<String> some) {
        Set<String> rest = new HashSet<>(all);
        some.forEach(rest::remove);
        return rest;
    }

    static Map<String, Duration> heartbeatAges(PostgresDatabase database) throws StoreException {
        return database.read(handle -> {
            Map<String, Duration> ages = new HashMap<>();
            handle.createQuery("""
                            SELECT host, CAST(1000 * extract(
                                epoch FROM clock_timestamp() - greatest(heartbeat.seen, latest.seen)) AS bigint)
                            FROM heartbeat LEFT JOIN (
                                SELECT controller, each.host, each.seen
                                FROM heard, unnest(hosts, seen) AS each (host, seen)) AS latest
                            USING (controller, host)""")
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
