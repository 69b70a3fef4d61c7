package io.mosaic.controller.api;

import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How often an app may be told of load: some calls at once, then one every two seconds. Each controller counts for itself.
 *
 * <p>Thread-safe.
 */
final class CallRate {

    static final int AT_ONCE = 20;
    private static final double NANOS_PER_CALL = Duration.ofSeconds(2).toNanos();

    private final LongSupplier nanos;
    /** Guarded by this; an app that is quiet for as long as it takes to fill up is not kept. */
    private final Map<ResourceKey, Bucket> buckets = new HashMap<>();

    private record Bucket(double calls, long at) {
        double by(long now) {
            return Math.min(AT_ONCE, calls + (now - at) / NANOS_PER_CALL);
        }
    }

    /** @param nanos the monotonic clock, in nanoseconds */
    CallRate(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** @throws ProblemException of kind TOO_MANY when it is one too many */
    synchronized void enter(ResourceKey app) {
        long now = nanos.getAsLong();
        buckets.values().removeIf(bucket -> bucket.by(now) >= AT_ONCE);
        Bucket bucket = buckets.getOrDefault(app, new Bucket(AT_ONCE, now));
        double calls = bucket.by(now);
        if (calls < 1) {
            throw new ProblemException(
                    Problem.Kind.TOO_MANY, "app " + app.name() + " is told of load too often: wait some seconds");
        }
        buckets.put(app, new Bucket(calls - 1, now));
    }
}
