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
 */
public record ObservedSet(
        boolean known,
        @Nullable Path volume,
        boolean volumeGone,
        Map<String, ObservedContainer> containers,
        Set<String> stale,
        Set<String> busy) {

    /** Nothing is on the host. */
    public static final ObservedSet EMPTY = new ObservedSet(true, null, false, Map.of(), Set.of(), Set.of());

    /** Nothing is known yet. */
    public static final ObservedSet UNKNOWN = new ObservedSet(false, null, false, Map.of(), Set.of(), Set.of());

    public ObservedSet {
        containers = Map.copyOf(containers);
        stale = Set.copyOf(stale);
        busy = Set.copyOf(busy);
    }

    public @Nullable ObservedContainer get(String name) {
        return containers.get(name);
    }

    public @Nullable ObservedContainer infra() {
        return get(ContainerStatus.INFRA);
    }

    ObservedSet forgotten() {
        return new ObservedSet(false, volume, volumeGone, containers, stale, busy);
    }

    ObservedSet seen(Map<String, ObservedContainer> all) {
        return new ObservedSet(true, volume, volumeGone, all, Set.of(), busy);
    }

    ObservedSet with(ObservedContainer container) {
        Map<String, ObservedContainer> changed = new HashMap<>(containers);
        changed.put(container.name(), container);
        return new ObservedSet(known, volume, volumeGone, changed, stale, busy);
    }

    ObservedSet without(String name) {
        Map<String, ObservedContainer> changed = new HashMap<>(containers);
        changed.remove(name);
        return new ObservedSet(known, volume, volumeGone, changed, stale, busy);
    }

    ObservedSet mountedAt(@Nullable Path path) {
        return new ObservedSet(known, path, path == null, containers, stale, busy);
    }

    ObservedSet stale(String name, boolean is) {
        return new ObservedSet(known, volume, volumeGone, containers, changed(stale, name, is), busy);
    }

    ObservedSet busy(String key, boolean is) {
        return new ObservedSet(known, volume, volumeGone, containers, stale, changed(busy, key, is));
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
