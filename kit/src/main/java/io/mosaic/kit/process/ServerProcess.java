package io.mosaic.kit.process;

import io.mosaic.model.MosaicHome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a server's process, from its arguments to SIGTERM: {@code NAME [--config FILE]}. It exits with 64 (sysexits(3)) for
 * wrong arguments and with 1 and one line on stderr when it cannot start; a stop that went well exits with 0.
 */
public final class ServerProcess {

    private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);

    /** As sysexits(3) has them. */
    private static final int USAGE = 64;

    private static final int FAILED = 1;

    private static final int START_BREAKS_OFF_SECONDS = 20;

    private final String name;
    private final AtomicReference<@Nullable AutoCloseable> running = new AtomicReference<>();
    private final CountDownLatch settled = new CountDownLatch(1);

    private ServerProcess(String name) {
        this.name = name;
    }

    /** What the process is for. */
    @FunctionalInterface
    public interface Server {
        /**
         * Starts it; what was started before a failure is stopped again.
         *
         * @param config the configuration's file
         * @param named whether the user named it, so that it must be there
         * @return closed when the process is to stop
         * @throws IOException in one line, saying what is in the way
         * @throws InterruptedException when the process is told to stop meanwhile
         */
        AutoCloseable start(Path config, boolean named, MosaicHome home) throws IOException, InterruptedException;
    }

    /**
     * Runs until SIGTERM; never returns but for {@code --help}.
     *
     * @param name such as {@code images}, whose configuration is {@code images.json}
     */
    public static void run(String name, String help, String[] args, Server server) throws InterruptedException {
        if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
            System.out.print(help);
            return;
        }
        ServerProcess process = new ServerProcess(name);
        if (args.length != 0 && !(args.length == 2 && args[0].equals("--config"))) {
            process.fail(USAGE, "unknown arguments; see --help");
        }
        process.run(args, server);
    }

    private void run(String[] args, Server server) throws InterruptedException {
        MosaicHome home = MosaicHome.of(System.getenv());
        boolean named = args.length == 2;
        Path config = named ? Path.of(args[1]) : home.etc().resolve(name + ".json");
        Thread starter = Thread.currentThread();
        Thread stopper = new Thread(() -> stop(starter), "stop");
        Runtime.getRuntime().addShutdownHook(stopper);
        try {
            running.set(server.start(config, named, home));
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
    private void fail(int code, String line) {
        System.err.println("mosaic " + name + ": " + line.replaceAll("[\r\n]+\\s*", " | "));
        System.exit(code);
    }

    /**
     * Stops what runs; a start under way is broken off, and stops itself what it had started. The JVM would end with 143
     * after SIGTERM, which a supervisor takes for a failure.
     */
    private void stop(Thread starter) {
        LOG.info("stopping");
        boolean clean = true;
        try {
            if (settled.getCount() > 0) {
                starter.interrupt();
                clean = settled.await(START_BREAKS_OFF_SECONDS, TimeUnit.SECONDS);
            }
            AutoCloseable server = running.get();
            if (server != null) {
                server.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            LOG.error("the stop failed", e);
            clean = false;
        }
        LOG.info("stopped");
        Runtime.getRuntime().halt(clean ? 0 : FAILED);
    }
}
