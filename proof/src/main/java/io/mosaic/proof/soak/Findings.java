package io.mosaic.proof.soak;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a run came to know: what must not be so and is, and how many calls ended how. Thread-safe. */
final class Findings {

    /** One fault of the product may show at every call; the first tell enough. */
    private static final int KEPT_MAX = 50;

    private final List<String> violations = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Long> counts = Collections.synchronizedMap(new TreeMap<>());

    /** Notes something that must never be so. */
    void violated(String what) {
        if (violations.size() < KEPT_MAX) {
            violations.add(what);
        }
    }

    List<String> violations() {
        return List.copyOf(violations);
    }

    /** Counts something that happened, such as {@code create 201}. */
    void count(String what) {
        counts.merge(what, 1L, Long::sum);
    }

    /** By what happened, in alphabetical order. */
    Map<String, Long> counts() {
        synchronized (counts) {
            return new TreeMap<>(counts);
        }
    }

    /** How often anything happened whose name begins so. */
    long sum(String prefix) {
        return counts().entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(prefix))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }
}
