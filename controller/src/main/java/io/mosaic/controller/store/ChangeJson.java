package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import io.mosaic.model.Json;
import io.mosaic.model.Resource;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Changes as the stores keep them: JSON text, so that a reader with psql can read it and text keeps its order. */
final class ChangeJson {

    private ChangeJson() {}

    /** The resource of the change; for a deletion, how it was last. */
    static String body(Change change) {
        Resource resource = switch (change) {
            case Change.Put put -> put.resource();
            case Change.Delete delete -> delete.last();
        };
        return new String(Json.bytes(resource), StandardCharsets.UTF_8);
    }

    static Change change(long revision, boolean deleted, String body) {
        Resource resource = resource(body);
        return deleted ? new Change.Delete(resource, revision) : new Change.Put(resource.withRevision(revision));
    }

    static Resource resource(String body) {
        return Json.read(body, Resource.class);
    }

    /** Several changes in one text, for the outcome kept under an idempotency key. */
    static String list(List<Store.Entry> entries) {
        StringBuilder text = new StringBuilder("[");
        for (Store.Entry entry : entries) {
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

    static List<Change> read(String list) {
        return Arrays.stream(Json.read(list, Listed[].class))
                .map(listed -> listed.deleted()
                        ? (Change) new Change.Delete(listed.resource(), listed.revision())
                        : new Change.Put(listed.resource()))
                .toList();
    }

    private record Listed(long revision, boolean deleted, Resource resource) {}
}
