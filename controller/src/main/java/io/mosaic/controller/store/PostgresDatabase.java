package io.mosaic.controller.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;

/**
 * Connections to PostgreSQL, each with a limit on all that could wait: connecting, a statement, a lock, a silent socket,
 * and a transaction that its controller forgot (a frozen controller must not hold the head's lock for ever).
 *
 * <p>Thread-safe.
 */
final class PostgresDatabase implements AutoCloseable {

    /** What a transaction may do with a connection. */
    @FunctionalInterface
    interface Call<T> {
        T with(Handle handle);
    }

    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** Statements of a migration or a full load may take longer than those of daily use. */
    private static final Duration LONG = Duration.ofMinutes(2);

    private final PostgresConfig config;
    private final HikariDataSource pool;
    private final Jdbi jdbi;

    /**
     * Migrates the schema, then opens the pool.
     *
     * @throws StoreException when the database does not answer or cannot be migrated
     */
    static PostgresDatabase migrated(PostgresConfig config) throws StoreException {
        migrate(config);
        return new PostgresDatabase(config);
    }

    /** Opens the pool as it is, on a replica for instance. */
    static PostgresDatabase existing(PostgresConfig config) {
        return new PostgresDatabase(config);
    }

    private PostgresDatabase(PostgresConfig config) {
        this.config = config;
        HikariConfig hikari = hikari(config, config.answer(), config.connections());
        hikari.setPoolName("store");
        this.pool = new HikariDataSource(hikari);
        this.jdbi = Jdbi.create(pool);
        jdbi.registerArrayType(String.class, "text");
        jdbi.registerArrayType(Long.class, "int8");
        jdbi.registerArrayType(Boolean.class, "bool");
    }

    private static void migrate(PostgresConfig config) throws StoreException {
        try (HikariDataSource few = new HikariDataSource(hikari(config, LONG, 2))) {
            Flyway.configure(PostgresDatabase.class.getClassLoader())
                    .dataSource(few)
                    .locations("classpath:db/migration")
                    .failOnMissingLocations(true)
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            StoreException fault = PostgresFaults.of(e);
            throw new StoreException(fault.kind(), "the database cannot be migrated: " + fault.reason(), e);
        }
    }

    private static HikariConfig hikari(PostgresConfig config, Duration answer, int connections) {
        HikariConfig hikari = new HikariConfig();
        hikari.setJdbcUrl(config.url());
        hikari.setDataSourceProperties(properties(config, answer));
        hikari.setMaximumPoolSize(connections);
        hikari.setMinimumIdle(1);
        hikari.setConnectionTimeout(CONNECT.toMillis());
        hikari.setValidationTimeout(CONNECT.toMillis() / 2);
        hikari.setInitializationFailTimeout(-1);
        hikari.setMaxLifetime(Duration.ofMinutes(10).toMillis());
        hikari.setIdleTimeout(Duration.ofMinutes(5).toMillis());
        hikari.setKeepaliveTime(Duration.ofMinutes(1).toMillis());
        return hikari;
    }

    private static Properties properties(PostgresConfig config, Duration answer) {
        Properties properties = new Properties();
        properties.setProperty("user", config.user());
        properties.setProperty("password", config.password());
        properties.setProperty("ApplicationName", "mosaic-controller");
        properties.setProperty("connectTimeout", Long.toString(CONNECT.toSeconds()));
        properties.setProperty("loginTimeout", Long.toString(CONNECT.toSeconds()));
        properties.setProperty("cancelSignalTimeout", Long.toString(CONNECT.toSeconds()));
        // The server gives up first; the socket is for a server that does nothing at all.
        properties.setProperty("socketTimeout", Long.toString(answer.toSeconds() + 1));
        properties.setProperty("tcpKeepAlive", "true");
        // How long the driver goes by what a server was last, primary or replica: with its own 10 s it would not try a
        // replica that has just become the primary.
        properties.setProperty("hostRecheckSeconds", "1");
        properties.setProperty("reWriteBatchedInserts", "true");
        properties.setProperty(
                "options",
                // The driver would ask the server for the isolation level with every transaction that names one.
                "-c default_transaction_isolation=read\\ committed"
                        + " -c statement_timeout=" + answer.toMillis()
                        + " -c lock_timeout=" + answer.toMillis()
                        + " -c idle_in_transaction_session_timeout="
                        + answer.plusSeconds(1).toMillis()
                        + " -c timezone=UTC");
        return properties;
    }

    /** A transaction that only reads, at one moment. */
    <T> T read(Call<T> call) throws StoreException {
        try {
            return jdbi.inTransaction(handle -> {
                handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
                return call.with(handle);
            });
        } catch (JdbiException e) {
            throw PostgresFaults.of(e);
        }
    }

    /** A transaction that reads all there is: its statements may take long. */
    <T> T readAll(Call<T> call) throws StoreException {
        return read(handle -> {
            handle.execute("SET LOCAL statement_timeout = " + LONG.toMillis());
            return call.with(handle);
        });
    }

    /** A transaction that writes; that it fails in COMMIT is of kind UNKNOWN. */
    <T> T write(Call<T> call) throws StoreException {
        boolean[] committing = {false};
        try {
            return jdbi.inTransaction(handle -> {
                T result = call.with(handle);
                committing[0] = true;
                return result;
            });
        } catch (JdbiException e) {
            throw committing[0] ? PostgresFaults.unknown(e) : PostgresFaults.of(e);
        }
    }

    /** A connection outside the pool, for the caller to close. */
    Connection connect() throws SQLException {
        return DriverManager.getConnection(config.url(), properties(config, config.answer()));
    }

    @Override
    public void close() {
        pool.close();
    }
}
