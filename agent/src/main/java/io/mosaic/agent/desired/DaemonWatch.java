package io.mosaic.agent.desired;

import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.model.Bytes;
import java.io.File;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches whether the daemon answers and the disk has room. A daemon that hangs is noticed within three seconds.
 *
 * <p>Thread-safe.
 */
final class DaemonWatch implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration DEADLINE = Duration.ofSeconds(2);

    /** One refused connection may be a restart of the daemon; two are trouble. */
    private static final int MISSES_MAX = 2;

    /** The disk is looked at every so many rounds. */
    private static final int DISK_ROUNDS = 10;

    private static final int PERCENT_MIN = 5;

    /** Five percent of a large disk are more than anybody needs to keep free. */
    private static final long PERCENT_BYTES_MAX = 10L << 30;

    private final Docker docker;
    private final Path data;
    private final Bytes diskFreeMin;
    private final Runnable onBack;
    private int round;
    private int misses;
    private volatile @Nullable String daemonTrouble;
    private volatile @Nullable String diskTrouble;

    /**
     * @param data directory whose file system is watched
     * @param diskFreeMin room that must be left, at least; five percent of the disk, at most 10 GiB, if that is more
     * @param onBack run when the daemon answers again
     */
    DaemonWatch(Docker docker, Path data, Bytes diskFreeMin, Runnable onBack) {
        this.docker = docker;
        this.data = data;
        this.diskFreeMin = diskFreeMin;
        this.onBack = onBack;
    }

    /** Why the host should take no new sets; null when all is well. */
    @Nullable
    String trouble() {
        String daemon = daemonTrouble;
        return daemon == null ? diskTrouble : daemon;
    }

    boolean daemonAnswers() {
        return daemonTrouble == null;
    }

    @Override
    public void run() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                round();
                Thread.sleep(INTERVAL);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asks the daemon, and now and then the disk; to be called every second, by one thread. */
    void round() {
        if (round++ % DISK_ROUNDS == 0) {
            checkDisk();
        }
        misses = ping(misses);
    }

    private int ping(int misses) {
        try {
            docker.ping(DEADLINE);
        } catch (DockerException e) {
            boolean hangs = e.kind() == DockerException.Kind.TIMEOUT;
            if (hangs || misses + 1 >= MISSES_MAX) {
                String word = hangs
                        ? "the Docker daemon does not answer within " + DEADLINE.toSeconds() + " s"
                        : "the Docker daemon cannot be reached: " + e.getMessage();
                if (daemonTrouble == null) {
                    LOG.warn("{}; nothing is changed until it does", word);
                }
                daemonTrouble = word;
            }
            return misses + 1;
        }
        if (daemonTrouble != null) {
            LOG.info("the Docker daemon answers again");
            daemonTrouble = null;
            onBack.run();
        }
        return 0;
    }

    private void checkDisk() {
        try {
            // By the path itself: a FileStore is found by reading the whole mount table, which is long on a full host.
            File disk = data.toFile();
            long total = disk.getTotalSpace();
            if (total == 0 && !disk.exists()) {
                throw new NoSuchFileException(data.toString());
            }
            long percent = Math.min(total / 100 * PERCENT_MIN, PERCENT_BYTES_MAX);
            long least = Math.max(diskFreeMin.value(), percent);
            long free = disk.getUsableSpace();
            String before = diskTrouble;
            diskTrouble = free >= least
                    ? null
                    : "disk nearly full: " + (free >> 20) + "Mi free under " + data + ", " + (least >> 20)
                            + "Mi wanted";
            if (before == null && diskTrouble != null) {
                LOG.warn("{}", diskTrouble);
            }
        } catch (IOException e) {
            diskTrouble = "the disk under " + data + " cannot be looked at: " + e.getMessage();
        }
    }
}
