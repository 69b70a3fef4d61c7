package io.mosaic.agent.desired;

import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.model.Bytes;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the agent remembers of one set beside what can be observed. It is lost with the agent, and the set does not
 * suffer: back-off starts anew.
 *
 * @param containers by name
 * @param images known to be on the host
 * @param failure what keeps the set from being prepared
 * @param sysctlsSet {@code started} of the infra container's run in which the privileged sysctls were set
 * @param replacing names of containers that are being replaced, until what takes their place is up
 * @param drainSince since when the set is told to serve no more; null: it may serve
 * @param keys what was set in the cgroups of containers, by their names
 * @param volumeSize what the volume was made or grown to at least; null: nobody has looked
 * @param role what its containers were told to be; null: nobody has looked
 * @param progress how far what is being prepared is, in words; null: nothing takes long
 */
public record SetMemory(
        Map<String, ContainerMemory> containers,
        Set<String> images,
        @Nullable Failure failure,
        @Nullable Instant sysctlsSet,
        Set<String> replacing,
        @Nullable Instant drainSince,
        Map<String, GivenKeys> keys,
        @Nullable Bytes volumeSize,
        @Nullable RoleMemory role,
        @Nullable String progress) {

    public static final SetMemory NEW =
            new SetMemory(Map.of(), Set.of(), null, null, Set.of(), null, Map.of(), null, null, null);

    public SetMemory {
        containers = SortedCopies.of(containers);
        images = SortedCopies.of(images);
        replacing = SortedCopies.of(replacing);
        keys = SortedCopies.of(keys);
    }

    /**
     * What keeps a set from being prepared.
     *
     * @param key of the step that failed
     * @param times in a row
     * @param retry when to try again
     * @param told whether it is a fault to show; one lost answer of the daemon is none
     */
    public record Failure(String key, String reason, int times, Instant retry, boolean told) {}

    /**
     * What was set in the cgroups of a container.
     *
     * @param started of its run in which it was
     * @param sure false when somebody may have changed it since
     */
    public record GivenKeys(Instant started, KernelKeys keys, boolean sure) {

        /** Whether it is certain to hold in the run that began then. */
        boolean holds(Instant run) {
            return sure && started.equals(run);
        }

        /** What was set in the run that began then; a new run begins with nothing. */
        KernelKeys of(Instant run) {
            return started.equals(run) ? keys : KernelKeys.NONE;
        }
    }

    /** Without the failure, if it was of that step. */
    SetMemory mended(String key) {
        return failure != null && failure.key().equals(key) ? failure(null) : this;
    }

    ContainerMemory of(String name) {
        return containers.getOrDefault(name, ContainerMemory.NEW);
    }

    SetMemory with(String name, ContainerMemory memory) {
        Map<String, ContainerMemory> changed = new HashMap<>(containers);
        changed.put(name, memory);
        return new SetMemory(
                changed, images, failure, sysctlsSet, replacing, drainSince, keys, volumeSize, role, progress);
    }

    SetMemory without(String name) {
        Map<String, ContainerMemory> changed = new HashMap<>(containers);
        changed.remove(name);
        return new SetMemory(
                changed, images, failure, sysctlsSet, replacing, drainSince, keys, volumeSize, role, progress);
    }

    SetMemory image(String image, boolean there) {
        Set<String> changed = new HashSet<>(images);
        if (there) {
            changed.add(image);
        } else {
            changed.remove(image);
        }
        return new SetMemory(
                containers, changed, failure, sysctlsSet, replacing, drainSince, keys, volumeSize, role, progress);
    }

    SetMemory failure(@Nullable Failure changed) {
        return new SetMemory(
                containers, images, changed, sysctlsSet, replacing, drainSince, keys, volumeSize, role, progress);
    }

    SetMemory sysctlsSet(Instant infraStarted) {
        return new SetMemory(
                containers, images, failure, infraStarted, replacing, drainSince, keys, volumeSize, role, progress);
    }

    SetMemory replacing(String name, boolean is) {
        if (replacing.contains(name) == is) {
            return this;
        }
        Set<String> changed = new HashSet<>(replacing);
        if (is) {
            changed.add(name);
        } else {
            changed.remove(name);
        }
        return new SetMemory(
                containers, images, failure, sysctlsSet, changed, drainSince, keys, volumeSize, role, progress);
    }

    SetMemory drainSince(@Nullable Instant since) {
        return new SetMemory(
                containers, images, failure, sysctlsSet, replacing, since, keys, volumeSize, role, progress);
    }

    SetMemory keys(String name, @Nullable GivenKeys given) {
        Map<String, GivenKeys> changed = new HashMap<>(keys);
        if (given == null) {
            changed.remove(name);
        } else {
            changed.put(name, given);
        }
        return new SetMemory(
                containers, images, failure, sysctlsSet, replacing, drainSince, changed, volumeSize, role, progress);
    }

    /** Somebody may have changed them: they are to be set again, as they were. */
    SetMemory keysUnsure(String name) {
        GivenKeys given = keys.get(name);
        return given == null ? this : keys(name, new GivenKeys(given.started(), given.keys(), false));
    }

    /** Those keys may be set in the run that began then, beside those that are known to be. */
    SetMemory keysAttempted(String name, Instant run, KernelKeys attempted) {
        GivenKeys given = keys.get(name);
        Map<String, String> values =
                new TreeMap<>(given == null ? Map.of() : given.of(run).values());
        values.putAll(attempted.values());
        KernelKeys all = new KernelKeys(values, attempted.io(), attempted.volume());
        return keys(name, new GivenKeys(run, all, false));
    }

    SetMemory volumeSize(@Nullable Bytes size) {
        return new SetMemory(
                containers, images, failure, sysctlsSet, replacing, drainSince, keys, size, role, progress);
    }

    SetMemory role(@Nullable RoleMemory changed) {
        return new SetMemory(
                containers, images, failure, sysctlsSet, replacing, drainSince, keys, volumeSize, changed, progress);
    }

    SetMemory progress(@Nullable String words) {
        return new SetMemory(
                containers, images, failure, sysctlsSet, replacing, drainSince, keys, volumeSize, role, words);
    }
}
