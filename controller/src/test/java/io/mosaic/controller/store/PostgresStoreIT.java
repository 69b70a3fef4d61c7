package io.mosaic.controller.store;

import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

class PostgresStoreIT extends StoreContract {
    private static TestPostgres postgres;
    private PostgresConfig database;

    @BeforeAll
    static void start() throws IOException {
        postgres = new TestPostgres();
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    @BeforeEach
    void newDatabase() throws Exception {
        database = postgres.database();
    }

    @Override
    Store openStore() throws StoreException {
        return PostgresStore.open(database);
    }
}
