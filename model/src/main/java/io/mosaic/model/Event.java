package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One line of the story of a resource: what happened, told for a person.
 *
 * @param id grows with time, assigned when it is stored; 0 before
 * @param tenant owner of the resource it is about, or {@link ResourceKey#CLUSTER}
 * @param at when it happened, by the clock of whoever saw it
 * @param container the container it is about, if one
 * @param type a stable word a program can switch on, such as {@code Placed}, {@code Started}, {@code OomKilled}
 * @param warning whether a person should look
 * @param message what happened; never holds a secret
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Event(
        long id,
        Instant at,
        String tenant,
        Kind kind,
        String name,
        @Nullable String container,
        String type,
        boolean warning,
        String message) {

    /** The same under the id that it is stored by. */
    public Event numbered(long stored) {
        return new Event(stored, at, tenant, kind, name, container, type, warning, message);
    }
}
