package io.mosaic.proof.rig;

import io.mosaic.model.Json;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import tools.jackson.databind.JsonNode;

/**
 * A change as the database has it, read without any of the controller's code.
 *
 * @param body the resource; of a deletion, as it was last
 */
public record LoggedChange(long revision, boolean deleted, JsonNode body) {

    /** All that the log keeps up to that revision, oldest first. */
    static List<LoggedChange> read(PostgresConfig database, long upTo) throws IOException {
        try (Connection connection = connect(database);
                PreparedStatement query = connection.prepareStatement(
                        "SELECT revision, deleted, body FROM change WHERE revision <= ? ORDER BY revision")) {
            query.setLong(1, upTo);
            List<LoggedChange> found = new ArrayList<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    found.add(new LoggedChange(
                            rows.getLong(1), rows.getBoolean(2), Json.mapper().readTree(rows.getString(3))));
                }
            }
            return found;
        } catch (SQLException e) {
            throw new IOException("the log cannot be read", e);
        }
    }

    /** By revision, when the controller that made it wrote each change after that one, just before its commit. */
    static Map<Long, Instant> times(PostgresConfig database, long after) throws IOException {
        try (Connection connection = connect(database);
                PreparedStatement query =
                        connection.prepareStatement("SELECT revision, at FROM change WHERE revision > ?")) {
            query.setLong(1, after);
            Map<Long, Instant> times = new HashMap<>();
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    times.put(rows.getLong(1), rows.getTimestamp(2).toInstant());
                }
            }
            return times;
        } catch (SQLException e) {
            throw new IOException("the log cannot be read", e);
        }
    }

    private static Connection connect(PostgresConfig database) throws SQLException {
        Properties access = new Properties();
        access.setProperty("user", database.user());
        access.setProperty("password", database.password());
        return DriverManager.getConnection(database.url(), access);
    }
}
