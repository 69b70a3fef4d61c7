package io.mosaic.proof.bench;

import io.mosaic.model.AppResource;
import io.mosaic.model.AppScale;
import io.mosaic.model.AppStatus;
import io.mosaic.model.Json;
import io.mosaic.model.Rollout;
import io.mosaic.model.client.MosaicClient;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/**
 * One app on thousands of simulated hosts: scaled from nothing to thousands of instances that keep away from another app's
 * hosts, spread over zones and hosts; updated in place, batch by batch; given a release that does not run; and scaled back
 * to nothing. Where its instances are is compared with its rules, and how many the bad release touched is counted by a watch.
 */
final class AppsBench {

    static final int INSTANCES_MAX = 50_000;

    private static final String APP = "web";
    private static final String GOOD = "app:1";
    private static final String BETTER = "app:2";
    private static final String BAD = "app:bad";

    /** The other app sits on one host of so many. */
    private static final int OTHER_EVERY = 5;

    private static final List<String> ZONES = List.of("z1", "z2", "z3", "z4", "z5");
    private static final int CORES = 32;
    private static final Duration DEADLINE = Duration.ofMinutes(8);
    private static final Duration TELL = Duration.ofSeconds(5);
    private static final long POLL_MILLIS = 100;

    private final BenchCluster cluster;
    private final MosaicClient client;
    private final AppPlacement rules;
    private final int instances;
    private final String batch;

    private AppsBench(BenchCluster cluster, AppPlacement rules, int instances, String batch) {
        this.cluster = cluster;
        this.client = cluster.client();
        this.rules = rules;
        this.instances = instances;
        this.batch = batch;
    }

    /** @param batch instances that an update changes before they are judged: a number, or percent */
    static String run(
            BenchParts parts,
            int hosts,
            int instances,
            String batch,
            List<String> controllerOptions,
            List<String> fleetOptions)
            throws IOException, InterruptedException {
        int others = Math.max(1, hosts / OTHER_EVERY);
        int perHost = Math.ceilDiv(instances, Math.max(1, hosts - others));
        BenchCluster.Size size = new BenchCluster.Size(hosts, CORES, instances, 0, controllerOptions, fleetOptions);
        BenchCluster cluster = BenchCluster.start(
                parts, "bench-apps", size, List.of("--zones", String.join(",", ZONES), "--bad-images", BAD));
        AppPlacement rules = new AppPlacement(APP, "other", perHost, ZONES.size());
        AppsBench bench = new AppsBench(cluster, rules, instances, batch);
        bench.client.apps().create(bench.other(others), false);
        bench.awaitReady("other", others);
        return bench.measure();
    }

    private JsonNode other(int replicas) {
        return Json.mapper().readTree("""
                {"name": "other", "replicas": %d, "template": {"resources": {"cpu": 1, "memory": "1Gi"},
                 "placement": {"maxPerHost": 1, "spread": {"over": "zone", "weight": 100}},
                 "containers": [{"index": 1, "image": "other:1", "options": {}}]}}
                """.formatted(replicas));
    }

    /** With no instances yet. */
    private JsonNode app() {
        return Json.mapper()
                .readTree("""
                        {"name": "%s", "replicas": 0, "update": {"batch": %s}, "template": {"resources": {"cpu": 0.5, "memory": "512Mi"},
                         "placement": {"maxPerHost": %d, "exclusions": [{"app": "other"}], "spread": {"over": "zone", "weight": 100}},
                         "containers": [{"index": 1, "image": "%s", "options": {"command": ["serve"]}}]}}
                        """.formatted(APP, batch.endsWith("%") ? Json.write(batch) : batch, rules.perHost(), GOOD));
    }

