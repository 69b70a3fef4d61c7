package io.mosaic.images.glance;

import io.mosaic.model.Json;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON schemas of what the API answers, which its clients ask for to know an image's own fields from its properties. */
final class Schemas {

    private static final Set<String> NUMBERS = Set.of("size", "virtual_size");

    private Schemas() {}

    /** The schema of that name, or null. */
    static @Nullable JsonNode named(String name) {
        return switch (name) {
            case "image" -> image();
            case "images" -> many("images", "images", image());
            case "member" -> member();
            case "members" -> many("members", "members", member());
            default -> null;
        };
    }

    private static ObjectNode object(String name) {
        ObjectNode node = Json.mapper().createObjectNode();
        node.put("name", name);
        return node;
    }

    private static ObjectNode image() {
        ObjectNode schema = object("image");
        ObjectNode properties = schema.putObject("properties");
        // The list of stores is left out: stock clients read it wrongly, and there is one store.
        for (String each : new String[] {
            "id",
            "name",
            "status",
            "owner",
            "checksum",
            "os_hash_algo",
            "os_hash_value",
            "created_at",
            "updated_at",
            "self",
            "file",
            "schema",
            "direct_url"
        }) {
            field(properties, each, "string");
        }
        NUMBERS.forEach(each -> field(properties, each, "integer"));
        for (String each : new String[] {"min_disk", "min_ram"}) {
            field(properties, each, "integer").put("type", "integer").put("minimum", 0);
        }
        for (String each : new String[] {"protected", "os_hidden"}) {
            field(properties, each, "boolean").put("type", "boolean");
        }
        words(
                field(properties, "visibility", "string").put("type", "string"),
                Set.of("private", "shared", "community", "public"));
        words(field(properties, "disk_format", "string"), ImageJson.DISK_FORMATS)
                .addNull();
        words(field(properties, "container_format", "string"), ImageJson.CONTAINER_FORMATS)
                .addNull();
        ObjectNode tags = field(properties, "tags", "array").put("type", "array");
        tags.putObject("items").put("type", "string").put("maxLength", ImageJson.NAME_CHARS_MAX);
        schema.putObject("additionalProperties").put("type", "string");
        links(schema, "self", "{self}", "enclosure", "{file}", "describedby", "{schema}");
        return schema;
    }

    private static ObjectNode field(ObjectNode properties, String name, String type) {
        ObjectNode field = properties.putObject(name);
        field.putArray("type").add("null").add(type);
        if (ImageJson.READ_ONLY.contains(name) && !name.equals("id") && !name.equals("owner")) {
            field.put("readOnly", true);
        }
        field.put("description", name.replace('_', ' '));
        return field;
    }

    private static ArrayNode words(ObjectNode field, Set<String> words) {
        ArrayNode list = field.putArray("enum");
        words.stream().sorted().forEach(list::add);
        return list;
    }

    private static void links(ObjectNode schema, String... pairs) {
        ArrayNode links = schema.putArray("links");
        for (int i = 0; i < pairs.length; i += 2) {
            links.addObject().put("rel", pairs[i]).put("href", pairs[i + 1]);
        }
    }

    private static ObjectNode member() {
        ObjectNode schema = object("member");
        ObjectNode properties = schema.putObject("properties");
        for (String each : new String[] {"member_id", "image_id", "created_at", "updated_at", "schema"}) {
            properties.putObject(each).put("type", "string");
        }
        words(properties.putObject("status").put("type", "string"), Set.of("pending", "accepted", "rejected"));
        return schema;
    }

    private static ObjectNode many(String name, String field, JsonNode item) {
        ObjectNode schema = object(name);
        ObjectNode properties = schema.putObject("properties");
        properties.putObject(field).put("type", "array").set("items", item);
        for (String each : new String[] {"first", "next", "schema"}) {
            properties.putObject(each).put("type", "string");
        }
        links(schema, "first", "{first}", "next", "{next}", "describedby", "{schema}");
        return schema;
    }
}
