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

    private static final String HELP = """
            Usage: controller [--config FILE]

              --config FILE  configuration, JSON; else controller.json in /etc/mosaic, or in etc below MOS_HOME
              --help         this text

            Keys, each of which may be left out:
              name                   this controller's name, else the machine's
              api, link              {"bind": address, "port": number}; 127.0.0.1, 8443 for users and 8444 for agents
              advertise              host:port at which other controllers reach the link
              database               {"url", "user", "passwordFile", "readUrl"}: the operator's PostgreSQL; else it runs its own
              names                  further names and addresses for its certificate
              allowedCapabilities    Linux capabilities beyond Docker's that a set may ask for
              allowedPrometheus      Prometheus servers that scaling may have asked, as http://host:port
              limits                 {"writes", "tenantWrites", "tenantRate", "maxLostPercent", "connections"}
              images                 {"url": the image repository, as hosts reach it}; https by the cluster's CA, http on loopback

            With a PostgreSQL of its own it needs root, and runs that as the user mosaic. Stops on SIGTERM.
            """;

    private static final int START_BREAKS_OFF_SECONDS = 20;

    private Main() {}

    public static void main(String[] args) throws InterruptedException {
        if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
            System.out.print(HELP);
            return;
        }
        if (args.length != 0 && !(args.length == 2 && args[0].equals("--config"))) {
            fail(USAGE, "unknown arguments; see --help");
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
