package io.mosaic.controller.store;

import io.mosaic.sql.Postgres;
import io.mosaic.sql.PostgresConfig;
import java.sql.Connection;
import java.sql.SQLException;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.JdbiException;

/** The store's own tables in PostgreSQL, with what may fail there as a {@link StoreException}. Thread-safe. */
final class PostgresDatabase implements AutoCloseable {

    private static final String APPLICATION = "mosaic-controller";
    private static final Postgres.Tables TABLES =
            new Postgres.Tables(null, "db/migration", PostgresDatabase.class.getClassLoader());

    private final Postgres postgres;

    private PostgresDatabase(Postgres postgres) {
        this.postgres = postgres;
    }

    /**
     * Migrates the schema, then opens the pool.
     *
     * @throws StoreException when the database does not answer or cannot be migrated
     */
    static PostgresDatabase migrated(PostgresConfig config) throws StoreException {
        try {
            return new PostgresDatabase(Postgres.migrated(config, APPLICATION, TABLES));
        } catch (FlywayException e) {
            StoreException fault = PostgresFaults.of(e);
            throw new StoreException(fault.kind(), "the database cannot be migrated: " + fault.reason(), e);
        }
    }

    /** Opens the pool as it is, on a replica for instance. */
    static PostgresDatabase existing(PostgresConfig config) {
        return new PostgresDatabase(Postgres.existing(config, APPLICATION));
    }

    /** A transaction that only reads, at one moment. */
    <T> T read(Postgres.Call<T> call) throws StoreException {
        try {
            return postgres.read(call);
        } catch (JdbiException e) {
            throw PostgresFaults.of(e);
        }
    }

    /** A transaction that reads all there is: its statements may take long. */
    <T> T readAll(Postgres.Call<T> call) throws StoreException {
        try {
            return postgres.readMuch(call);
        } catch (JdbiException e) {
            throw PostgresFaults.of(e);
        }
    }

    /** A transaction that writes; that it fails in COMMIT is of kind UNKNOWN. */
    <T> T write(Postgres.Call<T> call) throws StoreException {
        boolean[] committing = {false};
        try {
            return postgres.write(handle -> {
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
        return postgres.connect();
    }

    @Override
    public void close() {
        postgres.close();
    }
}
