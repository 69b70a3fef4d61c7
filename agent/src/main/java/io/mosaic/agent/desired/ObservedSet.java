package io.mosaic.agent.desired;

import io.mosaic.model.ContainerStatus;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one set on the host, and which steps are under way.
 *
 * @param known false when it must be looked at anew before anything is decided
 * @param volume where its volume is mounted; null when that is not known
 * @param volumeGone whether its volume was removed
 * @param containers by name in the set
 * @param stale containers to look at again before anything is decided about them
 * @param busy keys of the steps under way
 * @param look counts the wishes to look anew: what was begun under an older one does not make the set known
 */
public record ObservedSet(
        boolean known,
        @Nullable Path volume,
        boolean volumeGone,
        Map<String, ObservedContainer> containers,
        Set<String> stale,
        Set<String> busy,
        int look) {

    /** Nothing is on the host. */
    public static final ObservedSet EMPTY = new ObservedSet(true, null, false, Map.of(), Set.of(), Set.of(), 0);

    /** Nothing is known yet. */
    public static final ObservedSet UNKNOWN = new ObservedSet(false, null, false, Map.of(), Set.of(), Set.of(), 0);

    public ObservedSet {
        containers = SortedCopies.of(containers);
        stale = SortedCopies.of(stale);
        busy = SortedCopies.of(busy);
    }

    public @Nullable ObservedContainer get(String name) {
        return containers.get(name);
    }

    public @Nullable ObservedContainer infra() {
        return get(ContainerStatus.INFRA);
    }

    ObservedSet forgotten() {
        return new ObservedSet(false, volume, volumeGone, containers, stale, busy, look + 1);
    }

    /** All of it was looked at, as wished for with that number. */
    ObservedSet seen(int wish, Map<String, ObservedContainer> all) {
        if (wish != look) {
            return this;
        }
        return new ObservedSet(true, volume, volumeGone, all, Set.of(), busy, look);
    }

    /** Those are there too, as a list says; to be looked at before anything is decided. */
    ObservedSet mentioning(Map<String, String> idsByName) {
        ObservedSet all = this;
        for (Map.Entry<String, String> entry : idsByName.entrySet()) {
            if (all.get(entry.getKey()) == null) {
                all = all.with(ObservedContainer.mentioned(entry.getKey(), entry.getValue()));
            }
        }
        return all;
    }

    ObservedSet with(ObservedContainer container) {
        Map<String, ObservedContainer> changed = new HashMap<>(containers);
        changed.put(container.name(), container);
        return new ObservedSet(known, volume, volumeGone, changed, stale, busy, look);
    }

    ObservedSet without(String name) {
        Map<String, ObservedContainer> changed = new HashMap<>(containers);
        changed.remove(name);
        return new ObservedSet(known, volume, volumeGone, changed, stale, busy, look);
    }

    ObservedSet mountedAt(@Nullable Path path) {
        return new ObservedSet(known, path, path == null, containers, stale, busy, look);
    }

    ObservedSet stale(String name, boolean is) {
        return new ObservedSet(known, volume, volumeGone, containers, changed(stale, name, is), busy, look);
    }

    /** With that step under way. What happens to a container while it is inspected makes it stale again. */
    ObservedSet begun(Step step) {
        ObservedSet begun = busy(step.key(), true);
        return step instanceof Step.Inspect inspect ? begun.stale(inspect.container(), false) : begun;
    }

    ObservedSet busy(String key, boolean is) {
        return new ObservedSet(known, volume, volumeGone, containers, stale, changed(busy, key, is), look);
    }

    private static Set<String> changed(Set<String> set, String item, boolean in) {
        if (set.contains(item) == in) {
            return set;
        }
        Set<String> changed = new HashSet<>(set);
        if (in) {
            changed.add(item);
        } else {
            changed.remove(item);
        }
        return changed;
    }
}
