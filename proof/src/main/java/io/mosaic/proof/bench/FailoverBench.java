package io.mosaic.proof.bench;

import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import io.mosaic.proof.rig.ClusterRig.Member;
import io.mosaic.proof.rig.HostRig;
import io.mosaic.proof.rig.RawApi;
import io.mosaic.proof.rig.RealCluster;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a death costs, on real hosts under three controllers, a PostgreSQL pair and nginx. A host loses its power: from the
 * moment it is declared UNREACHABLE (as the commit says) until a watcher sees each of its sets RUNNING elsewhere. The leading
 * controller is killed: until the next write sent through nginx is accepted, and until a set asked for just then is placed.
 * All the while lists are read through nginx.
 */
final class FailoverBench {

    /** Enough that every host has some, few enough for a small machine. */
    private static final int SETS = 12;

    private static final Duration DEADLINE = Duration.ofMinutes(2);
    private static final Duration READ_EVERY = Duration.ofMillis(20);

    /** A call that hangs is one that failed: nobody waits longer for a list or a label. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final RealCluster real;
    private final MosaicClient client;
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger readsFailed = new AtomicInteger();

    private FailoverBench(RealCluster real, MosaicClient client) {
        this.real = real;
        this.client = client;
    }

    /** @param times how many hosts die, and how many leaders */
    static String run(BenchParts parts, int hosts, int times) throws IOException, InterruptedException {
        System.out.println("starting three controllers, PostgreSQL with its replica, nginx and " + hosts + " hosts");
        RealCluster real = parts.add(RealCluster.start("bench-failover", hosts));
        MosaicClient client = parts.add(real.client());
        return new FailoverBench(real, client).run(times);
    }

    private String run(int times) throws IOException, InterruptedException {
        Set<String> names = new HashSet<>();
        try (Watch<SetResource> watch = BenchSets.watch(client)) {
            for (int i = 0; i < SETS; i++) {
                client.sets().create(BenchSets.spec("failover-" + i));
                names.add("failover-" + i);
            }
            BenchSets.awaitRunning(watch, names);
        }
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> readers = List.of(reader(over), reader(over));
        List<Long> rebuilt = new ArrayList<>();
        List<Long> gaps = new ArrayList<>();
        try {
            for (int i = 0; i < times; i++) {
                rebuilt.addAll(hostDies(i, names));
            }
            for (int i = 0; i < times; i++) {
                gaps.add(leaderDies(i));
            }
        } finally {
            over.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
        }
        Percentiles hosts = Percentiles.of(rebuilt);
        System.out.printf(
                Locale.ROOT,
                "%d sets of %d dead hosts, %d dead leaders, %d reads%n",
                rebuilt.size(),
                times,
                times,
                reads.get());
        return String.format(
                Locale.ROOT,
                "host_p50_s=%.2f host_p99_s=%.2f leader_gap_s=%.2f reads_failed=%d",
                hosts.millis(50) / 1000,
                hosts.millis(99) / 1000,
                Percentiles.of(gaps).millis(100) / 1000,
                readsFailed.get());
    }

    /** Nanoseconds from UNREACHABLE to RUNNING of each set that it had. */
    private List<Long> hostDies(int round, Set<String> names) throws IOException, InterruptedException {
        HostRig host = fullest();
        Set<String> lost = new HashSet<>();
        for (SetResource set : client.sets().listAll(SetQuery.ALL).items()) {
            if (host.name().equals(set.status().host())) {
                lost.add(set.name());
            }
        }
        Map<String, Instant> running = new HashMap<>();
        Instant died;
        try (Watch<SetResource> watch = BenchSets.watch(client)) {
            died = Instant.now();
            host.die();
            long end = System.nanoTime() + DEADLINE.toNanos();
            while (!running.keySet().containsAll(lost)) {
                if (System.nanoTime() > end) {
                    throw new IllegalStateException("not rebuilt: " + lost + " but " + running.keySet());
                }
                WatchEvent<SetResource> event = watch.next(Duration.ofSeconds(1));
                SetResource set = event == null ? null : event.item();
                if (set != null
                        && lost.contains(set.name())
                        && set.status().state() == SetState.RUNNING
                        && !host.name().equals(set.status().host())) {
                    running.putIfAbsent(set.name(), Instant.now());
                }
            }
        }
        HostResource seen = client.hosts().get(host.name());
        if (seen.status().state() != HostState.UNREACHABLE) {
            throw new IllegalStateException(host.name() + " was rebuilt and is " + seen.status());
        }
        // The clock of the controller that decided is this machine's.
        Instant declared = seen.status().since();
        List<Long> nanos = running.values().stream()
                .map(at -> Duration.between(declared, at).toNanos())
                .sorted()
                .toList();
        System.out.printf(
                Locale.ROOT,
                "host death %d: %s declared UNREACHABLE %.1f s after its death; its %d sets RUNNING elsewhere after"
                        + " another %.2f to %.2f s%n",
                round + 1,
                host.name(),
                Duration.between(died, declared).toMillis() / 1e3,
                nanos.size(),
                nanos.getFirst() / 1e9,
                nanos.getLast() / 1e9);
        host.boot();
        real.cluster().awaitHost(host.name(), "READY");
        awaitAll(names);
        return nanos;
    }

