package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.Duration;

/**
 * How long a token is good for. Written as an {@link Interval} is, such as {@code "12h"} or {@code "365d"}, but with a wider
 * range: a robot's token lives for months.
 *
 * @param millis more than 0, at most ten years
 */
public record Lifetime(long millis) {

    private static final String RANGE = "a lifetime must be more than 0 and at most 3653d";
    private static final long MILLIS_MAX = Duration.ofDays(3653).toMillis();

    public Lifetime {
        if (millis <= 0 || millis > MILLIS_MAX) {
            throw new IllegalArgumentException(RANGE);
        }
    }

    /** @throws IllegalArgumentException when it is not a duration with a unit, or out of range */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Lifetime parse(Object raw) {
        return new Lifetime(Interval.millis(raw, MILLIS_MAX, RANGE));
    }

    public Duration duration() {
        return Duration.ofMillis(millis);
    }

    @JsonValue
    @Override
    public String toString() {
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }
}
