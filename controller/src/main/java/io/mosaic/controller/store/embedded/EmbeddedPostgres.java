package io.mosaic.controller.store.embedded;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.Commands;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL server of the controller's own. It outlives a controller that is killed, and the next one adopts it; it is
 * started again when it dies. One controller at a time: a lock file keeps a second one off.
 *
 * <p>Below its directory: {@code data} (with the server's log in {@code log}), {@code secret} (0600), {@code port},
 * {@code socket} and the unpacked programs. Thread-safe.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);

    private static final Duration WATCH = Duration.ofMillis(200);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(5);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final int PORTS_TRIED = 5;

    private final Path home;
    private final DataDirectory directory;
    private final PostgresServer server;
    private final FileChannel lockFile;
    private final Thread watcher =
            Thread.ofPlatform().daemon().name("postgres-watcher").unstarted(this::watch);
    private final Object monitor = new Object();
    private boolean stopping;
    private volatile Postmaster postmaster;

    private EmbeddedPostgres(Path root, FileChannel lockFile, Consumer<String> progress) throws IOException {
        this.lockFile = lockFile;
        PostgresAccount account = PostgresAccount.get();
        account.checkReaches(root);
        this.home = PostgresBinaries.unpack(root, progress);
        this.directory = new DataDirectory(root);
        directory.ensure(home, account, progress);
        this.server = new PostgresServer(root, home, directory, account);
        this.postmaster = adoptOrStart(root, progress);
    }

    private Postmaster adoptOrStart(Path root, Consumer<String> progress) throws IOException {
        Optional<Postmaster> found = Postmaster.running(directory.path());
        if (found.isPresent()) {
            progress.accept("taking over PostgreSQL, which runs as process "
                    + found.get().pid());
            if (server.awaitAccepting(found.get())) {
                return found.get();
            }
            progress.accept("it ended while it was taken over");
        }
        progress.accept("starting PostgreSQL");
        Postmaster started = startOnAnyPort();
        PostgresBinaries.deleteOthers(root, home);
        return started;
    }

    /**
     * Adopts the server in that directory or starts it, making what is missing; returns when it accepts connections.
     *
     * @param root an absolute path; made when it does not exist
     * @param progress told in a few words what takes time
     * @throws IOException saying what is in the way
     */
    public static EmbeddedPostgres start(Path root, Consumer<String> progress) throws IOException {
        Files.createDirectories(root);
        Path real = root.toRealPath();
        FileChannel lockFile = lock(real);
        boolean started = false;
        try {
            EmbeddedPostgres postgres = new EmbeddedPostgres(real, lockFile, progress);
            postgres.watcher.start();
            started = true;
            LOG.info("PostgreSQL accepts connections on port {}", postgres.postmaster.port());
            return postgres;
        } finally {
            if (!started) {
                lockFile.close();
            }
        }
    }

    private static FileChannel lock(Path root) throws IOException {
        FileChannel file = FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            file.close();
            throw new IOException("another controller runs the PostgreSQL in " + root);
        }
        return file;
    }

    /** Where to connect; stays the same while this object lives. */
    public PostgresConfig config() throws IOException {
        return PostgresConfig.of(server.url(postmaster.port()), PostgresAccount.USER, directory.secret());
    }

    /** Process id of the server, another one after it was started again. */
    public long pid() {
        return postmaster.pid();
    }

    /** The data directory; for whoever looks after its disk. */
    public Path data() {
        return directory.path();
    }

    /** A port that was free a moment ago may be taken: tries some. */
    private Postmaster startOnAnyPort() throws IOException {
        IOException last = null;
        for (int tried = 0; tried < PORTS_TRIED; tried++) {
            try {
                return server.start(server.freePort());
            } catch (PostgresServer.PortTakenException e) {
                last = e;
            }
        }
        throw last == null ? new IOException("no port is free") : last;
    }

    private void watch() {
        Duration pause = WATCH;
        try {
            while (pause(pause)) {
                if (postmaster.alive(directory.path())) {
                    pause = WATCH;
                    continue;
                }
                pause = restart(pause);
            }
        } catch (InterruptedException e) {
            LOG.warn("watching PostgreSQL was interrupted and ends");
        }
    }

    /** Starts the server that died; returns how long to wait before looking again. */
    private Duration restart(Duration pause) {
        LOG.warn("PostgreSQL (process {}) is gone; starting it again", postmaster.pid());
        try {
            postmaster = server.start(postmaster.port());
            LOG.info("PostgreSQL is back as process {}", postmaster.pid());
            return WATCH;
        } catch (IOException | RuntimeException e) {
            // Whatever it was: who watches must not end before the controller does.
            Duration next = pause.multipliedBy(2);
            LOG.warn("PostgreSQL did not start: {}", e.toString());
            return next.compareTo(BACKOFF_MAX) > 0 ? BACKOFF_MAX : next;
        }
    }

    /** Waits; false when the server is to stop. */
    private boolean pause(Duration pause) throws InterruptedException {
        long end = System.nanoTime() + pause.toNanos();
        synchronized (monitor) {
            while (!stopping) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    return true;
                }
                monitor.wait(left / 1_000_000, (int) (left % 1_000_000));
            }
            return false;
        }
    }

    /** Leaves the server running and forgets it, as a controller does that is killed. */
    void abandon() throws IOException {
        endWatch();
        lockFile.close();
    }

    /** Stops the server, open transactions are rolled back; returns when it is gone. */
    @Override
    public void close() {
        endWatch();
        try (FileChannel held = lockFile) {
            stop(held);
        } catch (IOException e) {
            LOG.error("PostgreSQL did not stop cleanly: {}", e.getMessage());
        }
    }

    private void stop(@Nullable FileChannel held) throws IOException {
        if (held == null || !postmaster.alive(directory.path())) {
            return;
        }
        long pid = postmaster.pid();
        try {
            // SIGINT is a fast shutdown. ProcessHandle.destroy would send SIGTERM, which waits for all clients to
            // leave.
            Commands.run(Duration.ofSeconds(5), "kill", "-INT", Long.toString(pid));
        } catch (CommandException e) {
            throw new IOException(e.getMessage(), e);
        }
        if (server.awaitGone(STOP)) {
            LOG.info("PostgreSQL (process {}) stopped", pid);
            return;
        }
        LOG.warn("PostgreSQL did not stop within {} s and is killed; it recovers at its next start", STOP.toSeconds());
        for (long process : Postmaster.processes(directory.path())) {
            ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
        }
        if (!server.awaitGone(STOP)) {
            throw new IOException("processes " + List.copyOf(Postmaster.processes(directory.path())) + " do not end");
        }
    }

    private void endWatch() {
        synchronized (monitor) {
            stopping = true;
            monitor.notifyAll();
        }
        try {
            watcher.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
