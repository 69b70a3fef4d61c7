package io.mosaic.cli.term;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Lengths of time and sizes as people like them in a table. */
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

    /** Bytes to three digits, as {@code 22.4Gi}: for people, who need no exact number of a host's memory. */
    public static String size(long bytes) {
        String units = "KMGT";
        double value = bytes;
        int unit = -1;
        while (value >= 1024 && unit + 1 < units.length()) {
            value /= 1024;
            unit++;
        }
        if (unit < 0) {
            return Long.toString(bytes);
        }
        String digits = String.format(Locale.ROOT, value < 100 && value != Math.rint(value) ? "%.1f" : "%.0f", value);
        return digits + units.charAt(unit) + "i";
    }

    /** {@code 0.62 s}, {@code 12.3 s}. */
    public static String seconds(Duration duration) {
        double seconds = duration.toNanos() / 1e9;
        return String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
    }
}
