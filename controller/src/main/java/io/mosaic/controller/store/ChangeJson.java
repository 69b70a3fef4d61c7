package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.store.Store.Entry;
import io.mosaic.model.Json;
import io.mosaic.model.PeerJson;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Changes as the stores keep them: JSON text, so that a reader with psql can read it and text keeps its order. A record
 * that a newer version wrote is read as far as it is known here, and its text is kept, so that it can be written again
 * without a loss. Only what the strict reader refuses is looked at a second time.
 */
final class ChangeJson {

    private ChangeJson() {}

    /**
     * The change as it is to be kept.
     *
     * @param before the image that it changes
     */
    static Entry entry(Change change, ClusterImage before) {
        String newer = change instanceof Change.Put ? before.newer(change.key()) : null;
        Resource was = before.get(change.key());
        if (newer == null || was == null || !(change instanceof Change.Put put) || !sameUid(was, put)) {
            return new Entry(change, body(change));
        }
        String merged = NewerRecord.merged(newer, put.resource());
        return merged == null
                ? new Entry(change, body(change))
                : new Entry(new Change.Put(put.resource(), merged), merged);
    }

    private static boolean sameUid(Resource was, Change.Put put) {
        return was.uid().equals(put.resource().uid());
    }

    /** The resource of the change; for a deletion, how it was last. */
    private static String body(Change change) {
        Resource resource = switch (change) {
            case Change.Put put -> put.resource();
            case Change.Delete delete -> delete.last();
        };
        return new String(Json.bytes(resource), StandardCharsets.UTF_8);
    }

    static Change change(long revision, boolean deleted, String body) {
        Read read = read(body);
        return deleted
                ? new Change.Delete(read.resource(), revision)
                : new Change.Put(read.resource().withRevision(revision), read.newer());
    }

    /** @param newer takes the text of a record that a newer version wrote */
    static Resource resource(String body, Map<ResourceKey, String> newer) {
        Read read = read(body);
        String text = read.newer();
        if (text != null) {
            newer.put(read.resource().key(), text);
        }
        return read.resource();
    }

    private record Read(Resource resource, @Nullable String newer) {}

    private static Read read(String body) {
        try {
            return new Read(Json.read(body, Resource.class), null);
        } catch (ProblemException e) {
            return new Read(PeerJson.read(body, Resource.class), body);
        }
    }

    /** Several changes in one text, for the outcome kept under an idempotency key. */
    static String list(List<Entry> entries) {
        StringBuilder text = new StringBuilder("[");
        for (Entry entry : entries) {
            Change change = entry.change();
            text.append(text.length() == 1 ? "" : ",")
                    .append("{\"revision\":")
                    .append(change.revision())
                    .append(",\"deleted\":")
                    .append(change instanceof Change.Delete)
                    .append(",\"resource\":")
                    .append(entry.body())
                    .append('}');
        }
        return text.append(']').toString();
    }

    static List<Change> listed(String list) {
        return Arrays.stream(PeerJson.read(list, Listed[].class))
                .map(listed -> listed.deleted()
                        ? (Change) new Change.Delete(listed.resource(), listed.revision())
                        : new Change.Put(listed.resource()))
                .toList();
    }

    private record Listed(long revision, boolean deleted, Resource resource) {}
}
