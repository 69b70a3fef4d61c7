package io.mosaic.cli.command;

import io.mosaic.model.Json;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The difference between a spec as it is and as it is wanted. */
final class SpecDiff {
    private SpecDiff() {}

    /** The RFC 7396 merge patch that turns one into the other; empty when they are equal. */
    static ObjectNode mergePatch(JsonNode from, JsonNode to) {
        ObjectNode patch = Json.mapper().createObjectNode();
        from.propertyNames().forEach(name -> {
            if (!to.has(name)) {
                patch.putNull(name);
            }
        });
        to.properties().forEach(entry -> {
            JsonNode before = from.get(entry.getKey());
            JsonNode after = entry.getValue();
            if (before != null && before.isObject() && after.isObject()) {
                ObjectNode nested = mergePatch(before, after);
                if (!nested.isEmpty()) {
                    patch.set(entry.getKey(), nested);
                }
            } else if (!after.equals(before)) {
                patch.set(entry.getKey(), after);
            }
        });
        return patch;
    }

    /** One line per leaf that differs: {@code /resources/cpu  0.5 -> 1}. */
    static List<String> lines(JsonNode from, JsonNode to) {
        List<String> lines = new ArrayList<>();
        collect("", from, to, lines);
        return lines;
    }

    private static void collect(String pointer, @Nullable JsonNode from, @Nullable JsonNode to, List<String> lines) {
        if (from != null && to != null && from.isObject() && to.isObject()) {
            from.propertyNames().forEach(name -> collect(pointer + "/" + name, from.get(name), to.get(name), lines));
            to.propertyNames().stream()
                    .filter(name -> !from.has(name))
                    .forEach(name -> collect(pointer + "/" + name, null, to.get(name), lines));
        } else if (from != null && to != null && from.isArray() && to.isArray()) {
            for (int i = 0; i < Math.max(from.size(), to.size()); i++) {
                collect(pointer + "/" + i, from.get(i), to.get(i), lines);
            }
        } else if (from == null || !from.equals(to)) {
            lines.add(pointer + "  " + (from == null ? "(none)" : from) + " -> " + (to == null ? "(none)" : to));
        }
    }
}
