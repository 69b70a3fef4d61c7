package io.mosaic.images.glance;

import io.mosaic.images.catalog.GlanceImage;
import io.mosaic.images.catalog.GlanceImage.About;
import io.mosaic.images.catalog.GlanceImage.Content;
import io.mosaic.images.catalog.GlanceImage.Visibility;
import io.mosaic.model.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Images in the API's JSON, both ways. What is not of the API's own fields is a property, a text. */
final class ImageJson {

    /** As Glance has them. */
    static final Set<String> DISK_FORMATS =
            Set.of("ami", "ari", "aki", "vhd", "vhdx", "vmdk", "raw", "qcow2", "vdi", "ploop", "iso");

    static final Set<String> CONTAINER_FORMATS =
            Set.of("ami", "ari", "aki", "bare", "ovf", "ova", "docker", "compressed");

    /** What only the repository says. */
    static final Set<String> READ_ONLY = Set.of(
            "id",
            "owner",
            "status",
            "size",
            "virtual_size",
            "checksum",
            "os_hash_algo",
            "os_hash_value",
            "created_at",
            "updated_at",
            "self",
            "file",
            "schema",
            "direct_url",
            "locations",
            "deleted",
            "deleted_at",
            "stores");

    /** What people say, in fields of their own. */
    static final Set<String> OWN = Set.of(
            "name",
            "visibility",
            "disk_format",
            "container_format",
            "protected",
            "min_disk",
            "min_ram",
            "os_hidden",
            "tags");

    /** Names the repository and tag that an image of layers gets. */
    static final String REPOSITORY = "docker_repository";

    /** What is found of layers begins so, and is not to be said by people. */
    private static final String FOUND = "docker_";

    static final int NAME_CHARS_MAX = 255;

    /** As Glance's own limits are. */
    private static final int PROPERTIES_MAX = 128;

    private static final int TAGS_MAX = 128;

    /** Of all properties together. */
    private static final int PROPERTIES_CHARS_MAX = 64 * 1024;

    private ImageJson() {}

    /** Whether a property is the repository's to set. */
    static boolean found(String property) {
        return property.startsWith(FOUND) && !property.equals(REPOSITORY);
    }

    /**
     * What is said of an image.
     *
     * @throws GlanceError naming what is wrong
     */
    static About read(ObjectNode node) {
        SortedMap<String, String> properties = new TreeMap<>();
        int chars = 0;
        for (Map.Entry<String, JsonNode> each : node.properties()) {
            String name = each.getKey();
            if (OWN.contains(name)
                    || name.equals("parent_id")
                    || each.getValue().isNull()) {
                continue;
            }
            if (!each.getValue().isString()) {
                throw new GlanceError(400, "property '" + name + "' must be a text");
            }
            String value = each.getValue().asString();
            if (name.isEmpty() || name.length() > NAME_CHARS_MAX || unprintable(name) || value.indexOf('\0') >= 0) {
                throw new GlanceError(400, "a property's name has 1 to " + NAME_CHARS_MAX + " printable characters");
            }
            chars += name.length() + value.length();
            properties.put(name, value);
        }
        if (properties.size() > PROPERTIES_MAX || chars > PROPERTIES_CHARS_MAX) {
            throw new GlanceError(
                    413,
                    "an image has at most " + PROPERTIES_MAX + " properties of " + PROPERTIES_CHARS_MAX
                            + " characters in all");
        }
        return new About(
                text(node, "name", NAME_CHARS_MAX),
                visibility(node.path("visibility")),
                oneOf(node, "disk_format", DISK_FORMATS),
                oneOf(node, "container_format", CONTAINER_FORMATS),
                flag(node, "protected"),
                number(node, "min_disk"),
                number(node, "min_ram"),
                flag(node, "os_hidden"),
                parent(node.path("parent_id")),
                properties,
                tags(node.path("tags")));
    }

    private static boolean unprintable(String text) {
        return text.chars().anyMatch(Character::isISOControl);
    }

