package io.mosaic.images;

import io.mosaic.model.MosaicHome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The repository's process: {@code io.mosaic.images.Main [--config FILE]}. */
public final class Main {

    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    /** As sysexits(3) has them. */
    private static final int USAGE = 64;

    private static final int FAILED = 1;

    private static final String HELP = """
            Usage: mos images [--config FILE]

            Runs the image repository: a registry for docker and its kin, on the database that the imagess have.

              --config FILE  configuration, JSON; else images.json in /etc/mosaic, or in etc below MOS_HOME
              --help         this text

            Keys, each of which may be left out:
              database   {"url", "user", "passwordFile"}: the PostgreSQL that the imagess have
              api        {"bind": address, "port": number}; 127.0.0.1, 8445
              tls        whether connections are encrypted: always where other machines connect
              address    URL at which clients reach it, behind a proxy for instance
              names      further names and addresses for its certificate
              directory  of the content, else images in /var/lib/mosaic, or in lib below MOS_HOME
              store      {"s3": {"endpoint", "region", "bucket", "prefix", "credentialsFile", "caFile"}}: a bucket that content is
                         in; directory is then for what is on its way to it
              reserve    what stays free of its file system; 256Mi
              garbage    {"every", "grace", "untagged"}; 1d, 1d, false
              limits     {"blob", "tenantUploads", "uploadIdle"}; 64Gi, 500, 24h

            Example:
              mos images --config /etc/mosaic/images.json

            Stops on SIGTERM.
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
        Path file = args.length == 2 ? Path.of(args[1]) : home.etc().resolve("images.json");
        AtomicReference<@Nullable Images> running = new AtomicReference<>();
        CountDownLatch settled = new CountDownLatch(1);
        Thread starter = Thread.currentThread();
        Thread stopper = new Thread(() -> stop(running, settled, starter), "stop");
        Runtime.getRuntime().addShutdownHook(stopper);
        try {
            Images images = Images.start(ImagesConfig.read(file, args.length == 2), home);
            running.set(images);
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
        System.err.println("mosaic images: " + line.replaceAll("[\r\n]+\\s*", " | "));
        System.exit(code);
    }

    /**
     * Stops what runs; a start under way is broken off, and stops itself what it had started. The JVM would end with 143
     * after SIGTERM, which a supervisor takes for a failure.
     */
    private static void stop(AtomicReference<@Nullable Images> running, CountDownLatch settled, Thread starter) {
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
        Images images = running.get();
        if (images != null) {
            images.close();
        }
        LOG.info("stopped");
        Runtime.getRuntime().halt(clean ? 0 : FAILED);
    }
}
