package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/**
 * A number of an app's instances, told outright or as percent of its replicas: {@code 3} or {@code "25%"}.
 *
 * @param value 0 to 100,000, or 0 to 100 percent
 */
public record Portion(int value, boolean percent) {

    private static final String RULE =
            "must be a whole number from 0 to " + AppSpecRules.REPLICAS_MAX + ", or percent from \"0%\" to \"100%\"";

    /** @throws IllegalArgumentException when it is out of range */
    public Portion {
        if (value < 0 || value > (percent ? 100 : AppSpecRules.REPLICAS_MAX)) {
            throw new IllegalArgumentException(RULE);
        }
    }

    public static Portion number(int value) {
        return new Portion(value, false);
    }

    public static Portion percent(int value) {
        return new Portion(value, true);
    }

    /**
     * Reads a number, or a text that is a number or ends in {@code %}.
     *
     * @throws IllegalArgumentException when it is neither
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static Portion parse(Object raw) {
        if (raw instanceof Integer number) {
            return number(number);
        }
        if (raw instanceof String text && text.matches("[0-9]{1,6}%?")) {
            boolean percent = text.endsWith("%");
            return new Portion(Integer.parseInt(percent ? text.substring(0, text.length() - 1) : text), percent);
        }
        throw new IllegalArgumentException(RULE);
    }

    /** Of so many; a percentage is rounded down, but what is not zero percent is at least one. */
    public int of(int total) {
        if (!percent) {
            return value;
        }
        return value == 0 ? 0 : (int) Math.max(1, (long) total * value / 100);
    }

    /** The number itself, or a text with {@code %}. */
    @JsonValue
    public Object written() {
        return percent ? toString() : (Object) value;
    }

    @Override
    public String toString() {
        return percent ? value + "%" : Integer.toString(value);
    }
}
