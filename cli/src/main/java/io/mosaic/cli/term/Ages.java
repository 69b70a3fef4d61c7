package io.mosaic.cli.term;

import java.time.Duration;
import java.time.Instant;

/** Lengths of time as people like them in a table. */
public final class Ages {
    private Ages() {}

    /** {@code 12s}, {@code 5m}, {@code 3h}, {@code 4d}; a time to come counts as {@code 0s}. */
    public static String since(Instant then, Instant now) {
        long seconds = Math.max(0, Duration.between(then, now).toSeconds());
        if (seconds < 120) {
            return seconds + "s";
        }
        if (seconds < 120 * 60) {
            return seconds / 60 + "m";
        }
        return seconds < 48 * 3600 ? seconds / 3600 + "h" : seconds / 86400 + "d";
    }

    /** {@code 0.62 s}, {@code 12.3 s}. */
    public static String seconds(Duration duration) {
        double seconds = duration.toNanos() / 1e9;
        return String.format(java.util.Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
    }
}
