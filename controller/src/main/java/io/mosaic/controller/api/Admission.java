package io.mosaic.controller.api;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How many writes this controller takes on: at the same time, in all and for each tenant, and for each tenant in a second.
 * What is too much is refused at once with 429, so that a flood of one tenant costs the others nothing and ends in no queue.
 *
 * <p>Thread-safe.
 */
public final class Admission {

    /** More tenants than this with a part-filled bucket: the full ones are forgotten, which changes nothing. */
    private static final int TENANTS_KEPT = 1000;

    /**
     * The limits.
     *
     * @param writes at the same time, in all
     * @param tenantWrites at the same time, for one tenant
     * @param tenantRate writes a second, for one tenant; as many may come at once after a quiet second
     */
    public record Limits(int writes, int tenantWrites, int tenantRate) {
        /** Below the calls that the server answers at once, so that reads always get through. */
        public static final Limits DEFAULT = new Limits(768, 512, 20_000);

        public Limits {
            if (writes < 1 || tenantWrites < 1 || tenantRate < 1) {
                throw new IllegalArgumentException("limits of writes are 1 at least");
            }
        }
    }

    /** A write that was taken on; to be closed when it is done. */
    public interface Permit extends AutoCloseable {
        @Override
        void close();
    }

    private static final class Tenant {
        private int inFlight;
        private double tokens;
        private long filledAt;
    }

    private final Limits limits;
    private final LongSupplier nanoTime;
    private final Map<String, Tenant> tenants = new HashMap<>();
    private int inFlight;
    private long refused;

    /** By the machine's monotonic clock. */
    public Admission(Limits limits) {
        this(limits, System::nanoTime);
    }

    Admission(Limits limits, LongSupplier nanoTime) {
        this.limits = limits;
        this.nanoTime = nanoTime;
    }

    /**
     * Takes a write of that tenant on.
     *
     * @throws ProblemException of kind TOO_MANY when it is one too many
     */
    public synchronized Permit enter(String tenant) {
        if (inFlight >= limits.writes()) {
            throw refuse("as many changes are under way as allowed: " + limits.writes());
        }
        Tenant state = tenant(tenant);
        if (state.inFlight >= limits.tenantWrites()) {
            throw refuse("as many changes of tenant " + tenant + " are under way as allowed: " + limits.tenantWrites());
        }
        if (state.tokens < 1) {
            throw refuse("tenant " + tenant + " makes more than " + limits.tenantRate() + " changes a second");
        }
        state.tokens -= 1;
        state.inFlight++;
        inFlight++;
        return new Permit() {
            private boolean closed;

            @Override
            public void close() {
                synchronized (Admission.this) {
                    if (!closed) {
                        closed = true;
                        state.inFlight--;
                        inFlight--;
                    }
                }
            }
        };
    }

    private Tenant tenant(String name) {
        long now = nanoTime.getAsLong();
        if (tenants.size() > TENANTS_KEPT) {
            tenants.values().removeIf(each -> each.inFlight == 0 && filled(each, now) >= limits.tenantRate());
        }
        Tenant state = tenants.get(name);
        if (state == null) {
            state = new Tenant();
            state.tokens = limits.tenantRate();
            tenants.put(name, state);
        } else {
            state.tokens = filled(state, now);
        }
        state.filledAt = now;
        return state;
    }

    private double filled(Tenant state, long now) {
        return Math.min(limits.tenantRate(), state.tokens + (now - state.filledAt) / 1e9 * limits.tenantRate());
    }

    private ProblemException refuse(String why) {
        refused++;
        return new ProblemException(Problem.Kind.TOO_MANY, why);
    }

    /** Writes under way now. */
    public synchronized int inFlight() {
        return inFlight;
    }

    /** Writes refused since the start. */
    public synchronized long refused() {
        return refused;
    }
}
