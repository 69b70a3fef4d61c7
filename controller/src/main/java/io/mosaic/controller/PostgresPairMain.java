package io.mosaic.controller;

import io.mosaic.controller.store.embedded.PostgresPair;
import io.mosaic.kit.tls.DurableFile;
import io.mosaic.model.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code io.mosaic.controller.PostgresPairMain DIRECTORY}: runs the two PostgreSQL servers of a cluster that is tried on one
 * machine, until it is ended. Writes {@code pair.json} into the directory when they accept connections, and lets the replica
 * take over when the primary is gone.
 */
public final class PostgresPairMain {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresPairMain.class);

    private static final Duration LOOK = Duration.ofMillis(500);

    /** Looks at which the primary must have been gone: a restart by hand should not cost the pair. */
    private static final int GONE_LOOKS = 4;

    private PostgresPairMain() {}

    public static void main(String[] args) throws InterruptedException {
        if (args.length != 1) {
            fail("usage: io.mosaic.controller.PostgresPairMain DIRECTORY");
        }
        Path directory = Path.of(args[0]);
        CountDownLatch stop = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(stop, stopped), "stop"));
        try (PostgresPair pair = PostgresPair.start(directory, step -> LOG.info("PostgreSQL: {}", step))) {
            Map<String, String> said = new LinkedHashMap<>();
            said.put("url", pair.config().url());
            said.put("readUrl", pair.readUrl());
            said.put("user", pair.config().user());
            said.put("passwordFile", pair.passwordFile().toString());
            DurableFile.writePublic(
                    directory.resolve("pair.json"), Json.pretty(said).getBytes(StandardCharsets.UTF_8));
            int gone = 0;
            while (!stop.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                gone = pair.primaryAlive() ? 0 : gone + 1;
                if (gone >= GONE_LOOKS && pair.hasReplica()) {
                    LOG.warn("the primary is gone; the replica takes over");
                    promote(pair);
                }
            }
            Files.deleteIfExists(directory.resolve("pair.json"));
        } catch (IOException e) {
            LOG.debug("it failed", e);
            stopped.countDown();
            fail(String.valueOf(e.getMessage()));
        } finally {
            stopped.countDown();
        }
    }

    /** Tried again at the next look: the replica must not be stopped for it. */
    private static void promote(PostgresPair pair) {
        try {
            pair.promote();
        } catch (IOException e) {
            LOG.error("the replica could not be promoted yet: {}", e.getMessage());
        }
    }

    private static void stop(CountDownLatch stop, CountDownLatch stopped) {
        stop.countDown();
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One line for the person who started it. */
    private static void fail(String line) {
        System.err.println("mosaic postgres: " + line.replaceAll("[\r\n]+\\s*", " | "));
        System.exit(1);
    }
}
