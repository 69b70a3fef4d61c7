package io.mosaic.model.client;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a watch tells.
 *
 * @param revision of the change, or id of the event; a watch from here goes on after it
 * @param item as it is now, or as it last was when deleted; absent in a bookmark
 */
public record WatchEvent<T>(
        Type type, long revision, @Nullable T item) {

    /** What happened. */
    public enum Type {
        /** Made or changed. */
        PUT,
        DELETE,
        /** Nothing changed up to this revision. */
        BOOKMARK;

        /** Events, which only ever come, may be named so or not at all. */
        static Type parse(String word) {
            return word.isEmpty() || word.equals("event") ? PUT : valueOf(word.toUpperCase(Locale.ROOT));
        }
    }
}
