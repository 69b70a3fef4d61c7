package io.mosaic.kit.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import io.mosaic.model.Json;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * JSON schemas (2020-12, as OpenAPI 3.1 takes them) made from records as Jackson reads and writes them, with what a type
 * cannot say (a description, a pattern, a bound) added by {@link Notes}.
 */
final class Schemas {

    private final Notes notes;
    private final Map<String, Object> components = new TreeMap<>();
    private final Map<String, Class<?>> named = new LinkedHashMap<>();
    private final List<Class<?>> inputs = new ArrayList<>();

    Schemas(Notes notes) {
        this.notes = notes;
    }

    /** A reference to the schema of what a caller sends: strict, and required is only what {@link Notes} say. */
    Map<String, Object> input(Class<?> type) {
        collectInputs(type);
        return reference(type);
    }

    /** A reference to the schema of what is answered. */
    Map<String, Object> reference(Type type) {
        return schema(type);
    }

    /** A page of that type. */
    Map<String, Object> page(Class<?> item) {
        String name = name(item) + "Page";
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("items", Map.of("type", "array", "items", schema(item)));
        properties.put(
                "revision",
                described("integer", "Revision that the list was read at; a watch from here misses nothing."));
        properties.put("next", described("string", "Opaque token of the next page; absent on the last."));
        components.put(name, object(properties, List.of("items", "revision")));
        return ref(name);
    }

    Map<String, Object> components() {
        return components;
    }

    private void collectInputs(Class<?> type) {
        if (inputs.contains(type) || !type.isRecord() || notes.scalar(type) != null) {
            return;
        }
        inputs.add(type);
        for (RecordComponent component : type.getRecordComponents()) {
            Type generic = component.getGenericType();
            if (generic instanceof ParameterizedType parameterized) {
                Arrays.stream(parameterized.getActualTypeArguments())
                        .filter(Class.class::isInstance)
                        .forEach(argument -> collectInputs((Class<?>) argument));
            } else if (generic instanceof Class<?> plain) {
                collectInputs(plain);
            }
        }
    }

    private Map<String, Object> schema(Type type) {
        if (type instanceof ParameterizedType parameterized) {
            Type[] arguments = parameterized.getActualTypeArguments();
            return Map.class.isAssignableFrom((Class<?>) parameterized.getRawType())
                    ? map("type", "object", "additionalProperties", schema(arguments[1]))
                    : map("type", "array", "items", schema(arguments[0]));
        }
        Class<?> plain = (Class<?>) type;
        Map<String, Object> scalar = notes.scalar(plain);
        if (scalar != null) {
            components.putIfAbsent(name(plain), scalar);
            return ref(name(plain));
        }
        if (plain == String.class) {
            return map("type", "string");
        }
        if (plain == boolean.class || plain == Boolean.class) {
            return map("type", "boolean");
        }
        if (plain == int.class || plain == Integer.class) {
            return map("type", "integer", "format", "int32");
        }
        if (plain == long.class || plain == Long.class) {
            return map("type", "integer", "format", "int64");
        }
        if (plain == double.class || plain == Double.class) {
            return map("type", "number", "format", "double");
        }
        if (plain == Instant.class) {
            return map("type", "string", "format", "date-time");
        }
        if (plain == UUID.class) {
            return map("type", "string", "format", "uuid");
        }
        if (plain.isEnum()) {
            components.computeIfAbsent(name(plain), any -> map("type", "string", "enum", words(plain)));
            return ref(name(plain));
        }
        if (plain.isRecord()) {
            record(plain);
            return ref(name(plain));
        }
        throw new IllegalArgumentException("no schema is known for " + plain);
    }

    private void record(Class<?> type) {
        String name = name(type);
        if (components.containsKey(name)) {
            return;
        }
        // Before its parts, in case one of them holds it again.
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        Map<String, Object> object = object(properties, required);
        components.put(name, object);
        String kind = kind(type);
        if (kind != null) {
            properties.put("kind", map("const", kind));
            required.add("kind");
        }
        boolean input = inputs.contains(type);
        if (input) {
            object.put("additionalProperties", false);
        }
        for (RecordComponent component : type.getRecordComponents()) {
            String property = property(component);
            Note note = notes.of(type, component.getName());
            properties.put(property, annotated(schema(component.getGenericType()), note));
            if (input ? note != null && note.required() : alwaysWritten(type, component)) {
                required.add(property);
            }
        }
        String description = notes.of(type);
        if (description != null) {
            object.put("description", description);
        }
    }

    private static Map<String, Object> annotated(Map<String, Object> schema, @Nullable Note note) {
        if (note == null) {
            return schema;
        }
        Map<String, Object> annotated = new LinkedHashMap<>(schema);
        annotated.put("description", note.description());
        annotated.putAll(note.constraints());
        return annotated;
    }

    private static boolean alwaysWritten(Class<?> type, RecordComponent component) {
        if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
            return false;
        }
        JsonInclude own = component.getAccessor().getAnnotation(JsonInclude.class);
        JsonInclude include = own == null ? type.getAnnotation(JsonInclude.class) : own;
        return include == null || include.value() != JsonInclude.Include.NON_EMPTY;
    }

    private static String property(RecordComponent component) {
        JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
        return property == null || property.value().isEmpty() ? component.getName() : property.value();
    }

    /** The word by which a resource says what it is. */
    private static @Nullable String kind(Class<?> type) {
        for (Class<?> parent : type.getInterfaces()) {
            JsonTypeInfo info = parent.getAnnotation(JsonTypeInfo.class);
            JsonSubTypes types = parent.getAnnotation(JsonSubTypes.class);
            if (info != null && types != null && info.property().equals("kind")) {
                for (JsonSubTypes.Type each : types.value()) {
                    if (each.value() == type) {
                        return each.name();
                    }
                }
            }
        }
        return null;
    }

    private static List<String> words(Class<?> type) {
        List<String> words = new ArrayList<>();
        for (Object constant : type.getEnumConstants()) {
            words.add(Json.read(Json.write(constant), String.class));
        }
        return words;
    }

    private String name(Class<?> type) {
        // ContainerOptions.Port is ContainerOptionsPort: a nested name alone may be used twice.
        Class<?> outer = type.getEnclosingClass();
        String name = outer == null ? type.getSimpleName() : name(outer) + type.getSimpleName();
        Class<?> other = named.putIfAbsent(name, type);
        if (other != null && other != type) {
            throw new IllegalArgumentException("two types of one name: " + other + ", " + type);
        }
        return name;
    }

    private static Map<String, Object> ref(String name) {
        return map("$ref", "#/components/schemas/" + name);
    }

    private static Map<String, Object> described(String type, String description) {
        return map("type", type, "description", description);
    }

    private static Map<String, Object> object(Map<String, Object> properties, List<String> required) {
        return map("type", "object", "properties", properties, "required", required);
    }

    /** In the order given, so that the document reads well and never changes without need. */
    static Map<String, Object> map(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    /** Whether a type is written as something else than its parts. */
    static boolean writtenAsValue(Class<?> type) {
        for (Method method : type.getMethods()) {
            if (method.isAnnotationPresent(JsonValue.class)) {
                return true;
            }
        }
        return false;
    }

    /**
     * What a type cannot say of one property.
     *
     * @param constraints further words of JSON schema
     */
    record Note(String description, boolean required, Map<String, Object> constraints) {}
}
