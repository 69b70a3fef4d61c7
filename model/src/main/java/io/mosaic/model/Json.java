package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.Nulls;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/**
 * JSON as Mosaic reads and writes it: strict (an unknown field, a doubled field, a text where a number belongs and
 * anything after the end are faults) and bounded (depth, length of a text, of a name and of a number).
 *
 * <p>Thread-safe.
 */
public final class Json {

    /** Deeper than any record of ours; shallow enough that no stack overflows. */
    private static final int DEPTH_MAX = 32;

    private static final int STRING_CHARS_MAX = 256 * 1024;
    private static final int NAME_CHARS_MAX = 1024;
    private static final int NUMBER_CHARS_MAX = 64;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEPTH_MAX)
                            .maxStringLength(STRING_CHARS_MAX)
                            .maxNameLength(NAME_CHARS_MAX)
                            .maxNumberLength(NUMBER_CHARS_MAX)
                            .build())
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .changeDefaultNullHandling(value -> value.withContentNulls(Nulls.FAIL))
            .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private Json() {}

    /** The mapper itself, for code that needs trees or streams. */
    public static JsonMapper mapper() {
        return MAPPER;
    }

    /** @throws ProblemException naming the field and the rule, when the text is not such a record */
    public static <T> T read(byte[] json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JacksonException e) {
            throw problem(e);
        }
    }

    /** @throws ProblemException naming the field and the rule, when the text is not such a record */
    public static <T> T read(String json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JacksonException e) {
            throw problem(e);
        }
    }

    /** @throws ProblemException naming the field and the rule, when the text is not such a record */
    public static <T> T read(InputStream json, Class<T> type) {
        try {
            return MAPPER.readValue(json, type);
        } catch (JacksonException e) {
            throw problem(e);
        }
    }

    /** @throws ProblemException naming the field and the rule, when the text is not a page of such records */
    public static <T> Page<T> readPage(byte[] json, Class<T> item) {
        try {
            JavaType type = MAPPER.getTypeFactory().constructParametricType(Page.class, item);
            return MAPPER.readValue(json, type);
        } catch (JacksonException e) {
            throw problem(e);
        }
    }

    public static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    public static String write(Object value) {
        return MAPPER.writeValueAsString(value);
    }

    /** On several lines, for people. */
    public static String pretty(Object value) {
        return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
    }

    /** What a fault of the parser means to the one who sent the text. */
    static ProblemException problem(JacksonException e) {
        String pointer = pointer(e);
        return switch (e) {
            case UnrecognizedPropertyException unknown ->
                invalid(pointer, "unknown field; known here: " + knownTo(unknown), null);
            case InvalidFormatException format ->
                invalid(pointer, "must be " + typeWord(format.getTargetType()), String.valueOf(format.getValue()));
            case ValueInstantiationException value -> invalid(pointer, rootMessage(value), null);
            case InvalidNullException hole -> invalid(pointer, "must not be null", null);
            case MismatchedInputException mismatch ->
                invalid(pointer, "must be " + typeWord(mismatch.getTargetType()), null);
            case StreamReadException syntax ->
                new ProblemException(
                        Problem.Kind.MALFORMED, "JSON: " + firstLine(syntax.getOriginalMessage()) + place(e));
            case DatabindException databind -> invalid(pointer, rootMessage(databind), null);
            default ->
                new ProblemException(Problem.Kind.MALFORMED, "JSON: " + firstLine(e.getOriginalMessage()) + place(e));
        };
    }

    private static ProblemException invalid(String pointer, String rule, @Nullable String value) {
        return ProblemException.field(pointer, rule, value);
    }

    private static String knownTo(UnrecognizedPropertyException e) {
        if (e.getKnownPropertyIds() == null) {
            return "none";
        }
        List<String> names =
                e.getKnownPropertyIds().stream().map(String::valueOf).sorted().toList();
        return String.join(", ", names);
    }

    private static String place(JacksonException e) {
        return e.getLocation() == null || e.getLocation().getLineNr() < 0
                ? ""
                : " (line " + e.getLocation().getLineNr() + ", column "
                        + e.getLocation().getColumnNr() + ")";
    }

    private static String pointer(JacksonException e) {
        StringBuilder pointer = new StringBuilder();
        for (JacksonException.Reference step : e.getPath()) {
            String name = step.getPropertyName();
            pointer.append('/')
                    .append(
                            name == null
                                    ? Integer.toString(step.getIndex())
                                    : name.replace("~", "~0").replace("/", "~1"));
        }
        return pointer.toString();
    }

    private static String typeWord(@Nullable Class<?> type) {
        if (type == null) {
            return "of another type";
        }
        if (type == String.class) {
            return "a text";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            return "a whole number";
        }
        if (type.isEnum()) {
            return "one of " + List.of(type.getEnumConstants());
        }
        if (List.class.isAssignableFrom(type)) {
            return "a list";
        }
        return "an object";
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = root instanceof JacksonException jackson ? jackson.getOriginalMessage() : root.getMessage();
        return message == null ? "is not valid" : firstLine(message);
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }
}