    private HostRig fullest() {
        Map<String, Integer> sets = new HashMap<>();
        client.sets().listAll(SetQuery.ALL).items().forEach(set -> {
            String host = set.status().host();
            if (host != null) {
                sets.merge(host, 1, Integer::sum);
            }
        });
        String most = sets.entrySet().stream()
                .max(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
                .orElseThrow()
                .getKey();
        return real.host(most);
    }

    private void awaitAll(Set<String> names) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (true) {
            long running = client.sets().listAll(SetQuery.ALL).items().stream()
                    .filter(set -> set.status().state() == SetState.RUNNING)
                    .count();
            if (running == names.size()) {
                return;
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException(running + " of " + names.size() + " sets run");
            }
            Thread.sleep(50);
        }
    }

    /** Nanoseconds from the leader's death until the next write through nginx is accepted. */
    private long leaderDies(int round) throws IOException, InterruptedException {
        Member leader = awaitLeader(null);
        RawApi api = real.cluster().frontApi().within(PATIENCE);
        try (Watch<SetResource> watch = BenchSets.watch(client)) {
            long killed = System.nanoTime();
            leader.process().kill9();
            int refused = 0;
            while (!accepted(api, "after-" + round)) {
                refused++;
            }
            long gap = System.nanoTime() - killed;
            long placed = awaitPlaced(watch, "after-" + round) - killed;
            Member next = awaitLeader(leader);
            System.out.printf(
                    Locale.ROOT,
                    "leader death %d: %s killed; next write accepted after %.2f s (%d before it were not), its set placed"
                            + " after %.2f s by %s%n",
                    round + 1,
                    leader.name(),
                    gap / 1e9,
                    refused,
                    placed / 1e9,
                    next.name());
            BenchSets.deleteAll(client, watch, Set.of("after-" + round));
            leader.process().start();
            real.cluster().awaitReady(leader);
            return gap;
        }
    }

    /** A write as a user sends it, not repeated by a client of ours: a set is asked for. */
    private static boolean accepted(RawApi api, String name) throws InterruptedException {
        try {
            RawApi.Answer answer = api.call(
                    "POST",
                    "/v1/sets",
                    io.mosaic.model.Json.write(BenchSets.spec(name)),
                    Map.of("Idempotency-Key", name));
            return answer.status() == 201;
        } catch (IOException e) {
            System.out.println("a write broke: " + e);
            return false;
        }
    }

    private static long awaitPlaced(Watch<SetResource> watch, String name) throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            WatchEvent<SetResource> event = watch.next(Duration.ofSeconds(1));
            SetResource set = event == null ? null : event.item();
            if (set != null && set.name().equals(name) && set.status().host() != null) {
                return System.nanoTime();
            }
        }
        throw new IllegalStateException(name + " is not placed");
    }

    private Member awaitLeader(@Nullable Member otherThan) throws IOException, InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (System.nanoTime() < end) {
            Member leader = real.cluster().leader();
            if (leader != null && !leader.equals(otherThan)) {
                return leader;
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("nobody leads");
    }

    private Thread reader(AtomicBoolean over) throws IOException {
        RawApi api = real.cluster().frontApi().within(PATIENCE);
        return Thread.ofPlatform().daemon().start(() -> {
            while (!over.get()) {
                reads.incrementAndGet();
                try {
                    RawApi.Answer answer = api.get("/v1/sets?all=true");
                    if (answer.status() != 200) {
                        failed("was answered " + answer.status());
                    }
                    Thread.sleep(READ_EVERY);
                } catch (IOException e) {
                    failed("broke: " + e);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        });
    }

    private void failed(String how) {
        readsFailed.incrementAndGet();
        System.out.println("a read " + how);
    }
}
