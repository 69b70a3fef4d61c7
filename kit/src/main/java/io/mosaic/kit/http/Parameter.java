package io.mosaic.kit.http;

import io.mosaic.model.ProblemException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One value that a caller gives beside the body: read and checked here, described in the OpenAPI document from the same
 * facts.
 *
 * @param <T> type of one value
 */
public final class Parameter<T> {

    /** Where a parameter stands in the request. */
    public enum Place {
        PATH,
        QUERY,
        HEADER
    }

    private final Place place;
    private final String name;
    private final String description;
    private final Map<String, Object> schema;
    private final Function<String, @Nullable T> reader;
    private final String rule;
    private final @Nullable T fallback;
    private final int timesMax;

    private Parameter(
            Place place,
            String name,
            String description,
            Map<String, Object> schema,
            Function<String, @Nullable T> reader,
            String rule,
            @Nullable T fallback,
            int timesMax) {
        this.place = place;
        this.name = name;
        this.description = description;
        this.schema = schema;
        this.reader = reader;
        this.rule = rule;
        this.fallback = fallback;
        this.timesMax = timesMax;
    }

    /**
     * A text of that pattern.
     *
     * @param rule the pattern in words, for the one who broke it
     */
    public static Parameter<String> text(
            Place place, String name, String description, String pattern, int charsMax, String rule) {
        Pattern compiled = Pattern.compile(pattern, Pattern.DOTALL);
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "string");
        schema.put("pattern", "^(?:" + pattern + ")$");
        schema.put("maxLength", charsMax);
        return new Parameter<>(
                place,
                name,
                description,
                schema,
                raw -> raw.length() <= charsMax && compiled.matcher(raw).matches() ? raw : null,
                rule,
                null,
                1);
    }

    public static Parameter<Long> number(Place place, String name, String description, long min, long max) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "integer");
        schema.put("format", "int64");
        schema.put("minimum", min);
        schema.put("maximum", max);
        return new Parameter<>(
                place,
                name,
                description,
                schema,
                raw -> {
                    try {
                        long value = Long.parseLong(raw);
                        return value >= min && value <= max ? Long.valueOf(value) : null;
                    } catch (NumberFormatException e) {
                        return null;
                    }
                },
                "must be a whole number from " + min + " to " + max,
                null,
                1);
    }

    /** {@code true}, {@code false}, or the bare name for true. */
    public static Parameter<Boolean> flag(Place place, String name, String description) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "boolean");
        return new Parameter<>(
                place,
                name,
                description,
                schema,
                raw -> switch (raw) {
                    case "true", "" -> Boolean.TRUE;
                    case "false" -> Boolean.FALSE;
                    default -> null;
                },
                "must be true or false",
                Boolean.FALSE,
                1);
    }

    /** One of that enum's constants, by the word that {@code word} gives each. */
    public static <E extends Enum<E>> Parameter<E> choice(
            Place place, String name, String description, Class<E> type, Function<E, String> word) {
        List<String> words = Arrays.stream(type.getEnumConstants()).map(word).toList();
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "string");
        schema.put("enum", words);
        return new Parameter<>(
                place,
                name,
                description,
                schema,
                raw -> Arrays.stream(type.getEnumConstants())
                        .filter(each -> word.apply(each).equalsIgnoreCase(raw))
                        .findFirst()
                        .orElse(null),
                "must be one of " + words,
                null,
                1);
    }

    /** The same, with that value where the caller gives none. */
    public Parameter<T> orElse(T value) {
        Map<String, Object> described = new LinkedHashMap<>(schema);
        described.put("default", value);
        return new Parameter<>(place, name, description, described, reader, rule, value, timesMax);
    }

    /** The same, given up to that many times. */
    public Parameter<T> repeated(int max) {
        return new Parameter<>(place, name, description, schema, reader, rule, fallback, max);
    }

    public Place place() {
        return place;
    }

    public String name() {
        return name;
    }

    /** Reads one value; returns null when it breaks the rule. */
    @Nullable
    T read(String raw) {
        return reader.apply(raw);
    }

    @Nullable
    T fallback() {
        return fallback;
    }

    int timesMax() {
        return timesMax;
    }

    /** Reads one value, or says what is wrong with it. */
    T require(String raw) {
        T value = reader.apply(raw);
        if (value == null) {
            throw broken(raw);
        }
        return value;
    }

    /** The problem to report when the value breaks the rule; also for rules that only the handler can check. */
    public ProblemException broken(@Nullable String raw) {
        return broken(rule, raw);
    }

    public ProblemException broken(String brokenRule, @Nullable String raw) {
        return ProblemException.field(pointer(), brokenRule, raw);
    }

    /** How a problem names it: what stands in the body has a JSON pointer, this has {@code ?name}. */
    String pointer() {
        return switch (place) {
            case PATH -> "{" + name + "}";
            case QUERY -> "?" + name;
            case HEADER -> name;
        };
    }

    /** As OpenAPI describes it. */
    Map<String, Object> describe() {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("name", name);
        described.put("in", place.name().toLowerCase(java.util.Locale.ROOT));
        described.put("description", description);
        if (place == Place.PATH) {
            described.put("required", true);
        }
        if (timesMax > 1) {
            Map<String, Object> list = new LinkedHashMap<>();
            list.put("type", "array");
            list.put("items", schema);
            list.put("maxItems", timesMax);
            described.put("schema", list);
            described.put("explode", true);
        } else {
            described.put("schema", schema);
        }
        return described;
    }
}
