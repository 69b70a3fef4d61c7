package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;

/**
 * A length of time in milliseconds. Written as people write it: {@code "500ms"}, {@code "2s"}, {@code "5m"},
 * {@code "1h"}; a bare number is refused, since nobody can tell its unit.
 *
 * @param millis 0 to one week
 */
public record Interval(long millis) implements Comparable<Interval> {

    private static final String RANGE = "a duration must be between 0 and 7d";
    private static final long MILLIS_MAX = Duration.ofDays(7).toMillis();
    private static final Map<String, Long> UNITS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    public Interval {
        if (millis < 0 || millis > MILLIS_MAX) {
            throw new IllegalArgumentException(RANGE);
        }
    }

    /** @throws IllegalArgumentException when it is not a duration with a unit, or out of range */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Interval parse(Object raw) {
        return new Interval(millis(raw, MILLIS_MAX, RANGE));
    }

    /** Reads a text with a unit; {@code range} is what to say when it is below 0 or above {@code max}. */
    static long millis(Object raw, long max, String range) {
        if (!(raw instanceof String text)) {
            throw new IllegalArgumentException("a duration must be a text with a unit, such as \"2s\" or \"500ms\"");
        }
        int end = text.length();
        while (end > 0 && Character.isLetter(text.charAt(end - 1))) {
            end--;
        }
        Long factor = UNITS.get(text.substring(end));
        if (factor == null) {
            throw new IllegalArgumentException("a duration ends in ms, s, m, h or d");
        }
        BigDecimal millis = Quantities.decimal(text.substring(0, end), "a duration", "\"2s\"")
                .multiply(BigDecimal.valueOf(factor));
        if (millis.signum() < 0 || millis.compareTo(BigDecimal.valueOf(max)) > 0) {
            throw new IllegalArgumentException(range);
        }
        return millis.longValue();
    }

    public static Interval ofSeconds(long seconds) {
        return new Interval(Math.multiplyExact(seconds, 1000L));
    }

    public Duration duration() {
        return Duration.ofMillis(millis);
    }

    @JsonValue
    @Override
    public String toString() {
        if (millis % 1000 != 0 || millis == 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds % 3600 == 0) {
            return seconds / 3600 + "h";
        }
        return seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }

    @Override
    public int compareTo(Interval other) {
        return Long.compare(millis, other.millis);
    }
}