    private String measure() throws IOException, InterruptedException {
        int most = client.apps().create(app(), false).spec().update().batch().of(instances);
        Phase create = new Phase("create");
        client.apps().scale(APP, new AppScale(instances, "bench"));
        await(app -> app.status().replicas() == instances, "all committed");
        double committed = create.seconds();
        System.out.printf(Locale.ROOT, "%d instances are committed after %.1f s%n", instances, committed);
        awaitReady(APP, instances);
        create.end();
        rules.check(client, instances, 1);

        Phase update = new Phase("update");
        client.apps().patch(APP, image(BETTER), false, null);
        await(app -> done(app, Rollout.State.DONE) && app.release() == 2, "updated");
        update.end();
        rules.check(client, instances, 2);

        Phase bad = new Phase("bad image");
        double stopped;
        int touched;
        Phase revert;
        try (TouchedSets touches = TouchedSets.watch(client, APP, 3)) {
            client.apps().patch(APP, image(BAD), false, null);
            await(app -> rollout(app, Rollout.State.REVERTING) || done(app, Rollout.State.REVERTED), "stopped");
            stopped = bad.end();
            revert = new Phase("revert");
            AppResource back = await(app -> done(app, Rollout.State.REVERTED), "reverted");
            revert.end();
            touched = touches.upTo(back.revision());
        }
        rules.check(client, instances, 2);
        if (touched == 0 || touched > most) {
            throw new IllegalStateException(
                    "the bad release touched " + touched + " instances where a batch is " + most);
        }

        Phase down = new Phase("to nothing");
        client.apps().scale(APP, new AppScale(0, "bench"));
        awaitReady(APP, 0);
        down.end();
        return String.format(
                Locale.ROOT,
                "hosts=%d instances=%d batch=%d committed_s=%.1f create_s=%.1f update_s=%.1f bad_touched=%d stop_s=%.1f revert_s=%.1f"
                        + " down_s=%.1f",
                client.hosts().list().items().size(),
                instances,
                most,
                committed,
                create.seconds(),
                update.seconds(),
                touched,
                stopped,
                revert.seconds(),
                down.seconds());
    }

    private static JsonNode image(String image) {
        return Json.mapper().readTree("""
                        {"template": {"containers": [{"index": 1, "image": "%s", "options": {"command": ["serve"]}}]}}
                        """.formatted(image));
    }

    private static boolean rollout(AppResource app, Rollout.State state) {
        Rollout rollout = app.status().rollout();
        return rollout != null && rollout.state() == state;
    }

    private static boolean done(AppResource app, Rollout.State state) {
        return rollout(app, state) && app.status().state() == AppStatus.State.READY;
    }

    private void awaitReady(String name, int replicas) throws IOException, InterruptedException {
        await(
                name,
                app -> app.status().state() == AppStatus.State.READY
                        && app.status().observedGeneration() >= app.generation()
                        && app.status().ready() == replicas,
                "READY with " + replicas + " instances");
    }

    private AppResource await(Predicate<AppResource> condition, String what) throws IOException, InterruptedException {
        return await(APP, condition, what);
    }

    private AppResource await(String name, Predicate<AppResource> condition, String what)
            throws IOException, InterruptedException {
        long begin = System.nanoTime();
        long told = begin;
        while (true) {
            AppResource app = client.apps().get(name);
            if (condition.test(app)) {
                return app;
            }
            long now = System.nanoTime();
            if (now - begin > DEADLINE.toNanos()
                    || !cluster.fleet().alive()
                    || !cluster.rig().controller().alive()) {
                throw new IllegalStateException(name + " does not come to be " + what + ": " + Json.pretty(app.status())
                        + cluster.rig().controller().quoteLog());
            }
            if (now - told > TELL.toNanos()) {
                told = now;
                AppStatus status = app.status();
                System.out.printf(
                        Locale.ROOT,
                        "  %.0f s: %s is %s, %d instances, %d healthy, %d at release %d%s%n",
                        (now - begin) / 1e9,
                        name,
                        status.state(),
                        status.replicas(),
                        status.ready(),
                        status.updated(),
                        app.release(),
                        status.reason() == null ? "" : "; " + status.reason());
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Measures one phase, and says what it cost. */
    private final class Phase {
        private final String name;
        private final Spent before = Spent.now(cluster.rig(), cluster.fleet());
        private final long begin = System.nanoTime();
        private double seconds;

        Phase(String name) throws IOException {
            this.name = name;
        }

        double end() throws IOException {
            seconds = (System.nanoTime() - begin) / 1e9;
            Spent spent = Spent.now(cluster.rig(), cluster.fleet()).minus(before);
            System.out.printf(Locale.ROOT, "%s: %.1f s; %s%n", name, seconds, spent.words());
            return seconds;
        }

        /** Till its end, or till now. */
        double seconds() {
            return seconds > 0 ? seconds : (System.nanoTime() - begin) / 1e9;
        }
    }
}
