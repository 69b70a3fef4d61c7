package io.mosaic.controller.store;

import io.mosaic.controller.cluster.Change;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The last changes, without a gap, in a ring of fixed size. Not thread-safe. */
final class RecentChanges {
    private final Change[] ring;
    /** Revision before the oldest change held. */
    private long after;

    private int size;

    RecentChanges(int capacity, long revision) {
        this.ring = new Change[capacity];
        this.after = revision;
    }

    void add(Change change) {
        if (change.revision() != after + size + 1) {
            throw new IllegalStateException("change " + change.revision() + " does not follow " + (after + size));
        }
        ring[slot(change.revision())] = change;
        if (size < ring.length) {
            size++;
        } else {
            after++;
        }
    }

    /** Holds nothing any more, and goes on after that revision. */
    void restart(long revision) {
        Arrays.fill(ring, null);
        after = revision;
        size = 0;
    }

    /** Whether all changes after that revision are held. */
    boolean covers(long revision) {
        return revision >= after;
    }

    /** Changes after that revision, which must be covered. */
    List<Change> after(long revision, int limit) {
        long last = after + size;
        long to = Math.min(last, revision > Long.MAX_VALUE - limit ? last : revision + limit);
        List<Change> found = new ArrayList<>((int) Math.max(0, to - revision));
        for (long at = revision + 1; at <= to; at++) {
            found.add(ring[slot(at)]);
        }
        return found;
    }

    private int slot(long revision) {
        return (int) (revision % ring.length);
    }
}
