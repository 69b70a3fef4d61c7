package io.mosaic.images;

import io.mosaic.model.MosaicHome;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The PostgreSQL that the controller of this installation runs for itself, as its files below {@code lib/postgres} tell. It keeps its
 * port as long as nobody else takes that while it is down.
 */
final class LocalDatabase {

    private static final String USER = "mosaic";
    private static final String DATABASE = "mosaic";

    private LocalDatabase() {}

    /**
     * How to reach it.
     *
     * @throws IOException in one line, when there is none, or its files may not be read
     */
    static PostgresConfig of(MosaicHome home) throws IOException {
        Path directory = home.lib().resolve("postgres");
        Path port = directory.resolve("port");
        Path secret = directory.resolve("secret");
        if (!Files.exists(port) || !Files.exists(secret)) {
            throw new IOException("the configuration names no database, and no controller has one of its own in "
                    + directory + ": start the controller first, or name the database");
        }
        if (!Files.isReadable(secret)) {
            throw new IOException(secret + " may be read by root only");
        }
        int number;
        try {
            number = Integer.parseInt(Files.readString(port).strip());
        } catch (NumberFormatException e) {
            throw new IOException(port + " holds no port", e);
        }
        return PostgresConfig.of(
                "jdbc:postgresql://127.0.0.1:" + number + "/" + DATABASE,
                USER,
                Files.readString(secret).strip());
    }
}
