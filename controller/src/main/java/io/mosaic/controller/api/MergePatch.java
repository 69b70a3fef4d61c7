package io.mosaic.controller.api;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.mosaic.model.Json;
import io.mosaic.model.ProblemException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * RFC 7396 over a record. The patch may use a field's other spellings, as a whole document may; they are put into the
 * written spelling first, since else {@code Resources} would stand beside {@code resources} and not replace parts of it.
 * Immutable.
 *
 * @param <T> the record
 */
final class MergePatch<T> {

    private final Class<T> type;
    private final JsonNode patch;

    private MergePatch(Class<T> type, JsonNode patch) {
        this.type = type;
        this.patch = patch;
    }

    /** @throws ProblemException when it is no object, or names a field twice */
    static <T> MergePatch<T> read(byte[] json, Class<T> type) {
        JsonNode tree = Json.read(json, JsonNode.class);
        if (!(tree instanceof ObjectNode object)) {
            throw ProblemException.field("", "a merge patch must be an object", null);
        }
        return new MergePatch<>(type, spelled(object, type, ""));
    }

    /**
     * The record with the patch applied, read as strictly as any body.
     *
     * @throws ProblemException when a field is unknown or of the wrong type
     */
    T applyTo(T current) {
        return Json.read(Json.bytes(merge(Json.mapper().valueToTree(current), patch)), type);
    }

    private static JsonNode merge(@Nullable JsonNode target, JsonNode patch) {
        if (!(patch instanceof ObjectNode changes)) {
            return patch;
        }
        ObjectNode result = target instanceof ObjectNode object
                ? object.deepCopy()
                : Json.mapper().createObjectNode();
        for (Map.Entry<String, JsonNode> change : changes.properties()) {
            if (change.getValue().isNull()) {
                result.remove(change.getKey());
            } else {
                result.set(change.getKey(), merge(result.get(change.getKey()), change.getValue()));
            }
        }
        return result;
    }

    private static JsonNode spelled(JsonNode node, Type type, String pointer) {
        if (node instanceof ArrayNode array && type instanceof ParameterizedType list) {
            ArrayNode result = Json.mapper().createArrayNode();
            for (int i = 0; i < array.size(); i++) {
                result.add(spelled(array.get(i), list.getActualTypeArguments()[0], pointer + "/" + i));
            }
            return result;
        }
        if (!(node instanceof ObjectNode object) || !(type instanceof Class<?> record) || !record.isRecord()) {
            return node;
        }
        ObjectNode result = Json.mapper().createObjectNode();
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            RecordComponent component = component(record, field.getKey());
            String name = component == null ? field.getKey() : written(component);
            String at = pointer + "/" + field.getKey();
            if (result.has(name)) {
                throw ProblemException.field(at, "is given twice, in two spellings", null);
            }
            result.set(
                    name,
                    component == null ? field.getValue() : spelled(field.getValue(), component.getGenericType(), at));
        }
        return result;
    }

    private static @Nullable RecordComponent component(Class<?> record, String spelling) {
        for (RecordComponent component : record.getRecordComponents()) {
            JsonAlias alias = component.getAccessor().getAnnotation(JsonAlias.class);
            if (written(component).equals(spelling)
                    || (alias != null && List.of(alias.value()).contains(spelling))) {
                return component;
            }
        }
        return null;
    }

    private static String written(RecordComponent component) {
        JsonProperty property = component.getAccessor().getAnnotation(JsonProperty.class);
        return property == null || property.value().isEmpty() ? component.getName() : property.value();
    }
}
