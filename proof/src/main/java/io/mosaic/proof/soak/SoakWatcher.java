package io.mosaic.proof.soak;

import io.mosaic.model.Json;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import io.mosaic.proof.rig.ClusterRig.Logged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Follows all sets through nginx with the client that users have, and keeps what it was told. Of one thread while it runs; then
 * read by another.
 */
final class SoakWatcher {

    private static final Duration STEP = Duration.ofMillis(500);
    private static final int LIFE_MIN_SECONDS = 3;
    private static final int LIFE_MORE_SECONDS = 20;

    private final String name;
    private final MosaicClient client;
    private final Findings findings;
    private final Random random;
    private final boolean restless;
    private final List<WatchEvent<SetResource>> history = new ArrayList<>();
    private final long from;
    private volatile long position;

    /**
     * Begins at what is there now.
     *
     * @param restless whether it leaves every few seconds and comes back where it was; else it holds one watch for ever
     */
    SoakWatcher(String name, MosaicClient client, Findings findings, Random random, boolean restless) {
        this.name = name;
        this.client = client;
        this.findings = findings;
        this.random = random;
        this.restless = restless;
        this.from = client.sets().list(SetQuery.ALL).revision();
        this.position = from;
    }

    void run(BooleanSupplier over) throws InterruptedException {
        while (!over.getAsBoolean()) {
            long seconds = restless ? LIFE_MIN_SECONDS + random.nextInt(LIFE_MORE_SECONDS) : Integer.MAX_VALUE;
            long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
            try (Watch<SetResource> watch = client.sets().watch(SetQuery.ALL, position)) {
                while (!over.getAsBoolean() && System.nanoTime() < end) {
                    WatchEvent<SetResource> event = watch.next(STEP);
                    if (event != null) {
                        take(event);
                    }
                }
            } catch (RuntimeException e) {
                findings.violated(name + " was broken off at revision " + position + ": " + e);
            }
        }
    }

    private void take(WatchEvent<SetResource> event) {
        boolean bookmark = event.type() == WatchEvent.Type.BOOKMARK;
        if (bookmark ? event.revision() < position : event.revision() <= position) {
            findings.violated(name + " was told of revision " + event.revision() + " after " + position);
        }
        position = event.revision();
        if (!bookmark) {
            history.add(event);
            findings.count("watch events");
        }
    }

    /** The revision up to which it was told everything. */
    long position() {
        return position;
    }

    /**
     * Compares what it was told with what the database has, and what follows from it with a list.
     *
     * @param log all changes up to the list's revision
     */
    void compare(List<Logged> log, List<SetResource> listed, long revision) {
        List<String> truth = log.stream()
                .filter(change -> change.revision() > from
                        && change.body().path("kind").asString().equals("set"))
                .map(change -> line(
                        change.revision(),
                        change.deleted(),
                        change.body().path("name").asString(),
                        change.body().path("uid").asString(),
                        change.deleted() ? "" : change.body().toString()))
                .toList();
        List<String> told = history.stream()
                .filter(event -> event.revision() <= revision)
                .map(SoakWatcher::line)
                .toList();
        for (int i = 0; i < Math.max(truth.size(), told.size()); i++) {
            String was = i < truth.size() ? truth.get(i) : "nothing";
            String heard = i < told.size() ? told.get(i) : "nothing";
            if (!was.equals(heard)) {
                findings.violated(name + " was told, as its change " + i + ": " + heard + ", but it was: " + was);
                break;
            }
        }
        replay(listed, revision);
    }

    /** A set that has not changed since it began is not in its history. */
    private void replay(List<SetResource> listed, long revision) {
        Map<String, SetResource> made = new TreeMap<>();
        for (WatchEvent<SetResource> event : history) {
            SetResource set = event.item();
            if (set == null || event.revision() > revision) {
                continue;
            }
            if (event.type() == WatchEvent.Type.DELETE) {
                made.remove(set.name());
            } else {
                made.put(set.name(), set);
            }
        }
        Map<String, SetResource> there = new TreeMap<>();
        listed.stream().filter(set -> set.revision() > from).forEach(set -> there.put(set.name(), set));
        if (!made.equals(there)) {
            findings.violated(name + " replays to " + made + ", but listed is " + there);
        }
    }

    private static String line(WatchEvent<SetResource> event) {
        SetResource set = event.item();
        boolean deleted = event.type() == WatchEvent.Type.DELETE;
        return set == null
                ? "revision " + event.revision() + " without a set"
                : line(
                        event.revision(),
                        deleted,
                        set.name(),
                        set.uid().toString(),
                        deleted ? "" : Json.mapper().readTree(Json.write(set)).toString());
    }

    private static String line(long revision, boolean deleted, String name, String uid, String body) {
        return revision + (deleted ? " deletes " : " puts ") + name + " " + uid + " " + body;
    }
}
