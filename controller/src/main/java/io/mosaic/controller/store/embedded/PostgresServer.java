package io.mosaic.controller.store.embedded;

import io.mosaic.kit.command.Commands;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a server in a data directory and sees it come and go. */
final class PostgresServer {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);

    /** Nothing else is below it: one database, as psql users expect to find it. */
    private static final String DATABASE = "mosaic";

    /** Recovery after a crash reads the whole write-ahead log, 256 MB at most here. */
    private static final Duration RECOVERY = Duration.ofMinutes(5);

    private static final Duration LEFTOVERS = Duration.ofSeconds(5);
    private static final Duration STEP = Duration.ofMillis(50);

    private static final int STARTS = 4;
    private static final Duration AGAIN = Duration.ofMillis(500);

    /** Of its log's end, where it says why it ended. */
    private static final int LOG_BYTES = 16 * 1024;

    /** Below the ports that Linux hands out itself (32768 up), so that no outgoing connection takes it meanwhile. */
    private static final int PORT_FIRST = 20_000;

    private static final int PORT_LAST = 30_000;

    /** sun_path of unix(7), less what PostgreSQL appends. */
    private static final int SOCKET_PATH_MAX = 107 - "/.s.PGSQL.65535.lock".length();

    private final Path root;
    private final Path home;
    private final DataDirectory directory;
    private final PostgresAccount account;
    private final List<String> settings;

    PostgresServer(Path root, Path home, DataDirectory directory, PostgresAccount account) {
        this(root, home, directory, account, List.of());
    }

    /** @param settings {@code name=value}, which win over the usual ones */
    PostgresServer(Path root, Path home, DataDirectory directory, PostgresAccount account, List<String> settings) {
        this.settings = List.copyOf(settings);
        this.root = root;
        this.home = home;
        this.directory = directory;
        this.account = account;
    }

    /** Another program listens on the port. */
    static final class PortTakenException extends IOException {
        private static final long serialVersionUID = 1L;

        PortTakenException(int port) {
            super("port " + port + " is taken by another program");
        }
    }

    String url(int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    /** The port used last time when it is free, or else another; noted for next time. */
    int freePort() throws IOException {
        Path file = root.resolve("port");
        int port = 0;
        if (Files.exists(file)) {
            try {
                port = Integer.parseInt(Files.readString(file).strip());
            } catch (NumberFormatException e) {
                // Torn: a new one is as good.
                port = 0;
            }
        }
        while (port == 0 || !free(port)) {
            port = ThreadLocalRandom.current().nextInt(PORT_FIRST, PORT_LAST);
        }
        Files.writeString(file, port + "\n");
        return port;
    }

    private static boolean free(int port) {
        try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return probe.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** Ended before it accepted connections. */
    private static final class EndedException extends IOException {
        private static final long serialVersionUID = 1L;

        EndedException(String message) {
            super(message);
        }
    }

    /**
     * Starts the server on that port; returns when it accepts connections. One that ends at once is started again a few times: what a
     * killed one left in the kernel may be in its way for a moment.
     */
    Postmaster start(int port) throws IOException {
        for (int attempt = 1; ; attempt++) {
            clearLeftovers();
            if (!free(port)) {
                throw new PortTakenException(port);
            }
            try {
                return launch(port);
            } catch (EndedException e) {
                if (attempt == STARTS) {
                    throw e;
                }
                LOG.warn("{}; starting it again", e.getMessage());
                sleep(AGAIN);
            }
        }
    }

    private Postmaster launch(int port) throws IOException {
        Path sockets = root.resolve("socket");
        Files.createDirectories(sockets);
        account.own(sockets);
        // Its first words, before its own log is open; setsid, so that a terminal's Ctrl-C does not reach it.
        Path words = root.resolve("start.log");
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(account.as(command(port, sockets)));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(words.toFile());
        Commands.minimal(builder.environment());
        Process process = builder.start();
        // setsid and setpriv become the server: the pid stays.
        Postmaster started = new Postmaster(process.pid(), port);
        awaitUp(started, process, words);
        return started;
    }

    private List<String> command(int port, Path sockets) {
        List<String> command = new ArrayList<>(List.of(
                home.resolve("bin/postgres").toString(), "-D", directory.path().toString()));
        String socketPath = sockets.toString();
        boolean fits = socketPath.getBytes(StandardCharsets.UTF_8).length <= SOCKET_PATH_MAX;
        for (String setting : List.of(
                "port=" + port,
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=" + (fits ? "\"" + socketPath + "\"" : ""),
                "unix_socket_permissions=0700",
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "wal_compression=on",
                // Small: the log is the only client, and its working set is the head and the newest rows.
                "max_connections=50",
                "shared_buffers=64MB",
                "max_wal_size=256MB",
                "max_wal_senders=0",
                "wal_level=minimal",
                "max_worker_processes=2",
                "max_parallel_workers_per_gather=0",
                "io_method=sync",
                "jit=off",
                "timezone=UTC",
                "log_timezone=UTC",
                // One file a day of the week, each overwritten after a week.
                "logging_collector=on",
                "log_directory=log",
                "log_filename=postgresql-%a.log",
                "log_rotation_age=1d",
                "log_rotation_size=0",
                "log_truncate_on_rotation=on",
                "log_min_error_statement=panic")) {
            command.add("-c");
            command.add(setting);
        }
        // Of two with one name the later counts.
        settings.forEach(setting -> command.addAll(List.of("-c", setting)));
        return command;
    }

    private void awaitUp(Postmaster started, Process process, Path words) throws IOException {
        long end = System.nanoTime() + RECOVERY.toNanos();
        while (System.nanoTime() < end) {
            if (!process.isAlive()) {
                throw new EndedException("PostgreSQL ended at its start with " + process.exitValue() + ": "
                        + reason(process.pid(), words) + " (see "
                        + directory.path().resolve("log") + ")");
            }
            // Until it is the server of this directory, another one's answer on the port would be taken for its own.
            Optional<Postmaster> running = Postmaster.running(directory.path());
            if (running.isPresent() && running.get().equals(started) && accepts(started.port())) {
                return;
            }
            sleep();
        }
        throw new IOException("PostgreSQL did not accept connections within " + RECOVERY.toMinutes() + " minutes");
    }

    /** Waits for a server that somebody else started; false when it ends meanwhile. */
    boolean awaitAccepting(Postmaster adopted) throws IOException {
        long end = System.nanoTime() + RECOVERY.toNanos();
        while (!accepts(adopted.port())) {
            if (!adopted.alive(directory.path())) {
                return false;
            }
            if (System.nanoTime() >= end) {
                throw new IOException("PostgreSQL (process " + adopted.pid() + ") does not accept connections");
            }
            sleep();
        }
        return true;
    }

    /** Whether the database can be used; makes it when the server is new. */
    private boolean accepts(int port) throws IOException {
        Properties properties = new Properties();
        properties.setProperty("user", PostgresAccount.USER);
        properties.setProperty("password", directory.secret());
        properties.setProperty("connectTimeout", "2");
        properties.setProperty("loginTimeout", "2");
        properties.setProperty("socketTimeout", "30");
        String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
        try (Connection connection = DriverManager.getConnection(url, properties);
                Statement statement = connection.createStatement()) {
            boolean there;
            try (ResultSet found =
                    statement.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
                there = found.next();
            }
            if (!there) {
                statement.execute("CREATE DATABASE " + DATABASE);
            }
            return true;
        } catch (SQLException e) {
            if (String.valueOf(e.getSQLState()).startsWith("28")) {
                throw new IOException(
                        "PostgreSQL in " + directory.path() + " refuses the password in " + root.resolve("secret"), e);
            }
            return false;
        }
    }

    /**
     * Ends what a killed server left behind. Its children end by themselves as soon as they notice; one that does not
     * holds the shared memory, and no new server may start beside it.
     */
    private void clearLeftovers() throws IOException {
        if (!awaitGone(LEFTOVERS)) {
            for (long process : Postmaster.processes(directory.path())) {
                ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
            }
            if (!awaitGone(LEFTOVERS)) {
                throw new IOException(
                        "processes " + Postmaster.processes(directory.path()) + " of an earlier PostgreSQL do not end");
            }
        }
        // Its pid may be another program's by now, for which PostgreSQL would refuse to start. Nothing runs here.
        Files.deleteIfExists(directory.path().resolve("postmaster.pid"));
    }

    /** Waits until no process works in the data directory. */
    boolean awaitGone(Duration timeout) throws IOException {
        long end = System.nanoTime() + timeout.toNanos();
        while (!Postmaster.processes(directory.path()).isEmpty()) {
            if (System.nanoTime() >= end) {
                return false;
            }
            sleep();
        }
        return true;
    }

    /** The last that the first process called fatal, in its first words or in its log; else the last of its first words. */
    private String reason(long pid, Path words) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(words));
        String last = lines.isEmpty() ? "it said nothing" : lines.getLast();
        Path logs = directory.path().resolve("log");
        if (Files.isDirectory(logs)) {
            try (Stream<Path> files = Files.list(logs)) {
                Optional<Path> newest =
                        files.max(Comparator.comparingLong(file -> file.toFile().lastModified()));
                if (newest.isPresent()) {
                    lines.addAll(lastLines(newest.get()));
                }
            }
        }
        return lines.reversed().stream()
                .filter(line -> line.contains("[" + pid + "] FATAL:") || line.contains("[" + pid + "] PANIC:"))
                .findFirst()
                .orElse(last);
    }

    private static List<String> lastLines(Path file) throws IOException {
        try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "r")) {
            long from = Math.max(0, log.length() - LOG_BYTES);
            byte[] end = new byte[Math.toIntExact(log.length() - from)];
            log.seek(from);
            log.readFully(end);
            return new String(end, StandardCharsets.UTF_8).lines().toList();
        }
    }

    private static void sleep() throws InterruptedIOException {
        sleep(STEP);
    }

    private static void sleep(Duration time) throws InterruptedIOException {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for PostgreSQL");
        }
    }
}
