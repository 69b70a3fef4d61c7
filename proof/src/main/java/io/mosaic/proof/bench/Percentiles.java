package io.mosaic.proof.bench;

import java.util.Arrays;
import java.util.List;

/**
 * Percentiles of measured times by nearest rank: each is a time that was measured, never one between two.
 *
 * @param sortedNanos at least one, ascending
 */
record Percentiles(long[] sortedNanos) {

    static Percentiles of(List<Long> nanos) {
        if (nanos.isEmpty()) {
            throw new IllegalArgumentException("nothing was measured");
        }
        long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
        Arrays.sort(sorted);
        return new Percentiles(sorted);
    }

    /** The least time that at least that many percent of all are not above, in milliseconds. */
    double millis(int percent) {
        int rank = (int) Math.ceil(percent / 100.0 * sortedNanos.length);
        return sortedNanos[Math.max(1, rank) - 1] / 1e6;
    }
}
