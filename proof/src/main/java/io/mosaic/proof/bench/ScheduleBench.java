package io.mosaic.proof.bench;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.schedule.Fleet;
import io.mosaic.controller.schedule.PlacementDecision;
import io.mosaic.controller.schedule.Round;
import io.mosaic.controller.schedule.Scheduler;
import io.mosaic.controller.schedule.SetPlan;
import io.mosaic.model.Placement;
import io.mosaic.model.Placement.Mode;
import io.mosaic.model.Placement.Peer;
import io.mosaic.model.Placement.Per;
import io.mosaic.model.SetResource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Placements a second on a loaded cluster, and how long one takes. A rate counts from the image to the last plan, in parts
 * as the leader commits them, every host considered for each set; what the commit checks again is measured beside it. The
 * time of one is that of a set that comes alone: the fleet catches up with the image, and the set is planned under all rules.
 */
final class ScheduleBench {

    /** As many as the leader commits together. */
    private static final int PART = 256;

    private static final int APPS = 50;
    private static final int SINGLES = 2_000;
    private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

    private final Scheduler scheduler = Scheduler.standard();
    private final ScheduleCluster cluster;
    private final Fleet fleet = new Fleet();
    private final int runs;

    private ScheduleBench(ScheduleCluster cluster, int runs) {
        this.cluster = cluster;
        this.runs = runs;
    }

    static String run(int hosts, int loaded, int runs) {
        System.out.printf("%,d hosts, %,d sets loaded%n", hosts, loaded);
        ScheduleBench bench = new ScheduleBench(new ScheduleCluster(hosts, loaded), runs);
        // No more than a twentieth of the hosts' room, so that every placement finds one.
        int many = Math.min(20_000, hosts * 4);
        int few = Math.min(10_000, hosts * 2);
        double plain = bench.rate("plain", many, false, null);
        double apart = bench.rate("anti-affinity", few, false, ScheduleBench::apart);
        double spread = bench.rate("zone spread", few, false, app -> spread());
        double numa = bench.rate("NUMA", few, true, null);
        double all = bench.rate("all rules", few, true, ScheduleBench::all);
        Percentiles one = bench.singles();
        System.out.printf(
                Locale.ROOT, "one set under all rules: p50 %.2f ms, p99 %.2f ms%n", one.millis(50), one.millis(99));
        return String.format(
                Locale.ROOT,
                "plain_per_s=%.0f antiaffinity_per_s=%.0f spread_per_s=%.0f numa_per_s=%.0f all_per_s=%.0f p99_ms=%.2f",
                plain,
                apart,
                spread,
                numa,
                all,
                one.millis(99));
    }

    /** Rules of the sets of one app. */
    @FunctionalInterface
    private interface Rules {
        Placement of(String app);
    }

    private static Placement apart(String app) {
        return placement(List.of(new Peer(app, null, Per.HOST)), List.of(), null, null, Map.of());
    }

    private static Placement spread() {
        return placement(
                List.of(), List.of(), null, new Placement.Spread(Per.ZONE, Mode.SPREAD, Placement.WEIGHT), Map.of());
    }

    private static Placement all(String app) {
        return placement(
                List.of(new Peer(app, null, Per.HOST), new Peer(null, "tier=batch", Per.HOST)),
                List.of(new Peer(null, "tier=front", Per.ZONE)),
                1,
                new Placement.Spread(Per.ZONE, Mode.SPREAD, Placement.WEIGHT),
                Map.of("disk", "ssd"));
    }

    private static Placement placement(
            List<Peer> exclusions,
            List<Peer> dependencies,
            @Nullable Integer most,
            Placement.@Nullable Spread spread,
            Map<String, String> labels) {
        boolean all = !labels.isEmpty();
        return new Placement(
                all ? List.of("zone-0", "zone-1", "zone-2", "zone-3") : List.of(),
                all ? "default" : null,
                labels,
                exclusions,
                dependencies,
                most,
                spread,
                all ? List.of(new Placement.Preference(Map.of("rack", "r7"), Placement.WEIGHT)) : List.of(),
                all ? "amd64" : null,
                null);
    }

    private List<SetResource> sets(int count, boolean numa, @Nullable Rules rules) {
        List<SetResource> sets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            // Apps take turns, as when many deploy at once.
            String app = "new-" + i % APPS;
            int cores = numa ? 2 : 1 + i % APPS % 3;
            sets.add(cluster.set(app, cores * 1000, 4, numa, rules == null ? null : rules.of(app)));
        }
        return sets;
    }

    private double rate(String name, int count, boolean numa, @Nullable Rules rules) {
        ClusterImage image = ScheduleCluster.with(cluster.image(), sets(count, numa, rules));
        double[] rates = new double[runs];
        double check = 0;
        for (int run = -2; run < runs; run++) {
            long start = System.nanoTime();
            Round round = scheduler.begin(fleet, image);
            List<List<SetPlan>> parts = new ArrayList<>();
            for (List<SetPlan> part = round.next(PART); !part.isEmpty(); part = round.next(PART)) {
                parts.add(part);
            }
            long nanos = System.nanoTime() - start;
            long placed = parts.stream()
                    .flatMap(List::stream)
                    .filter(plan -> plan.host() != null)
                    .count();
            if (placed < count) {
                throw new IllegalStateException(name + ": only " + placed + " of " + count + " found a host");
            }
            if (run >= 0) {
                rates[run] = count / (nanos / 1e9);
            }
            start = System.nanoTime();
            for (List<SetPlan> part : parts.subList(0, Math.min(8, parts.size()))) {
                new PlacementDecision(scheduler, part, NOW).decide(image);
            }
            check = (System.nanoTime() - start) / 1e3 / Math.min(8 * PART, count);
        }
        Arrays.sort(rates);
        double median = rates[runs / 2];
        System.out.printf(
                Locale.ROOT,
                "%-14s %,9.0f a second (median of %d, %,.0f to %,.0f); checked in the commit: %.1f us a set%n",
                name,
                median,
                runs,
                rates[0],
                rates[runs - 1],
                check);
        return median;
    }

    private Percentiles singles() {
        List<Long> nanos = new ArrayList<>();
        ClusterImage image = cluster.image();
        List<SetResource> sets = sets(SINGLES * 2, true, ScheduleBench::all);
        for (int i = 0; i < sets.size(); i++) {
            image = image.apply(new Change.Put(sets.get(i)).at(image.revision() + 1));
            long start = System.nanoTime();
            List<SetPlan> plans = scheduler.begin(fleet, image).next(1);
            long took = System.nanoTime() - start;
            if (i >= SINGLES) {
                nanos.add(took);
            }
            for (Change change :
                    new PlacementDecision(scheduler, plans, NOW).decide(image).changes()) {
                image = image.apply(change.at(image.revision() + 1));
            }
        }
        return Percentiles.of(nanos);
    }
}
