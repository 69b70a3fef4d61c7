package io.mosaic.controller.store.embedded;

import io.mosaic.kit.command.CommandException;
import io.mosaic.kit.command.Commands;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
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
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two PostgreSQL servers on loopback, for trying a cluster and for tests: a primary and a streaming replica. A commit is
 * acknowledged when both have it on disk, so none is lost when the replica takes over. After that the new primary is alone
 * until the old one is taken back by {@link #rejoin} (with an installation of one's own that is Patroni's work, or pg_rewind's).
 *
 * <p>While the replica is away, writes wait: that is what makes the promise true. Below its directory: {@code one} and
 * {@code two}, as {@link EmbeddedPostgres} has it, and {@code primary}, which names the one that is it; the other is its replica
 * if it has PostgreSQL's mark of a standby. Not thread-safe.
 */
public final class PostgresPair implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresPair.class);

    private static final Duration STOP = Duration.ofSeconds(30);
    private static final Duration STEP = Duration.ofMillis(50);
    private static final Duration PROMOTE = Duration.ofSeconds(60);
    private static final Duration STREAMS = Duration.ofSeconds(60);
    private static final String DATABASE = "mosaic";
    private static final String REPLICA = "replica";

    /** Enough for five controllers and whoever looks. */
    private static final List<String> BOTH = List.of(
            "max_connections=100", "wal_level=replica", "max_wal_senders=4", "wal_keep_size=256MB", "hot_standby=on");

    private final Path root;
    private final PostgresAccount account;
    private final Path home;
    private final Consumer<String> progress;

    private PostgresPair(Path root, PostgresAccount account, Path home, Consumer<String> progress) {
        this.root = root;
        this.account = account;
        this.home = home;
        this.progress = progress;
    }

    /**
     * Starts both, making them the first time; after a fail-over the one that is left.
     *
     * @param directory made when it does not exist
     * @throws IOException saying what is in the way
     */
    public static PostgresPair start(Path directory, Consumer<String> progress) throws IOException {
        Files.createDirectories(directory);
        Path root = directory.toRealPath();
        PostgresAccount account = PostgresAccount.get();
        account.checkReaches(root);
        Path home = PostgresBinaries.unpack(root, progress);
        PostgresPair pair = new PostgresPair(root, account, home, progress);
        boolean up = false;
        try {
            pair.start();
            up = true;
            return pair;
        } finally {
            if (!up) {
                pair.close();
            }
        }
    }

    /** Starts what of both should run and does not; returns when the replica follows the primary. */
    public void start() throws IOException {
        if (!Files.exists(root.resolve("primary"))) {
            make();
        }
        noteUnfinishedPromotion();
        String primary = primary();
        String replica = replica();
        progress.accept("starting the primary");
        run(primary, replica == null ? List.of() : List.of("synchronous_standby_names=*"));
        if (replica != null) {
            progress.accept("starting the replica");
            follow(primary, replica);
            run(replica, List.of());
            awaitStreaming(primary);
        }
    }

    /** The first server, and the second as a copy of it while it rests: no later moment is as simple. */
    private void make() throws IOException {
        Path one = Files.createDirectories(root.resolve("one"));
        DataDirectory directory = new DataDirectory(one);
        directory.ensure(home, account, progress);
        run("one", List.of());
        stop("one");
        copy("one", "two");
        Files.writeString(root.resolve("primary"), "one\n");
    }

    /** Makes a standby of that server, which must not run, where no server runs either. */
    private void copy(String from, String to) throws IOException {
        Path copy = Files.createDirectories(root.resolve(to)).resolve("data");
        PostgresBinaries.deleteTree(copy);
        try {
            Commands.run(
                    Duration.ofMinutes(2),
                    "cp",
                    "-a",
                    root.resolve(from).resolve("data").toString(),
                    root.resolve(from).resolve("secret").toString(),
                    root.resolve(to) + "/");
        } catch (CommandException e) {
            throw new IOException("the replica cannot be made: " + e.getMessage(), e);
        }
        account.own(Files.createFile(standbyMark(to)));
    }

    /**
     * Takes the server that was the primary back, as the replica of the one that is now: as a copy of it, for which it rests for
     * a moment. Nothing happens when there is a replica.
     */
    public void rejoin() throws IOException {
        if (replica() == null) {
            String primary = primary();
            progress.accept("taking the other server back as the replica");
            kill(other(primary));
            stop(primary);
            copy(primary, other(primary));
            start();
        }
    }

    /** Tells the replica where the primary is this time. The file is the account's own and holds the password. */
    private void follow(String primary, String replica) throws IOException {
        Path file = root.resolve(replica).resolve("data").resolve("postgresql.auto.conf");
        String secret = new DataDirectory(root.resolve("one")).secret();
        Files.writeString(
                file,
                "primary_conninfo = 'host=127.0.0.1 port=" + port(primary) + " user=" + PostgresAccount.USER
                        + " password=" + secret + " application_name=" + REPLICA + "'\n",
                StandardCharsets.US_ASCII);
        account.own(file);
    }

    private PostgresServer server(String name, List<String> settings) {
        Path own = root.resolve(name);
        List<String> all = new ArrayList<>(BOTH);
        all.addAll(settings);
        return new PostgresServer(own, home, new DataDirectory(own), account, all);
    }

    private Postmaster run(String name, List<String> settings) throws IOException {
        PostgresServer server = server(name, settings);
        Optional<Postmaster> found = Postmaster.running(root.resolve(name).resolve("data"));
        if (found.isPresent()) {
            server.awaitAccepting(found.get());
            return found.get();
        }
        return server.start(server.freePort());
    }

    private int port(String name) throws IOException {
        return Integer.parseInt(
                Files.readString(root.resolve(name).resolve("port")).strip());
    }

    /** Where controllers connect: both, and whichever is the primary serves. */
    public PostgresConfig config() throws IOException {
        return PostgresConfig.of(url("primary"), PostgresAccount.USER, new DataDirectory(root.resolve("one")).secret());
    }

    /** For reading what may be a moment old: the replica, or the primary when that is alone. */
    public String readUrl() throws IOException {
        return url("preferSecondary");
    }

    private String url(String target) throws IOException {
        return "jdbc:postgresql://127.0.0.1:" + port("one") + ",127.0.0.1:" + port("two") + "/" + DATABASE
                + "?targetServerType=" + target;
    }

    /** The file that holds the password of both. */
    public Path passwordFile() {
        return root.resolve("one").resolve("secret");
    }

    /** Whether the server that is the primary runs. */
    public boolean primaryAlive() throws IOException {
        return Postmaster.running(root.resolve(primary()).resolve("data")).isPresent();
    }

    /** Whether there is a replica that could take over. */
    public boolean hasReplica() throws IOException {
        return replica() != null;
    }

    private String primary() throws IOException {
        return Files.readString(root.resolve("primary")).strip();
    }

    private @Nullable String replica() throws IOException {
        String other = other(primary());
        return Files.exists(standbyMark(other)) ? other : null;
    }

    private static String other(String name) {
        return name.equals("one") ? "two" : "one";
    }

    /** PostgreSQL takes it away when it promotes the server. */
    private Path standbyMark(String name) {
        return root.resolve(name).resolve("data").resolve("standby.signal");
    }

    /** Kills the primary, as a machine that loses its power does. */
    public void killPrimary() throws IOException {
        kill(primary());
    }

    /**
     * Kills the replica; writes wait until {@link #start} has it back.
     *
     * @throws IllegalStateException when there is none
     */
    public void killReplica() throws IOException {
        kill(requiredReplica());
    }

    /** The processes of the primary, for whoever wants to freeze them. */
    public List<Long> primaryProcesses() throws IOException {
        return Postmaster.processes(root.resolve(primary()).resolve("data"));
    }

    /**
     * The processes of the replica.
     *
     * @throws IllegalStateException when there is none
     */
    public List<Long> replicaProcesses() throws IOException {
        return Postmaster.processes(root.resolve(requiredReplica()).resolve("data"));
    }

    private String requiredReplica() throws IOException {
        String replica = replica();
        if (replica == null) {
            throw new IllegalStateException("there is no replica");
        }
        return replica;
    }

    private void kill(String name) throws IOException {
        for (long process : Postmaster.processes(root.resolve(name).resolve("data"))) {
            ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
        }
        if (!server(name, List.of()).awaitGone(STOP)) {
            throw new IOException("PostgreSQL " + name + " does not end");
        }
    }

    /**
     * Makes the replica the primary. The old one must not run, and is not started again before it is taken back by
     * {@link #rejoin}.
     *
     * @throws IllegalStateException when there is no replica
     */
    public void promote() throws IOException {
        String old = primary();
        String replica = requiredReplica();
        kill(old);
        // From the mark's going until the name is written, nothing else would tell that the old one must not start.
        Files.writeString(root.resolve("promoting"), replica + "\n");
        try (Connection connection = connect(replica);
                Statement statement = connection.createStatement();
                ResultSet promoted = statement.executeQuery("SELECT pg_promote(true, " + PROMOTE.toSeconds() + ")")) {
            if (!promoted.next() || !promoted.getBoolean(1)) {
                throw new IOException("the replica does not become the primary");
            }
        } catch (SQLException e) {
            throw new IOException("the replica cannot be promoted: " + e.getMessage(), e);
        }
        noteUnfinishedPromotion();
        LOG.info("the replica is the primary now");
    }

    private void noteUnfinishedPromotion() throws IOException {
        Path file = root.resolve("promoting");
        if (Files.exists(file)) {
            String promoting = Files.readString(file).strip();
            if (List.of("one", "two").contains(promoting) && !Files.exists(standbyMark(promoting))) {
                Files.writeString(root.resolve("primary"), promoting + "\n");
            }
            Files.delete(file);
        }
    }

    private Connection connect(String name) throws IOException, SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", PostgresAccount.USER);
        properties.setProperty("password", new DataDirectory(root.resolve("one")).secret());
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("socketTimeout", Long.toString(PROMOTE.toSeconds() + 5));
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port(name) + "/" + DATABASE, properties);
    }

    private void awaitStreaming(String primary) throws IOException {
        long end = System.nanoTime() + STREAMS.toNanos();
        while (System.nanoTime() < end) {
            try (Connection connection = connect(primary);
                    Statement statement = connection.createStatement();
                    ResultSet found = statement.executeQuery("SELECT 1 FROM pg_stat_replication"
                            + " WHERE state = 'streaming' AND sync_state = 'sync'")) {
                if (found.next()) {
                    return;
                }
            } catch (SQLException e) {
                throw new IOException("the primary does not answer: " + e.getMessage(), e);
            }
            sleep();
        }
        throw new IOException("the replica does not follow the primary; see "
                + root.resolve(other(primary)).resolve("data").resolve("log"));
    }

    private static void sleep() throws IOException {
        try {
            Thread.sleep(STEP);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for PostgreSQL", e);
        }
    }

    /** Stops both in order; the replica last, so that it has all that the primary had. */
    @Override
    public void close() {
        for (String name : inOrder()) {
            try {
                stop(name);
            } catch (IOException e) {
                LOG.error("PostgreSQL {} did not stop cleanly: {}", name, e.getMessage());
            }
        }
    }

    private List<String> inOrder() {
        try {
            String primary = primary();
            return List.of(primary, other(primary));
        } catch (IOException e) {
            LOG.debug("there is no primary yet", e);
            return List.of("one", "two");
        }
    }

    private void stop(String name) throws IOException {
        Optional<Postmaster> running = Postmaster.running(root.resolve(name).resolve("data"));
        if (running.isEmpty()) {
            return;
        }
        try {
            // SIGINT is a fast shutdown.
            Commands.run(
                    Duration.ofSeconds(5),
                    "kill",
                    "-INT",
                    Long.toString(running.get().pid()));
        } catch (CommandException e) {
            throw new IOException(e.getMessage(), e);
        }
        if (!server(name, List.of()).awaitGone(STOP)) {
            kill(name);
        }
    }
}
