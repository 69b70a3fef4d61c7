package io.mosaic.images;

import io.mosaic.controller.store.embedded.EmbeddedPostgres;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * One real PostgreSQL for the tests of this JVM, which ends with it. Each test that asks has a database of its own there: a copy of
 * one that was prepared once. Unpacking, initializing and migrating one anew takes several seconds. Thread-safe.
 */
final class SharedPostgres {

    private static final String PREPARED = "prepared";

    private static SharedPostgres running;

    /** Brings a new database into the state that each test begins with, and lets go of it. */
    @FunctionalInterface
    interface Preparation {
        void prepare(PostgresConfig database) throws Exception;
    }

    private final EmbeddedPostgres server;
    private int copies;

    private SharedPostgres(EmbeddedPostgres server) {
        this.server = server;
    }

    /** One test's database. */
    record Copy(SharedPostgres of, String name) {

        PostgresConfig config() throws IOException {
            return of.database(name);
        }

        /** Deletes it, also when somebody is still connected: a process that was killed, for instance. */
        void drop() throws Exception {
            of.run("DROP DATABASE " + name + " WITH (FORCE)");
        }
    }

    /** A new database, prepared as the first who asked said. */
    static synchronized Copy copy(Preparation preparation) throws Exception {
        if (running == null) {
            running = start(preparation);
        }
        String name = "copy" + ++running.copies;
        running.run("CREATE DATABASE " + name + " TEMPLATE " + PREPARED);
        return new Copy(running, name);
    }

    private static SharedPostgres start(Preparation preparation) throws Exception {
        // The server's own user must be able to enter it.
        Path directory = Files.setPosixFilePermissions(
                Files.createTempDirectory("mosaic-images"), PosixFilePermissions.fromString("rwxr-xr-x"));
        EmbeddedPostgres server = EmbeddedPostgres.start(directory, step -> {});
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(server, directory), "shared-postgres"));
        SharedPostgres shared = new SharedPostgres(server);
        shared.run("CREATE DATABASE " + PREPARED);
        preparation.prepare(shared.database(PREPARED));
        return shared;
    }

    private PostgresConfig database(String name) throws IOException {
        PostgresConfig own = server.config();
        int slash = own.url().lastIndexOf('/');
        return PostgresConfig.of(own.url().substring(0, slash + 1) + name, own.user(), own.password());
    }

    private void run(String statement) throws IOException, SQLException {
        PostgresConfig own = server.config();
        try (Connection connection = DriverManager.getConnection(own.url(), own.user(), own.password());
                Statement running = connection.createStatement()) {
            running.execute(statement);
        }
    }

    private static void end(EmbeddedPostgres server, Path directory) {
        server.close();
        try {
            delete(directory);
        } catch (IOException e) {
            System.err.println("left behind: " + directory + ": " + e);
        }
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            List<Path> all = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : all) {
                Files.delete(path);
            }
        }
    }
}
