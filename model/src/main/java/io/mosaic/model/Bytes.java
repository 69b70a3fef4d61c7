package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.util.Map;

/**
 * A size in bytes. Written as people write it: {@code 1073741824}, {@code "1Gi"}, {@code "512Mi"}, {@code "1.5G"}. The
 * suffixes Ki, Mi, Gi, Ti are powers of 1024; k, K, M, G, T are powers of 1000.
 *
 * @param value bytes, 0 to {@value #MAX}
 */
public record Bytes(long value) implements Comparable<Bytes> {

    /** 1 PiB: above any host, low enough that a sum over 5,000 hosts cannot overflow. */
    public static final long MAX = 1L << 50;

    public static final Bytes ZERO = new Bytes(0);

    private static final Map<String, Long> SUFFIXES = Map.ofEntries(
            Map.entry("", 1L),
            Map.entry("Ki", 1L << 10),
            Map.entry("Mi", 1L << 20),
            Map.entry("Gi", 1L << 30),
            Map.entry("Ti", 1L << 40),
            Map.entry("k", 1_000L),
            Map.entry("K", 1_000L),
            Map.entry("M", 1_000_000L),
            Map.entry("G", 1_000_000_000L),
            Map.entry("T", 1_000_000_000_000L));

    public Bytes {
        if (value < 0 || value > MAX) {
            throw new IllegalArgumentException("a size must be between 0 and 1024Ti");
        }
    }

    /**
     * Reads a number of bytes or a text with a suffix.
     *
     * @throws IllegalArgumentException when it is not a size, is out of range, or is not a whole number of bytes
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Bytes parse(Object raw) {
        if (!(raw instanceof Number) && !(raw instanceof String)) {
            throw new IllegalArgumentException("a size must be a number of bytes or a text such as \"512Mi\"");
        }
        String text = raw.toString().strip();
        int end = text.length();
        while (end > 0 && Character.isLetter(text.charAt(end - 1))) {
            end--;
        }
        Long factor = SUFFIXES.get(text.substring(end));
        if (factor == null) {
            throw new IllegalArgumentException("a size ends in Ki, Mi, Gi, Ti, k, M, G or T, or is a plain number");
        }
        BigDecimal bytes = Quantities.decimal(text.substring(0, end), "a size", "512Mi or 1Gi")
                .multiply(BigDecimal.valueOf(factor));
        if (bytes.signum() < 0 || bytes.compareTo(BigDecimal.valueOf(MAX)) > 0) {
            throw new IllegalArgumentException("a size must be between 0 and 1024Ti");
        }
        if (bytes.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException("a size must be a whole number of bytes");
        }
        return new Bytes(bytes.longValueExact());
    }

    public static Bytes mebi(long mebibytes) {
        return new Bytes(Math.multiplyExact(mebibytes, 1L << 20));
    }

    /** This many percent of it, rounded down. */
    public Bytes percent(int percent) {
        return new Bytes(value / 100 * percent + value % 100 * percent / 100);
    }

    /** The shortest exact spelling: {@code 1Gi}, {@code 1536Mi}, {@code 1000}. */
    @JsonValue
    @Override
    public String toString() {
        for (int shift = 40; shift > 0; shift -= 10) {
            if (value != 0 && value % (1L << shift) == 0) {
                return (value >> shift) + " KMGT".substring(shift / 10, shift / 10 + 1) + "i";
            }
        }
        return Long.toString(value);
    }

    @Override
    public int compareTo(Bytes other) {
        return Long.compare(value, other.value);
    }
}
