package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a list.
 *
 * @param revision of the image that the whole list is read at; a watch from here misses nothing
 * @param next opaque token of the next page, absent on the last
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Page<T>(
        List<T> items, long revision, @Nullable String next) {
    public Page {
        items = Lists.copy(items);
    }
}
