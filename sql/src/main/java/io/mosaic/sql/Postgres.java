package io.mosaic.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/**
 * Connections to PostgreSQL, each with a limit on all that could wait: connecting, a statement, a lock, a silent socket,
 * and a transaction that its process forgot (a frozen process must not hold a lock for ever). What its errors mean to a caller
 * is said by whoever wraps it, with {@link SqlState}.
 *
 * <p>Thread-safe.
 */
public final class Postgres implements AutoCloseable {

    /** What a transaction does with its connection. */
    @FunctionalInterface
    public interface Call<T> {
        T with(Handle handle);
    }

    /**
     * Tables that are this process' own.
     *
     * @param schema that holds them; absent: {@code public}
     * @param location of the migrations on the class path
     * @param loader that finds them there
     */
    public record Tables(@Nullable String schema, String location, ClassLoader loader) {}

    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** Statements of a migration or a full load may take longer than those of daily use. */
    private static final Duration LONG = Duration.ofMinutes(2);

    private static final String EXTEND = "SET LOCAL statement_timeout = " + LONG.toMillis();

    private final PostgresConfig config;
    private final String application;
    private final HikariDataSource pool;
    private final Jdbi jdbi;

    private Postgres(PostgresConfig config, String application) {
        this.config = config;
        this.application = application;
        this.pool = new HikariDataSource(hikari(config, application, config.answer(), config.connections()));
        this.jdbi = Jdbi.create(pool);
        jdbi.registerArrayType(String.class, "text");
        jdbi.registerArrayType(Long.class, "int8");
        jdbi.registerArrayType(Boolean.class, "bool");
    }

    /**
     * Migrates the tables, then opens the pool.
     *
     * @param application by which the database's own views name the connections
     * @throws FlywayException when the database does not answer or cannot be migrated
     */
    public static Postgres migrated(PostgresConfig config, String application, Tables tables) {
        try (HikariDataSource few = new HikariDataSource(hikari(config, application, LONG, 2))) {
            FluentConfiguration flyway = Flyway.configure(tables.loader())
                    .dataSource(few)
                    .locations("classpath:" + tables.location())
                    .failOnMissingLocations(true);
            if (tables.schema() != null) {
                flyway.schemas(tables.schema()).defaultSchema(tables.schema());
            }
            flyway.load().migrate();
        }
        return new Postgres(config, application);
    }

    /** Opens the pool on what is there, on a replica for instance; connects when it is first asked. */
    public static Postgres existing(PostgresConfig config, String application) {
        return new Postgres(config, application);
    }

    private static HikariConfig hikari(PostgresConfig config, String application, Duration answer, int connections) {
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName(application);
        hikari.setJdbcUrl(config.url());
        hikari.setDataSourceProperties(properties(config, application, answer));
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

    private static Properties properties(PostgresConfig config, String application, Duration answer) {
        Properties properties = new Properties();
        properties.setProperty("user", config.user());
        properties.setProperty("password", config.password());
        properties.setProperty("ApplicationName", application);
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

    /**
     * A transaction that only reads, at one moment.
     *
     * @throws JdbiException when the database does not answer or refuses it
     */
    public <T> T read(Call<T> call) {
        return jdbi.inTransaction(handle -> {
            handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            return call.with(handle);
        });
    }

    /**
     * One statement that only reads: a single way to the server and back.
     *
     * @throws JdbiException when the database does not answer or refuses it
     */
    public <T> T look(Call<T> statement) {
        return jdbi.withHandle(statement::with);
    }

    /** The same for what reads all there is: its statements may take long. */
    public <T> T readMuch(Call<T> call) {
        return read(handle -> {
            handle.execute(EXTEND);
            return call.with(handle);
        });
    }

    /**
     * A transaction that writes. When the answer to its COMMIT is lost it may have been kept.
     *
     * @throws JdbiException when the database does not answer or refuses it
     */
    public <T> T write(Call<T> call) {
        return jdbi.inTransaction(call::with);
    }

    /** The same for work on many rows, whose statements may take long. */
    public <T> T writeMuch(Call<T> call) {
        return write(handle -> {
            handle.execute(EXTEND);
            return call.with(handle);
        });
    }

    /** A connection outside the pool, for the caller to close. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(config.url(), properties(config, application, config.answer()));
    }

    @Override
    public void close() {
        pool.close();
    }
}