    private static String text(ObjectNode node, String field, int most) {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isString()
                || value.asString().length() > most
                || value.asString().indexOf('\0') >= 0) {
            throw new GlanceError(400, field + " must be a text of at most " + most + " characters");
        }
        return value.asString();
    }

    private static String oneOf(ObjectNode node, String field, Set<String> words) {
        String word = text(node, field, NAME_CHARS_MAX);
        if (!word.isEmpty() && !words.contains(word)) {
            throw new GlanceError(
                    400,
                    field + " must be one of "
                            + String.join(", ", words.stream().sorted().toList()));
        }
        return word;
    }

    private static boolean flag(ObjectNode node, String field) {
        JsonNode value = node.path(field);
        if (value.isMissingNode()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw new GlanceError(400, field + " must be true or false");
        }
        return value.asBoolean();
    }

    private static int number(ObjectNode node, String field) {
        JsonNode value = node.path(field);
        if (value.isMissingNode()) {
            return 0;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < 0) {
            throw new GlanceError(400, field + " must be a number from 0 to " + Integer.MAX_VALUE);
        }
        return value.asInt();
    }

    private static Visibility visibility(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return Visibility.SHARED;
        }
        for (Visibility each : Visibility.values()) {
            if (value.isString() && each.word().equals(value.asString())) {
                return each;
            }
        }
        throw new GlanceError(400, "visibility must be private, shared, community or public");
    }

    private static @Nullable UUID parent(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return null;
        }
        UUID uuid = value.isString() ? GlancePath.Id.canonical(value.asString().toLowerCase(Locale.ROOT)) : null;
        if (uuid == null) {
            throw new GlanceError(400, "parent_id must be the UUID of an image");
        }
        return uuid;
    }

    private static List<String> tags(JsonNode value) {
        if (value.isMissingNode() || value.isNull()) {
            return List.of();
        }
        if (!value.isArray() || value.size() > TAGS_MAX) {
            throw new GlanceError(400, "tags must be a list of at most " + TAGS_MAX);
        }
        List<String> tags = new ArrayList<>();
        for (JsonNode each : value) {
            String tag = each.isString() ? each.asString() : "";
            requireTag(tag);
            if (!tags.contains(tag)) {
                tags.add(tag);
            }
        }
        return tags;
    }

    static void requireTag(String tag) {
        if (tag.isEmpty() || tag.length() > NAME_CHARS_MAX || unprintable(tag) || tag.equals("list")) {
            throw new GlanceError(
                    400, "a tag has 1 to " + NAME_CHARS_MAX + " printable characters, and is not \"list\"");
        }
    }

    /** With one tag more. */
    static List<String> tagged(List<String> tags, String tag) {
        if (tags.contains(tag)) {
            return tags;
        }
        if (tags.size() >= TAGS_MAX) {
            throw new GlanceError(413, "an image has at most " + TAGS_MAX + " tags");
        }
        List<String> more = new ArrayList<>(tags);
        more.add(tag);
        return more;
    }

    /** What people say of it, as {@link #read} reads it. */
    static ObjectNode about(About about) {
        ObjectNode node = Json.mapper().createObjectNode();
        about.properties().forEach(node::put);
        if (about.parent() != null) {
            node.put("parent_id", about.parent().toString());
        }
        put(node, "name", about.name());
        put(node, "disk_format", about.diskFormat());
        put(node, "container_format", about.containerFormat());
        node.put("visibility", about.visibility().word());
        node.put("protected", about.guarded());
        node.put("min_disk", about.minDisk());
        node.put("min_ram", about.minRam());
        node.put("os_hidden", about.hidden());
        ArrayNode tags = node.putArray("tags");
        about.tags().forEach(tags::add);
        return node;
    }

    private static void put(ObjectNode node, String field, String text) {
        node.put(field, text.isEmpty() ? null : text);
    }

    /** All of it. */
    static ObjectNode write(GlanceImage image) {
        ObjectNode node = about(image.about());
        node.put("id", image.id().toString());
        node.put("owner", image.tenant());
        node.put("status", image.status().word());
        Content content = image.content();
        // What has not come whole is not there yet.
        boolean there = content != null && image.status() != GlanceImage.Status.SAVING;
        if (there && content != null) {
            node.put("size", content.size());
            node.put("virtual_size", content.virtualSize());
            put(node, "checksum", content.checksum());
            node.put("os_hash_algo", content.digest().algorithm().word());
            node.put("os_hash_value", content.digest().hex());
        } else {
            for (String field : List.of("size", "virtual_size", "checksum", "os_hash_algo", "os_hash_value")) {
                node.putNull(field);
            }
        }
        node.put("created_at", time(image.created()));
        node.put("updated_at", time(image.updated()));
        node.put("self", "/v2/images/" + image.id());
        node.put("file", "/v2/images/" + image.id() + "/file");
        node.put("schema", "/v2/schemas/image");
        return node;
    }

    static ObjectNode write(GlanceImage.Member member) {
        ObjectNode node = Json.mapper().createObjectNode();
        node.put("member_id", member.member());
        node.put("image_id", member.image().toString());
        node.put("status", member.status());
        node.put("created_at", time(member.created()));
        node.put("updated_at", time(member.updated()));
        node.put("schema", "/v2/schemas/member");
        return node;
    }

    /** To the second, as the clients read it. */
    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
