package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one instance should carry.
 *
 * @param metric what is measured
 * @param target of one instance: {@code "60%"} of the set's limit, or an amount in the metric's unit
 * @param url of a Prometheus server, without {@code /api/v1/query}; for {@link Metric#PROMETHEUS} alone
 * @param query whose one value is what all instances carry together; for {@link Metric#PROMETHEUS} alone
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MetricTarget(
        @Nullable Metric metric,
        @Nullable Target target,
        @Nullable String url,
        @Nullable String query) {

    /** What can be measured. */
    public enum Metric {
        /** Cores, such as {@code 0.5} or {@code 500m}. */
        CPU,
        /** Bytes in use, without what the kernel could drop at once. */
        MEMORY,
        /** Bytes a second, in and out. */
        NETWORK,
        /** Bytes a second, read and written. */
        DISK,
        /** Whatever a query answers. */
        PROMETHEUS;

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** @throws IllegalArgumentException when there is no such metric */
        @JsonCreator
        public static Metric parse(String text) {
            return Arrays.stream(values())
                    .filter(each -> each.word().equals(text.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("must be one of "
                            + Arrays.stream(values()).map(Metric::word).collect(Collectors.joining(", "))));
        }
    }

    /**
     * A target as it was written: a number, or a text such as {@code "60%"}, {@code "500m"} or {@code "20M"}.
     *
     * @param text at most 32 characters
     */
    public record Target(String text) {
        private static final int CHARS_MAX = 32;

        /** @throws IllegalArgumentException when it is neither a number nor a short text */
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        public static Target parse(Object raw) {
            String text = String.valueOf(raw).strip();
            if (!(raw instanceof Number || raw instanceof String) || text.isEmpty() || text.length() > CHARS_MAX) {
                throw new IllegalArgumentException("must be a number, or a text such as \"60%\"");
            }
            return new Target(text);
        }

        public boolean percent() {
            return text.endsWith("%");
        }

        /**
         * Percent of a limit, or thousandths of a core, bytes, bytes a second, or the query's unit.
         *
         * @throws IllegalArgumentException saying what it must be
         */
        public double amount(Metric metric) {
            if (percent()) {
                return Quantities.decimal(text.substring(0, text.length() - 1), "percent", "60%")
                        .doubleValue();
            }
            return switch (metric) {
                case CPU -> Cpu.parse(text).millis();
                case MEMORY, NETWORK, DISK -> Bytes.parse(text).value();
                case PROMETHEUS -> Quantities.decimal(text, "a target", "500").doubleValue();
            };
        }

        @JsonValue
        @Override
        public String toString() {
            return text;
        }
    }

    /** What a checked one has. */
    public Metric metricOrCpu() {
        return metric == null ? Metric.CPU : metric;
    }

    /** What a checked one has. */
    public Target targetOrNone() {
        return target == null ? new Target("0") : target;
    }
}
