package io.mosaic.controller.api;

import io.mosaic.model.AppPlan;
import io.mosaic.model.AppSpec;
import io.mosaic.model.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The fields in which two specs of an app differ, each by its JSON pointer. */
final class FieldDiff {

    private static final int FIELDS_MAX = 200;

    private final List<AppPlan.Field> fields = new ArrayList<>();

    private FieldDiff() {}

    static List<AppPlan.Field> between(AppSpec before, AppSpec after) {
        FieldDiff diff = new FieldDiff();
        diff.compare("", Json.mapper().valueToTree(before), Json.mapper().valueToTree(after));
        return diff.fields;
    }

    private void compare(String at, @Nullable JsonNode before, @Nullable JsonNode after) {
        if (before == null ? after == null : before.equals(after)) {
            return;
        }
        if (before instanceof ObjectNode one && after instanceof ObjectNode other) {
            TreeSet<String> names = new TreeSet<>(one.propertyNames());
            names.addAll(other.propertyNames());
            for (String name : names) {
                compare(at + "/" + name.replace("~", "~0").replace("/", "~1"), one.get(name), other.get(name));
            }
        } else if (before instanceof ArrayNode one && after instanceof ArrayNode other) {
            for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
                compare(at + "/" + i, one.get(i), other.get(i));
            }
        } else if (fields.size() < FIELDS_MAX) {
            // What is in the environment may be a secret.
            boolean secret = at.contains("/env/");
            fields.add(new AppPlan.Field(at, secret ? null : text(before), secret ? null : text(after)));
        }
    }

    private static @Nullable String text(@Nullable JsonNode node) {
        return node == null ? null : node.toString();
    }
}
