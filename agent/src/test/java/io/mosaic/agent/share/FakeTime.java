package io.mosaic.agent.share;

import java.util.concurrent.atomic.AtomicLong;

/** A clock that goes on when somebody sleeps, at once. Who sleep at the same time sleep beside each other. Thread-safe. */
public final class FakeTime implements RateLimit.Time {

    private final AtomicLong now = new AtomicLong();

    @Override
    public long nanos() {
        return now.get();
    }

    @Override
    public void sleep(long nanos) {
        long until = now.get() + nanos;
        now.accumulateAndGet(until, Math::max);
    }

    public void rest(long nanos) {
        now.addAndGet(nanos);
    }
}
