package io.mosaic.controller.store;

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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** A PostgreSQL server for a test class, in a directory that the server's own user can reach. */
public final class TestPostgres implements AutoCloseable {
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final Path directory;
    private final EmbeddedPostgres server;

    public TestPostgres() throws IOException {
        directory = directory();
        server = EmbeddedPostgres.start(directory, message -> {});
    }

    /** A new directory below the temporary one, which other users may enter. */
    public static Path directory() throws IOException {
        Path made = Files.createTempDirectory("mosaic-postgres");
        return Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    public EmbeddedPostgres server() {
        return server;
    }

    /** A new empty database of that server. */
    public PostgresConfig database() throws IOException, SQLException {
        PostgresConfig config = server.config();
        String name = "test_" + DATABASES.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(config.url(), config.user(), config.password());
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        String url = config.url().substring(0, config.url().lastIndexOf('/') + 1) + name;
        return new PostgresConfig(url, config.user(), config.password(), 4, config.answer());
    }

    @Override
    public void close() throws IOException {
        server.close();
        delete(directory);
    }

    public static void delete(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
