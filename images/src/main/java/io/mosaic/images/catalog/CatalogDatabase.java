package io.mosaic.images.catalog;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.sql.Postgres;
import io.mosaic.sql.PostgresConfig;
import io.mosaic.sql.SqlState;
import java.io.IOException;
import java.util.Collection;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.argument.Argument;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The catalog's own schema in PostgreSQL, beside the controllers' tables. Thread-safe. */
public final class CatalogDatabase implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CatalogDatabase.class);

    private static final String APPLICATION = "mosaic-images";
    private static final Postgres.Tables TABLES =
            new Postgres.Tables("images", "images/migration", CatalogDatabase.class.getClassLoader());

    /** Transactions that took each other's rows in another order; one of them was broken off and nothing of it kept. */
    private static final int ATTEMPTS = 4;

    private final Postgres postgres;

    private CatalogDatabase(Postgres postgres) {
        this.postgres = postgres;
    }

    /**
     * Migrates the schema, then opens the pool.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer
     * @throws IOException in one line, when it does not let us in or cannot be migrated
     */
    public static CatalogDatabase open(PostgresConfig config) throws IOException {
        try {
            return new CatalogDatabase(Postgres.migrated(config, APPLICATION, TABLES));
        } catch (FlywayException e) {
            SqlState state = SqlState.of(e);
            if (state.refused() || state.denied()) {
                throw new IOException(state.word(), e);
            }
            if (e instanceof FlywayValidateException) {
                // Made by a newer version, for instance.
                throw new IOException("the database cannot be migrated: " + e.getMessage(), e);
            }
            LOG.debug("the migration failed", e);
            throw new ProblemException(Problem.Kind.UNAVAILABLE, state.word());
        }
    }

    /**
     * A transaction that only reads, at one moment.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer
     */
    <T> T read(Postgres.Call<T> call) {
        return attempt(() -> postgres.read(call));
    }

    /**
     * One statement that only reads: a single way to the server and back.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer
     */
    <T> T look(Postgres.Call<T> statement) {
        return attempt(() -> postgres.look(statement));
    }

    /**
     * A transaction that writes. One that was broken off for the sake of others is run again, so the call must bear that. When
     * the answer to its COMMIT is lost it may have been kept: all that is written here may be written twice.
     *
     * @throws ProblemException of kind UNAVAILABLE when the database does not answer; what the call throws goes through
     */
    <T> T write(Postgres.Call<T> call) {
        return attempt(() -> postgres.write(call));
    }

    /** The same for work on many rows, whose statements may take long. */
    <T> T writeMuch(Postgres.Call<T> call) {
        return attempt(() -> postgres.writeMuch(call));
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
                SqlState state = SqlState.of(e);
                if (attempt < ATTEMPTS && state.brokenOff()) {
                    continue;
                }
                if (state.refused()) {
                    throw new IllegalStateException(
                            "the database refused a statement (SQLSTATE " + state.code() + ")", e);
                }
                LOG.debug("a transaction failed", e);
                throw new ProblemException(Problem.Kind.UNAVAILABLE, state.word());
            }
        }
    }

    /** An array of texts. */
    static Argument texts(Collection<?> items) {
        String[] texts = items.stream().map(Object::toString).toArray(String[]::new);
        return (position, statement, context) ->
                statement.setArray(position, statement.getConnection().createArrayOf("text", texts));
    }

    @Override
    public void close() {
        postgres.close();
    }
}
