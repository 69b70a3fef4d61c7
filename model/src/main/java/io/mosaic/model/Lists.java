package io.mosaic.model;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Null-tolerant copies for record constructors: JSON leaves out what is empty, and code never meets null. */
final class Lists {
    private Lists() {}

    static <T> List<T> copy(@Nullable List<T> list) {
        if (list == null) {
            return List.of();
        }
        int at = 0;
        for (T item : list) {
            if (item == null) {
                throw new IllegalArgumentException("item " + at + " must not be null");
            }
            at++;
        }
        return List.copyOf(list);
    }

    /** Sorted, so that equal maps are written the same and a hash over them is stable. */
    static <V> Map<String, V> sorted(@Nullable Map<String, V> map) {
        if (map == null) {
            return Map.of();
        }
        map.forEach((key, value) -> {
            if (value == null) {
                throw new IllegalArgumentException("the value of " + key + " must not be null");
            }
        });
        return Collections.unmodifiableMap(new TreeMap<>(map));
    }
}
