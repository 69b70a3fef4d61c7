package io.mosaic.proof.soak;

import io.mosaic.model.SetResource;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.model.client.Watch;
import io.mosaic.model.client.WatchEvent;
import java.time.Duration;
import java.util.Random;
import java.util.function.BooleanSupplier;

/**
 * Follows all sets through nginx with the client that users have, and keeps what it was told. Of one thread while it runs; then
 * its history is read by another.
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
    private final WatchHistory history;

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
        this.history = new WatchHistory(name, client.sets().list(SetQuery.ALL).revision());
    }

    void run(BooleanSupplier over) throws InterruptedException {
        while (!over.getAsBoolean()) {
            long seconds = restless ? LIFE_MIN_SECONDS + random.nextInt(LIFE_MORE_SECONDS) : Integer.MAX_VALUE;
            long end = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
            try (Watch<SetResource> watch = client.sets().watch(SetQuery.ALL, history.position())) {
                while (!over.getAsBoolean() && System.nanoTime() < end) {
                    WatchEvent<SetResource> event = watch.next(STEP);
                    if (event != null) {
                        history.take(event).forEach(findings::violated);
                        findings.count("watch events");
                    }
                }
            } catch (RuntimeException e) {
                findings.violated(name + " was broken off at revision " + history.position() + ": " + e);
            }
        }
    }

    WatchHistory history() {
        return history;
    }
}
