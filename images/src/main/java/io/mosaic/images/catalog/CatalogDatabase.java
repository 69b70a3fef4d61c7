package io.mosaic.images.catalog;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.argument.Argument;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connections to PostgreSQL, each with a limit on all that could wait, and the catalog's own schema. Thread-safe. */
public final class CatalogDatabase implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CatalogDatabase.class);

    private static final String SCHEMA = "images";
    private static final Duration CONNECT = Duration.ofSeconds(2);
    private static final Duration LONG = Duration.ofMinutes(2);

    /** Transactions that took each other's rows in another order; one of them was broken off and nothing of it kept. */
    private static final int ATTEMPTS = 4;

    /** What a transaction does with its connection. */
    @FunctionalInterface
    interface Call<T> {
        T with(Handle handle);
    }

    private final HikariDataSource pool;
    private final Jdbi jdbi;

    private CatalogDatabase(HikariDataSource pool) {
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
    }

    /**
     * Migrates the schema, then opens the pool.
     *
     * @throws IOException in one line, when the database does not answer or cannot be migrated
     */
    public static CatalogDatabase open(CatalogSettings settings) throws IOException {
        try (HikariDataSource few = new HikariDataSource(hikari(settings, LONG, 2))) {
            Flyway.configure(CatalogDatabase.class.getClassLoader())
                    .dataSource(few)
                    .schemas(SCHEMA)
                    .defaultSchema(SCHEMA)
                    .locations("classpath:images/migration")
                    .failOnMissingLocations(true)
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw new IOException("the database: " + word(state(e)), e);
        }
        return new CatalogDatabase(new HikariDataSource(hikari(settings, settings.answer(), settings.connections())));
    }

    private static HikariConfig hikari(CatalogSettings settings, Duration answer, int connections) {
        HikariConfig hikari = new HikariConfig();
        hikari.setPoolName("images");
        hikari.setJdbcUrl(settings.url());
        hikari.setDataSourceProperties(properties(settings, answer));
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

    private static Properties properties(CatalogSettings settings, Duration answer) {
        Properties properties = new Properties();
        properties.setProperty("user", settings.user());
        properties.setProperty("password", settings.password());
        properties.setProperty("ApplicationName", "mosaic-images");
        properties.setProperty("connectTimeout", Long.toString(CONNECT.toSeconds()));
        properties.setProperty("loginTimeout", Long.toString(CONNECT.toSeconds()));
        // The server gives up first; the socket is for a server that does nothing at all.
        properties.setProperty("socketTimeout", Long.toString(answer.toSeconds() + 1));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("hostRecheckSeconds", "1");
        properties.setProperty(
                "options",
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
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer
     */
    <T> T read(Call<T> call) {
        return attempt(() -> jdbi.inTransaction(handle -> {
            handle.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            return call.with(handle);
        }));
    }

    /**
     * One statement that only reads: a single way to the server and back.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer
     */
    <T> T look(Call<T> statement) {
        return attempt(() -> jdbi.withHandle(statement::with));
    }

    /**
     * A transaction that writes. One that was broken off for the sake of others is run again, so the call must bear that. When
     * the answer to its COMMIT is lost it may have been kept: all that is written here may be written twice.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer; what the call throws goes through
     */
    <T> T write(Call<T> call) {
        return attempt(() -> jdbi.inTransaction(call::with));
    }

    /** The same for work on many rows, whose statements may take long. */
    <T> T writeMuch(Call<T> call) {
        return write(handle -> {
            handle.execute("SET LOCAL statement_timeout = " + LONG.toMillis());
            return call.with(handle);
        });
    }

    /** What may fail for the database's sake. */
    private interface Transaction<T> {
        T run();
    }

    private static <T> T attempt(Transaction<T> transaction) {
        for (int attempt = 1; ; attempt++) {
            try {
                return transaction.run();
            } catch (JdbiException e) {
                String state = state(e);
                if (attempt < ATTEMPTS && (state.equals("40P01") || state.equals("40001"))) {
                    continue;
                }
                // Classes of SQLSTATE: 22 data exception, 23 constraint violation, 42 syntax: a fault of this program.
                if (state.startsWith("22") || state.startsWith("23") || state.startsWith("42")) {
                    throw new IllegalStateException("the database refused a statement (SQLSTATE " + state + ")", e);
                }
                LOG.debug("a transaction failed", e);
                throw new ProblemException(Problem.Kind.UNAVAILABLE, "the database: " + word(state));
            }
        }
    }

    private static String word(String state) {
        return switch (state) {
            case "53100" -> "its disk is full";
            case "53300" -> "it takes no more connections";
            case "25006" -> "it is a read-only replica now";
            case "28P01", "28000" -> "it refuses the user or password";
            case "3D000" -> "there is no such database";
            case "42501" -> "the user may not do this there";
            case "57014", "55P03" -> "it did not answer in time";
            case "57P01", "57P02", "57P03" -> "it is starting or stopping";
            default -> "it does not answer" + (state.isEmpty() ? "" : " (SQLSTATE " + state + ")");
        };
    }

    private static String state(Throwable thrown) {
        String state = "";
        for (@Nullable Throwable at = thrown; at != null; at = at.getCause()) {
            if (at instanceof SQLException sql && sql.getSQLState() != null && state.isEmpty()) {
                state = sql.getSQLState();
            }
        }
        return state;
    }

    /** An array of texts. */
    static Argument texts(Collection<?> items) {
        String[] texts = items.stream().map(Object::toString).toArray(String[]::new);
        return (position, statement, context) ->
                statement.setArray(position, statement.getConnection().createArrayOf("text", texts));
    }

    @Override
    public void close() {
        pool.close();
    }
}
