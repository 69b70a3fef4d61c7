package io.mosaic.controller.watch;

import io.mosaic.controller.cluster.Change;
import io.mosaic.model.Json;
import io.mosaic.model.Resource;
import io.mosaic.model.TokenResource;
import org.jspecify.annotations.Nullable;

/** A change on its way to watchers; its bytes are made once, by the first who needs them. Thread-safe. */
final class WatchedChange {

    private final Change change;
    private volatile byte @Nullable [] put;
    private volatile byte @Nullable [] delete;

    WatchedChange(Change change) {
        this.change = change;
    }

    long revision() {
        return change.revision();
    }

    Resource resource() {
        return switch (change) {
            case Change.Put put -> put.resource();
            case Change.Delete delete -> delete.last();
        };
    }

    boolean deleted() {
        return change instanceof Change.Delete;
    }

    /** As an event of that sort; two who need it first at the same time make the same bytes twice, which is harmless. */
    byte[] bytes(boolean asDelete) {
        byte[] made = asDelete ? delete : put;
        if (made == null) {
            made = SseEvent.of(revision(), asDelete ? SseEvent.DELETE : SseEvent.PUT, Json.write(shown(resource())));
            if (asDelete) {
                delete = made;
            } else {
                put = made;
            }
        }
        return made;
    }

    private static Resource shown(Resource resource) {
        return resource instanceof TokenResource token
                ? new TokenResource(
                        token.name(),
                        token.uid(),
                        token.revision(),
                        token.created(),
                        token.spec().redacted())
                : resource;
    }
}
