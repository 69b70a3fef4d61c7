package io.mosaic.kit.http;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the OpenAPI document says of records beyond what their types do. Every note is held against the record it is
 * about, so that a renamed component breaks the build and not the document.
 */
public final class Notes {

    private final Map<Class<?>, String> types = new HashMap<>();
    private final Map<Class<?>, Map<String, Object>> scalars = new HashMap<>();
    private final Map<String, Schemas.Note> components = new HashMap<>();

    /** Describes a record as a whole. */
    public Notes type(Class<?> type, String description) {
        types.put(type, description);
        return this;
    }

    /**
     * A type that is written as one value.
     *
     * @param schema JSON schema of the value
     */
    public Notes scalar(Class<?> type, Map<String, Object> schema) {
        if (!Schemas.writtenAsValue(type)) {
            throw new IllegalArgumentException(type + " is not written as one value");
        }
        scalars.put(type, schema);
        return this;
    }

    /**
     * Describes one component.
     *
     * @param constraints further words of JSON schema and their values, in pairs
     */
    public Notes component(Class<?> type, String name, String description, Object... constraints) {
        return put(type, name, new Schemas.Note(description, false, Schemas.map(constraints)));
    }

    /** Describes one component that a caller must give. */
    public Notes required(Class<?> type, String name, String description, Object... constraints) {
        return put(type, name, new Schemas.Note(description, true, Schemas.map(constraints)));
    }

    private Notes put(Class<?> type, String name, Schemas.Note note) {
        if (!type.isRecord()
                || Arrays.stream(type.getRecordComponents())
                        .map(RecordComponent::getName)
                        .noneMatch(name::equals)) {
            throw new IllegalArgumentException(type + " has no component " + name);
        }
        components.put(type.getName() + "#" + name, note);
        return this;
    }

    @Nullable
    String of(Class<?> type) {
        return types.get(type);
    }

    Schemas.@Nullable Note of(Class<?> type, String component) {
        return components.get(type.getName() + "#" + component);
    }

    @Nullable
    Map<String, Object> scalar(Class<?> type) {
        return scalars.get(type);
    }
}
