package io.mosaic.controller.store;

import java.time.Clock;

class MemoryStoreTest extends StoreContract {
    private final MemoryStore store = new MemoryStore(Clock.systemUTC());

    @Override
    Store openStore() {
        return store;
    }
}
