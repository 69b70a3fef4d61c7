package io.mosaic.controller.watch;

import io.mosaic.model.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Server-sent events as this API writes them: {@code id}, {@code event}, one line of {@code data}. */
final class SseEvent {

    static final String PUT = "put";
    static final String DELETE = "delete";
    static final String BOOKMARK = "bookmark";

    private SseEvent() {}

    /** JSON has no raw line break, so one data line is enough. */
    static byte[] of(long id, String event, String json) {
        return ("id: " + id + "\nevent: " + event + "\ndata: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    /** Nothing happened, but the watcher has everything up to that id. */
    static byte[] bookmark(long id) {
        return of(id, BOOKMARK, Json.write(Map.of("revision", id)));
    }
}
