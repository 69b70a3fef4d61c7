package io.mosaic.agent.desired;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the agent remembers of one set beside what can be observed. It is lost with the agent, and the set does not
 * suffer: back-off starts anew.
 *
 * @param containers by name
 * @param images known to be on the host
 * @param failure what keeps the set from being prepared
 * @param sysctlsSet {@code started} of the infra container's run in which the privileged sysctls were set
 */
public record SetMemory(
        Map<String, ContainerMemory> containers,
        Set<String> images,
        @Nullable Failure failure,
        @Nullable Instant sysctlsSet) {

    public static final SetMemory NEW = new SetMemory(Map.of(), Set.of(), null, null);

    public SetMemory {
        containers = Map.copyOf(containers);
        images = Set.copyOf(images);
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
        return new SetMemory(changed, images, failure, sysctlsSet);
    }

    SetMemory without(String name) {
        Map<String, ContainerMemory> changed = new HashMap<>(containers);
        changed.remove(name);
        return new SetMemory(changed, images, failure, sysctlsSet);
    }

    SetMemory image(String image, boolean there) {
        Set<String> changed = new HashSet<>(images);
        if (there) {
            changed.add(image);
        } else {
            changed.remove(image);
        }
        return new SetMemory(containers, changed, failure, sysctlsSet);
    }

    SetMemory failure(@Nullable Failure changed) {
        return new SetMemory(containers, images, changed, sysctlsSet);
    }

    SetMemory sysctlsSet(Instant infraStarted) {
        return new SetMemory(containers, images, failure, infraStarted);
    }
}
