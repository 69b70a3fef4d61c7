package io.mosaic.controller;

import io.mosaic.model.MosaicHome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The controller's process: {@code io.mosaic.controller.Main [--config FILE]}. */
public final class Main {

    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    /** As sysexits(3) has them. */
    private static final int USAGE = 64;

    private static final int FAILED = 1;
    private static final int START_BREAKS_OFF_SECONDS = 20;

    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        if (args.length != 0 && !(args.length == 2 && args[0].equals("--config"))) {
            fail(USAGE, "usage: io.mosaic.controller.Main [--config FILE]");
        }
        MosaicHome home = MosaicHome.of(System.getenv());
        Path file = args.length == 2 ? Path.of(args[1]) : home.etc().resolve("controller.json");
        AtomicReference<@Nullable Controller> running = new AtomicReference<>();
        CountDownLatch settled = new CountDownLatch(1);
        Thread starter = Thread.currentThread();
        Thread stopper = new Thread(() -> stop(running, settled, starter), "stop");
        Runtime.getRuntime().addShutdownHook(stopper);
        try {
            Controller controller = Controller.start(ControllerConfig.read(file, args.length == 2), home);
            running.set(controller);
        } catch (IOException e) {
            LOG.debug("the start failed", e);
            Runtime.getRuntime().removeShutdownHook(stopper);
            fail(FAILED, String.valueOf(e.getMessage()));
        } finally {
            settled.countDown();
        }
        new CountDownLatch(1).await();
    }

    /** One line for the person who started it. */
    private static void fail(int code, String line) {
        System.err.println("mosaic controller: " + line.replaceAll("[\r\n]+\\s*", " | "));
        System.exit(code);
    }

    /**
     * Stops what runs; a start under way is broken off, and stops itself what it had started. The JVM would end with 143
     * after SIGTERM, which a supervisor takes for a failure.
     */
    private static void stop(AtomicReference<@Nullable Controller> running, CountDownLatch settled, Thread starter) {
        LOG.info("stopping");
        boolean clean = true;
        try {
            if (settled.getCount() > 0) {
                starter.interrupt();
                clean = settled.await(START_BREAKS_OFF_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Controller controller = running.get();
        if (controller != null) {
            controller.close();
        }
        LOG.info("stopped");
        Runtime.getRuntime().halt(clean ? 0 : FAILED);
    }
}
