package io.mosaic.agent;

import io.mosaic.model.MosaicHome;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The agent process: makes this machine a host of a cluster. */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private static final String HELP = """
            The Mosaic agent: makes this machine a host of a cluster.

            Usage: agent [--config FILE]

              --config FILE  configuration, JSON; else agent.json in /etc/mosaic, or in etc below MOS_HOME
              --help         this text

            Needs root and a Docker daemon. Stops on SIGTERM and leaves every container running; the next start takes
            them over as they are.
            """;

    private Main() {}

    /** Runs until SIGTERM; exits with 1 and one line on stderr when it cannot begin. */
    public static void main(String[] args) {
        if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
            System.out.print(HELP);
            return;
        }
        try {
            MosaicHome home = MosaicHome.of(System.getenv());
            run(home, AgentConfig.read(configFile(args, home)));
        } catch (StartException | ProblemException | IOException | GeneralSecurityException e) {
            System.err.println("mosaic agent: " + (e instanceof IOException ? e.toString() : e.getMessage()));
            System.exit(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            System.exit(1);
        }
    }

    private static Path configFile(String[] args, MosaicHome home) throws StartException {
        if (args.length == 0) {
            return home.etc().resolve("agent.json");
        }
        if (args.length != 2 || !args[0].equals("--config")) {
            throw new StartException("unknown arguments; see --help");
        }
        Path file = Path.of(args[1]);
        if (!Files.isReadable(file)) {
            throw new StartException("the configuration " + file + " cannot be read");
        }
        return file;
    }

    private static void run(MosaicHome home, AgentConfig config)
            throws StartException, IOException, GeneralSecurityException, InterruptedException {
        Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (!Integer.valueOf(0).equals(uid)) {
            throw new StartException("must run as root: it mounts volumes and talks to Docker");
        }
        Path data = home.lib().resolve("agent");
        Files.createDirectories(data);
        Files.createDirectories(home.run());
        try (FileChannel lockFile =
                        FileChannel.open(data.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = lock(lockFile)) {
            if (lock == null) {
                throw new StartException("another agent runs on " + data);
            }
            runUntilStopped(HostAgent.open(home, config));
        }
    }

    private static void runUntilStopped(HostAgent agent) throws IOException, InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            ended.countDown();
            await(stopped);
            // The JVM would report the signal; a stop that went well is no failure to who started us.
            Runtime.getRuntime().halt(0);
        }));
        agent.start();
        LOG.info("agent of host {} runs", agent.host());
        ended.await();
        try {
            agent.close();
            LOG.info("agent stopped; every container runs on");
        } finally {
            stopped.countDown();
        }
    }

    private static @Nullable FileLock lock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
