package io.mosaic.proof.soak;

import io.mosaic.model.SetResource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What clients were told of their sets, and so what must be true of them in the end. Thread-safe; a set has one client. */
final class Ledger {

    /**
     * What is known of one set.
     *
     * @param uid null until a creation was answered
     * @param marks the values of its label {@code mark} of which it must have one, if it is there
     * @param mayBeThere whether it may be there
     * @param mayBeGone whether it may not; both when a call had no answer and was not repeated
     */
    record Known(@Nullable String uid, Set<String> marks, boolean mayBeThere, boolean mayBeGone) {
        Known {
            marks = Set.copyOf(marks);
        }

        /** What of that is not so, when the set is listed so or, null, not at all. */
        List<String> differences(String name, @Nullable SetResource set) {
            if (set == null) {
                return mayBeGone ? List.of() : List.of(name + " is lost");
            }
            List<String> found = new ArrayList<>();
            if (!mayBeThere) {
                found.add(name + " is there, though its deletion was acknowledged: " + set.status());
            }
            if (uid != null && !uid.equals(set.uid().toString())) {
                found.add(name + " was made twice: " + uid + " was told, " + set.uid() + " is there");
            }
            String mark = String.valueOf(set.labels().get("mark"));
            if (!marks.contains(mark)) {
                found.add(name + " has mark " + mark + " and should have " + marks);
            }
            return found;
        }
    }

    private final Map<String, Known> sets = new ConcurrentSkipListMap<>();
    private final AtomicLong acknowledged = new AtomicLong();

    void created(String name, String uid, String mark) {
        sets.put(name, new Known(uid, Set.of(mark), true, false));
    }

    void maybeCreated(String name, String mark) {
        sets.put(name, new Known(null, Set.of(mark), true, true));
    }

    void marked(String name, String mark) {
        sets.computeIfPresent(
                name, (key, known) -> new Known(known.uid(), Set.of(mark), known.mayBeThere(), known.mayBeGone()));
    }

    void maybeMarked(String name, String mark) {
        sets.computeIfPresent(name, (key, known) -> {
            Set<String> marks = new TreeSet<>(known.marks());
            marks.add(mark);
            return new Known(known.uid(), marks, known.mayBeThere(), known.mayBeGone());
        });
    }

    void deleted(String name) {
        sets.computeIfPresent(name, (key, known) -> new Known(known.uid(), known.marks(), false, true));
    }

    void maybeDeleted(String name) {
        sets.computeIfPresent(name, (key, known) -> new Known(known.uid(), known.marks(), true, true));
    }

    @Nullable
    Known get(String name) {
        return sets.get(name);
    }

    Map<String, Known> all() {
        return new TreeMap<>(sets);
    }

    /** The highest revision that any client was told of. A call that begins later must get a higher one. */
    long acknowledged() {
        return acknowledged.get();
    }

    void acknowledged(long revision) {
        acknowledged.accumulateAndGet(revision, Math::max);
    }
}
