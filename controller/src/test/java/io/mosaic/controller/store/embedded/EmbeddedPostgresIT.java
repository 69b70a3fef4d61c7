package io.mosaic.controller.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mosaic.controller.store.TestPostgres;
import io.mosaic.kit.command.Commands;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The server that a controller runs for itself: made, adopted, watched, stopped. */
class EmbeddedPostgresIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final List<String> progress = new CopyOnWriteArrayList<>();
    private final List<Path> directories = new ArrayList<>();

    /** Making a database takes seconds: tests that need none of their own share this one. */
    private static Path shared;

    @BeforeAll
    static void makeShared() throws IOException {
        shared = TestPostgres.directory();
        EmbeddedPostgres.start(shared, message -> {}).close();
    }

    @AfterAll
    static void deleteShared() throws IOException {
        TestPostgres.delete(shared);
    }

    @AfterEach
    void clean() throws IOException {
        for (long process : Postmaster.processes(shared.resolve("data"))) {
            ProcessHandle.of(process).ifPresent(ProcessHandle::destroyForcibly);
        }
        await().atMost(LONG)
                .until(() -> Postmaster.processes(shared.resolve("data")).isEmpty());
        for (Path directory : directories) {
            TestPostgres.delete(directory);
        }
    }

    private Path newDirectory() throws IOException {
        Path directory = TestPostgres.directory();
        directories.add(directory);
        return directory;
    }

    private EmbeddedPostgres start(Path directory) throws IOException {
        progress.clear();
        return EmbeddedPostgres.start(directory, progress::add);
    }

    private static String query(PostgresConfig config, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(config.url(), config.user(), config.password());
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }

    private static void execute(PostgresConfig config, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(config.url(), config.user(), config.password());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void aNewOneIsPrivateDurableAndUnprivilegedAndStopsForGood() throws Exception {
        Path directory = newDirectory();
        long pid;
        try (EmbeddedPostgres postgres = start(directory)) {
            pid = postgres.pid();
            PostgresConfig config = postgres.config();
            assertThat(query(config, "SHOW server_version")).startsWith("18");
            assertThat(query(config, "SHOW fsync")).isEqualTo("on");
            assertThat(query(config, "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(query(config, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(query(config, "SHOW password_encryption")).isEqualTo("scram-sha-256");
            assertThat(config.toString()).doesNotContain(config.password());
            assertThat(Files.readString(Path.of("/proc/" + pid + "/cmdline"))).doesNotContain(config.password());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("secret"))))
                    .isEqualTo("rw-------");
            assertThat(ProcessHandle.of(pid).orElseThrow().info().user()).get().isNotEqualTo("root");
            assertThatThrownBy(() -> DriverManager.getConnection(config.url(), config.user(), "wrong"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
        }
        assertThat(ProcessHandle.of(pid)).isEmpty();
        assertThat(Postmaster.processes(directory.resolve("data"))).isEmpty();
        assertThat(directory.resolve("data/postmaster.pid")).doesNotExist();
        assertThat(progress).hasSize(3);
    }

    @Test
    void whatIsKeptSurvivesAStopAndTheNextStartMakesNothingAnew() throws Exception {
        PostgresConfig before;
        try (EmbeddedPostgres postgres = start(shared)) {
            before = postgres.config();
            execute(before, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS number");
        }
        try (EmbeddedPostgres postgres = start(shared)) {
            assertThat(postgres.config()).isEqualTo(before);
            assertThat(query(before, "SELECT number FROM kept")).isEqualTo("42");
            assertThat(progress).containsExactly("starting PostgreSQL");
        }
    }

    @Test
    void oneThatAKilledControllerLeftIsAdopted() throws Exception {
        EmbeddedPostgres killed = start(shared);
        long pid = killed.pid();
        PostgresConfig config = killed.config();
        killed.abandon();

        try (EmbeddedPostgres next = start(shared)) {
            assertThat(next.pid()).isEqualTo(pid);
            assertThat(next.config()).isEqualTo(config);
            assertThat(query(config, "SELECT 1")).isEqualTo("1");
            // And it is watched as if it were its own.
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
            await().atMost(LONG).until(() -> next.pid() != pid);
            assertThat(query(config, "SELECT 1")).isEqualTo("1");
        }
        assertThat(Postmaster.processes(shared.resolve("data"))).isEmpty();
    }

    @Test
    void oneThatDiesWhileItIsTakenOverIsStartedAnew() throws Exception {
        EmbeddedPostgres killed = start(shared);
        long pid = killed.pid();
        killed.abandon();
        // Frozen, it neither answers nor ends, so that the next one waits for it.
        Commands.run(Duration.ofSeconds(5), "kill", "-STOP", Long.toString(pid));
        progress.clear();
        try (ExecutorService starting = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<EmbeddedPostgres> next = starting.submit(() -> start(shared));
            await().atMost(LONG).until(() -> progress.stream().anyMatch(step -> step.startsWith("taking over")));
            Commands.run(Duration.ofSeconds(5), "kill", "-KILL", Long.toString(pid));
            try (EmbeddedPostgres started = next.get()) {
                assertThat(started.pid()).isNotEqualTo(pid);
                assertThat(query(started.config(), "SELECT 1")).isEqualTo("1");
            }
        }
        assertThat(progress).contains("it ended while it was taken over", "starting PostgreSQL");
    }

    @Test
    void aKilledOneIsStartedAgainOnItsPortThoughAChildIsFrozen() throws Exception {
        try (EmbeddedPostgres postgres = start(shared)) {
            PostgresConfig config = postgres.config();
            execute(config, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS number");
            long pid = postgres.pid();
            long child = ProcessHandle.of(pid)
                    .orElseThrow()
                    .children()
                    .findFirst()
                    .orElseThrow()
                    .pid();
            Commands.run(Duration.ofSeconds(5), "kill", "-STOP", Long.toString(child));
            Commands.run(Duration.ofSeconds(5), "kill", "-KILL", Long.toString(pid));

            await().atMost(LONG).until(() -> postgres.pid() != pid);
            assertThat(postgres.config()).isEqualTo(config);
            assertThat(query(config, "SELECT number FROM kept")).isEqualTo("42");
        }
    }

    @Test
    void whatAKilledOneLeavesIsGoneBeforeTheNextIsStarted() throws Exception {
        for (int i = 0; i < 5; i++) {
            EmbeddedPostgres killed = start(shared);
            killed.abandon();
            Commands.run(Duration.ofSeconds(5), "kill", "-KILL", Long.toString(killed.pid()));
            try (EmbeddedPostgres next = start(shared)) {
                assertThat(next.pid()).isNotEqualTo(killed.pid());
                assertThat(query(next.config(), "SELECT 1")).isEqualTo("1");
            }
        }
    }

    @Test
    void oneThatEndsAtItsStartSaysWhy() throws Exception {
        Path settings = shared.resolve("data/postgresql.auto.conf");
        String before = Files.readString(settings);
        Files.writeString(settings, before + "no_such_setting = 1\n");
        try {
            assertThatThrownBy(() -> start(shared))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("ended at its start with 1")
                    .hasMessageContaining("postgresql.auto.conf\" contains errors");
        } finally {
            Files.writeString(settings, before);
        }
    }

    @Test
    void aDatabaseHalfMadeIsMadeAgain() throws Exception {
        Path directory = newDirectory();
        Files.createDirectories(directory.resolve("data.new/base"));
        Files.writeString(directory.resolve("data.new/PG_VERSION"), "18\n");
        Files.writeString(directory.resolve("secret"), "half");

        try (EmbeddedPostgres postgres = start(directory)) {
            assertThat(query(postgres.config(), "SELECT 1")).isEqualTo("1");
        }
        assertThat(directory.resolve("data.new")).doesNotExist();
    }

    @Test
    void aStalePidFileOfAnotherProgramIsNoHindrance() throws Exception {
        try (EmbeddedPostgres postgres = start(shared)) {
            assertThat(postgres.pid()).isPositive();
        }
        long self = ProcessHandle.current().pid();
        Files.writeString(
                shared.resolve("data/postmaster.pid"),
                self + "\n" + shared.resolve("data") + "\n1\n20000\n\n127.0.0.1\n\nready   \n");

        try (EmbeddedPostgres postgres = start(shared)) {
            assertThat(postgres.pid()).isNotEqualTo(self);
            assertThat(query(postgres.config(), "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void aSecondControllerIsKeptOff() throws Exception {
        try (EmbeddedPostgres postgres = start(shared)) {
            assertThatThrownBy(() -> EmbeddedPostgres.start(shared, progress::add))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another controller");
            assertThat(query(postgres.config(), "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void whatIsNoDataDirectoryIsNotTouched() throws Exception {
        Path directory = newDirectory();
        Path precious = Files.createDirectories(directory.resolve("data")).resolve("precious");
        Files.writeString(precious, "mine");

        assertThatThrownBy(() -> start(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("move it away");
        assertThat(precious).hasContent("mine");
    }
}
