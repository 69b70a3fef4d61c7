package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * An amount of processor time, in thousandths of a core. Written as people write it: {@code 0.5}, {@code "2"} or
 * {@code "500m"}.
 *
 * @param millis thousandths of a core, 0 to {@value #MILLIS_MAX}
 */
public record Cpu(int millis) implements Comparable<Cpu> {

    /** 4,096 cores: above any machine sold, low enough that a sum over a cluster cannot overflow. */
    public static final int MILLIS_MAX = 4_096_000;

    public static final Cpu ZERO = new Cpu(0);

    public Cpu {
        if (millis < 0 || millis > MILLIS_MAX) {
            throw new IllegalArgumentException("cpu must be between 0 and 4096 cores");
        }
    }

    /**
     * Reads {@code 0.5}, {@code "0.5"} or {@code "500m"}.
     *
     * @throws IllegalArgumentException when it is not a quantity of cores, is out of range, or is finer than 0.001
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Cpu parse(Object raw) {
        if (!(raw instanceof Number) && !(raw instanceof String)) {
            throw new IllegalArgumentException("cpu must be a number of cores such as 0.5, or a text such as \"500m\"");
        }
        String text = raw.toString().strip();
        boolean thousandths = text.endsWith("m");
        String digits = thousandths ? text.substring(0, text.length() - 1) : text;
        BigDecimal value = Quantities.decimal(digits, "cpu", "0.5 or \"500m\"");
        BigDecimal millis = thousandths ? value : value.movePointRight(3);
        if (millis.signum() < 0 || millis.compareTo(BigDecimal.valueOf(MILLIS_MAX)) > 0) {
            throw new IllegalArgumentException("cpu must be between 0 and 4096 cores");
        }
        if (millis.setScale(0, RoundingMode.DOWN).compareTo(millis) != 0) {
            throw new IllegalArgumentException("cpu has no finer steps than 0.001 cores");
        }
        return new Cpu(millis.intValueExact());
    }

    public static Cpu ofCores(int cores) {
        return new Cpu(Math.multiplyExact(cores, 1000));
    }

    /** This many percent of it, rounded down, but never below a thousandth of a core. */
    public Cpu percent(int percent) {
        return new Cpu(Math.max(1, (int) ((long) millis * percent / 100)));
    }

    @JsonValue
    public BigDecimal cores() {
        BigDecimal cores = BigDecimal.valueOf(millis, 3).stripTrailingZeros();
        return cores.scale() < 0 ? cores.setScale(0) : cores;
    }

    @Override
    public int compareTo(Cpu other) {
        return Integer.compare(millis, other.millis);
    }

    @Override
    public String toString() {
        return cores().toPlainString();
    }
}
