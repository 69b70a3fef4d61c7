package io.mosaic.agent.desired;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Unmodifiable copies in the order of their names, so that the same is planned from the same. Made for a host's many sets, each
 * of a few containers, whose records are copied with every change: what is such a copy already is not copied again, and one takes two arrays
 * where a tree takes a node for each entry.
 */
final class SortedCopies {
    private SortedCopies() {}

    /** A copy of the map; the map itself when it is one. */
    static <V> Map<String, V> of(Map<String, V> map) {
        if (map instanceof SmallMap || map.isEmpty()) {
            return map.isEmpty() ? Map.of() : map;
        }
        return new SmallMap<>(new TreeMap<>(map));
    }

    /** A copy of the names. */
    static Set<String> of(Collection<String> names) {
        return names.size() < 2 ? Set.copyOf(names) : Collections.unmodifiableSet(new TreeSet<>(names));
    }

    private static final class SmallMap<V> extends AbstractMap<String, V> {
        private final String[] names;
        private final Object[] values;

        SmallMap(SortedMap<String, V> map) {
            this.names = map.keySet().toArray(String[]::new);
            this.values = map.values().toArray();
        }

        @Override
        public int size() {
            return names.length;
        }

        @Override
        public boolean containsKey(@Nullable Object name) {
            return name instanceof String text && Arrays.binarySearch(names, text) >= 0;
        }

        @Override
        public @Nullable V get(@Nullable Object name) {
            int at = name instanceof String text ? Arrays.binarySearch(names, text) : -1;
            return at < 0 ? null : value(at);
        }

        /** What was put in as a V. */
        @SuppressWarnings("unchecked")
        private V value(int at) {
            return (V) values[at];
        }

        @Override
        public Set<Entry<String, V>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public int size() {
                    return names.length;
                }

                @Override
                public Iterator<Entry<String, V>> iterator() {
                    return new Iterator<>() {
                        private int next;

                        @Override
                        public boolean hasNext() {
                            return next < names.length;
                        }

                        @Override
                        public Entry<String, V> next() {
                            if (!hasNext()) {
                                throw new NoSuchElementException();
                            }
                            return Map.entry(names[next], value(next++));
                        }
                    };
                }
            };
        }
    }
}
