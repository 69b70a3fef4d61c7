package io.mosaic.proof.sim;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.UUID;
import java.util.function.BooleanSupplier;

/** Time, chance and what is to happen: the only source of each in a simulation. For one thread. */
final class World {
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private final Random random;
    private final Trace trace;
    private final PriorityQueue<Happening> agenda = new PriorityQueue<>();
    private long nanos;
    private long sequence;

    private record Happening(long at, long sequence, BooleanSupplier still, Runnable what)
            implements Comparable<Happening> {
        @Override
        public int compareTo(Happening other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(sequence, other.sequence);
        }
    }

    World(long seed, Trace trace) {
        this.random = new Random(seed);
        this.trace = trace;
    }

    /** Nanoseconds since the beginning. */
    long nanos() {
        return nanos;
    }

    /** A clock that is off by that. */
    Clock clock(Duration skew) {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                throw new UnsupportedOperationException("a simulated clock has one zone");
            }

            @Override
            public Instant instant() {
                return BEGIN.plusNanos(nanos).plus(skew);
            }
        };
    }

    /** How far a machine's clock may be off: mostly some seconds, now and then an hour, either way. */
    Duration skew() {
        Duration off = Duration.ofMillis(pick(4001) - 2000L);
        return chance(12) ? off.plusHours(chance(50) ? 1 : -1) : off;
    }

    /** Lets it happen after that time, if by then {@code still} holds: who was to do it may have crashed. */
    void after(Duration wait, BooleanSupplier still, Runnable what) {
        agenda.add(new Happening(nanos + wait.toNanos(), sequence++, still, what));
    }

    /** Lets it happen after a random time of so many milliseconds. */
    void within(int fromMillis, int toMillis, BooleanSupplier still, Runnable what) {
        after(millis(fromMillis, toMillis), still, what);
    }

    /** Lets the next thing happen. */
    void next() {
        Happening next = agenda.remove();
        nanos = next.at();
        if (next.still().getAsBoolean()) {
            next.what().run();
        }
    }

    /** Whether an event of that probability, in percent, happens. */
    boolean chance(double percent) {
        return random.nextDouble() * 100 < percent;
    }

    int pick(int bound) {
        return random.nextInt(bound);
    }

    Duration millis(int from, int to) {
        return Duration.ofMillis(from + random.nextInt(to - from + 1));
    }

    UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    /** Another source of chance, from this one. */
    Random fork() {
        return new Random(random.nextLong());
    }

    /** Notes what happened, for the reader of a failure. */
    void note(String who, String what) {
        trace.line(nanos, who, what);
    }
}
