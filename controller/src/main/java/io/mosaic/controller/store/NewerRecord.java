package io.mosaic.controller.store;

import io.mosaic.model.Json;
import io.mosaic.model.PeerJson;
import io.mosaic.model.Resource;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a record again that a newer version wrote, without losing what this version does not know of it. Three trees are
 * held against each other: the record as stored, the same as this version understands it, and what this version makes of
 * it now. Where the last two agree, the stored one stands; where they differ, this version changed something; and what is
 * in the stored one only goes along, for as long as what it is part of is still there.
 */
final class NewerRecord {

    private NewerRecord() {}

    /**
     * The record to store.
     *
     * @return null when nothing unknown is left of it, and the resource says all
     */
    static @Nullable String merged(String stored, Resource now) {
        JsonNode was = Json.mapper().readTree(stored);
        JsonNode known = tree(PeerJson.read(stored, Resource.class));
        JsonNode mine = tree(now);
        JsonNode merged = merge(was, known, mine);
        return merged.equals(mine) ? null : Json.write(merged);
    }

    /** By its bytes, so that numbers and times are of the same kind as in what was stored. */
    private static JsonNode tree(Resource resource) {
        return Json.mapper().readTree(Json.bytes(resource));
    }

    private static JsonNode merge(JsonNode was, JsonNode known, JsonNode mine) {
        if (mine.equals(known)) {
            return was;
        }
        if (was instanceof ObjectNode wasObject
                && known instanceof ObjectNode knownObject
                && mine instanceof ObjectNode mineObject) {
            return merge(wasObject, knownObject, mineObject);
        }
        if (was instanceof ArrayNode wasArray
                && known instanceof ArrayNode knownArray
                && mine instanceof ArrayNode mineArray
                && wasArray.size() == knownArray.size()) {
            return merge(wasArray, knownArray, mineArray);
        }
        return mine;
    }

    private static ObjectNode merge(ObjectNode was, ObjectNode known, ObjectNode mine) {
        ObjectNode merged = Json.mapper().createObjectNode();
        for (Map.Entry<String, JsonNode> field : mine.properties()) {
            JsonNode before = was.get(field.getKey());
            JsonNode understood = known.get(field.getKey());
            merged.set(
                    field.getKey(),
                    before == null || understood == null
                            ? field.getValue()
                            : merge(before, understood, field.getValue()));
        }
        for (Map.Entry<String, JsonNode> field : was.properties()) {
            if (!known.has(field.getKey()) && !merged.has(field.getKey())) {
                merged.set(field.getKey(), field.getValue());
            }
        }
        return merged;
    }

    private static ArrayNode merge(ArrayNode was, ArrayNode known, ArrayNode mine) {
        ArrayNode merged = Json.mapper().createArrayNode();
        for (int i = 0; i < mine.size(); i++) {
            int same = same(known, mine, i);
            merged.add(same < 0 ? mine.get(i) : merge(was.get(same), known.get(same), mine.get(i)));
        }
        return merged;
    }

    /** Where the item was: by its name or its index in the set, else by its place in a list that is as long as it was. */
    private static int same(ArrayNode known, ArrayNode mine, int at) {
        JsonNode item = mine.get(at);
        for (String identity : new String[] {"name", "index"}) {
            JsonNode mark = item.get(identity);
            if (mark != null) {
                for (int i = 0; i < known.size(); i++) {
                    if (mark.equals(known.get(i).get(identity))) {
                        return i;
                    }
                }
                return -1;
            }
        }
        return known.size() == mine.size() ? at : -1;
    }
}
