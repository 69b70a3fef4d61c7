package io.mosaic.images.glance;

import io.mosaic.images.catalog.GlanceImage;
import io.mosaic.images.catalog.GlanceImage.About;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A JSON patch (RFC 6902) as the API takes it: add, replace and remove of an image's fields and properties. */
final class ImagePatch {

    /** Set for good once there is content: they say what it is. */
    private static final Set<String> OF_CONTENT =
            Set.of("disk_format", "container_format", "parent_id", ImageJson.REPOSITORY);

    private static final int OPERATIONS_MAX = 512;

    private final JsonNode operations;

    /** @throws GlanceError when it is no such patch */
    ImagePatch(JsonNode operations) {
        if (!operations.isArray() || operations.size() > OPERATIONS_MAX) {
            throw new GlanceError(400, "the body must be a list of at most " + OPERATIONS_MAX + " operations");
        }
        this.operations = operations;
    }

    /** What is said of the image then. */
    About apply(GlanceImage image) {
        ObjectNode node = ImageJson.about(image.about());
        for (JsonNode each : operations) {
            apply(node, each);
        }
        About next = ImageJson.read(node);
        if (image.status() != GlanceImage.Status.QUEUED) {
            ObjectNode before = ImageJson.about(image.about());
            for (String field : OF_CONTENT) {
                if (!before.path(field).equals(node.path(field))) {
                    throw new GlanceError(403, "Attribute '" + field + "' cannot be changed once there is content");
                }
            }
        }
        return next;
    }

    private static void apply(ObjectNode node, JsonNode operation) {
        String word = operation.path("op").asString("");
        String name = name(operation.path("path").asString(""));
        if (ImageJson.READ_ONLY.contains(name) || ImageJson.found(name)) {
            throw new GlanceError(403, "Attribute '" + name + "' is read-only.");
        }
        switch (word) {
            case "add" -> node.set(name, value(operation));
            case "replace" -> {
                if (!node.has(name)) {
                    throw new GlanceError(409, "Property " + name + " does not exist.");
                }
                node.set(name, value(operation));
            }
            case "remove" -> {
                if (ImageJson.OWN.contains(name)) {
                    throw new GlanceError(403, "Property " + name + " may not be removed.");
                }
                if (node.remove(name) == null) {
                    throw new GlanceError(409, "Property " + name + " does not exist.");
                }
            }
            default -> throw new GlanceError(400, "an operation's op must be add, replace or remove");
        }
    }

    private static JsonNode value(JsonNode operation) {
        JsonNode value = operation.path("value");
        if (value.isMissingNode()) {
            throw new GlanceError(400, "the operation needs a value");
        }
        return value;
    }

    /** The one step of a JSON pointer (RFC 6901). */
    private static String name(String pointer) {
        if (pointer.length() < 2 || pointer.charAt(0) != '/' || pointer.indexOf('/', 1) >= 0) {
            throw new GlanceError(400, "an operation's path must be /NAME");
        }
        return pointer.substring(1).replace("~1", "/").replace("~0", "~");
    }
}
