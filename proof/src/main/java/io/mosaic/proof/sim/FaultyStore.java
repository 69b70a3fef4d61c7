package io.mosaic.proof.sim;

import io.mosaic.controller.store.MemoryStore;
import io.mosaic.controller.store.Store;
import io.mosaic.controller.store.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The database as controllers see it: one {@link MemoryStore}, and a connection to it for each life of a controller, which
 * fails, loses answers, is cut, and after some commits never answers since its controller is dead.
 */
final class FaultyStore {
    private final World world;
    private final Supplier<Faults> faults;
    private final MemoryStore memory;
    /** Whose call it is. */
    private @Nullable Connection caller;

    private boolean down;
    private long epoch;

    /** One controller's connection. */
    static final class Connection {
        private final Runnable crash;
        private boolean cut;

        /** @param crash what ends the controller */
        Connection(Runnable crash) {
            this.crash = crash;
        }

        void cut(boolean is) {
            cut = is;
        }
    }

    FaultyStore(World world, Supplier<Faults> faults) {
        this.world = world;
        this.faults = faults;
        this.memory = new MemoryStore(world.clock(Duration.ZERO));
        memory.fault(this::strike);
    }

    /** The store itself, without faults; for whoever checks. */
    <T> T unfailing(Reading<T> reading) {
        Connection before = caller;
        caller = null;
        try {
            return reading.of(memory);
        } catch (StoreException e) {
            throw new IllegalStateException("only callers with a connection meet faults", e);
        } finally {
            caller = before;
        }
    }

    /** Reads the store. */
    @FunctionalInterface
    interface Reading<T> {
        T of(Store store) throws StoreException;
    }

    void down(boolean is) {
        down = is;
    }

    /** The highest epoch that any leader was given. */
    long epoch() {
        return epoch;
    }

    Store connect(Connection connection) {
        return (Store) Proxy.newProxyInstance(
                FaultyStore.class.getClassLoader(), new Class<?>[] {Store.class}, (proxy, method, arguments) -> {
                    Connection before = caller;
                    caller = connection;
                    try {
                        Object answer = method.invoke(memory, arguments);
                        if (answer instanceof Store.Lease lease) {
                            epoch = Math.max(epoch, lease.epoch());
                        }
                        return answer;
                    } catch (InvocationTargetException e) {
                        throw Objects.requireNonNull(e.getCause());
                    } finally {
                        caller = before;
                    }
                });
    }

    private void strike(MemoryStore.Step step) throws StoreException {
        Connection connection = caller;
        if (connection == null) {
            return;
        }
        if (step == MemoryStore.Step.NOTIFY) {
            if (world.chance(faults.get().messages())) {
                throw new StoreException(StoreException.Kind.UNAVAILABLE, "the news is lost");
            }
            return;
        }
        if (step == MemoryStore.Step.AFTER_COMMIT) {
            if (world.chance(faults.get().crashes())) {
                throw new Crash(connection.crash);
            }
            if (world.chance(faults.get().store())) {
                throw new StoreException(StoreException.Kind.UNKNOWN, "the answer is lost");
            }
            return;
        }
        if (down || connection.cut) {
            throw new StoreException(
                    step == MemoryStore.Step.BEFORE_COMMIT
                            ? StoreException.Kind.UNKNOWN
                            : StoreException.Kind.UNAVAILABLE,
                    "the database cannot be reached");
        }
        if (world.chance(faults.get().store() / 2)) {
            boolean unknown = step == MemoryStore.Step.BEFORE_COMMIT && world.chance(50);
            throw new StoreException(
                    unknown ? StoreException.Kind.UNKNOWN : StoreException.Kind.UNAVAILABLE, "made to fail");
        }
    }
}
