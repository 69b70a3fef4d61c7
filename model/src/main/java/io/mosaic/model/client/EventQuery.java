package io.mosaic.model.client;

import io.mosaic.model.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Which events to list or watch.
 *
 * @param after only those with a greater id; absent: the newest
 */
public record EventQuery(
        @Nullable Kind kind,
        @Nullable String name,
        @Nullable Long after,
        @Nullable Integer limit) {

    public static final EventQuery ALL = new EventQuery(null, null, null, null);

    /** Those of one set. */
    public static EventQuery ofSet(String name) {
        return new EventQuery(Kind.SET, name, null, null);
    }

    /** Those of one app, not of its sets. */
    public static EventQuery ofApp(String name) {
        return new EventQuery(Kind.APP, name, null, null);
    }

    public EventQuery withAfter(@Nullable Long changed) {
        return new EventQuery(kind, name, changed, limit);
    }

    public EventQuery withLimit(int changed) {
        return new EventQuery(kind, name, after, changed);
    }

    Query filters() {
        return new Query().add("kind", kind == null ? null : kind.word()).add("name", name);
    }

    Query text() {
        return filters().add("after", after).add("limit", limit);
    }
}
