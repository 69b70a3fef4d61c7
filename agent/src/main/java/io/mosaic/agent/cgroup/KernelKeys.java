package io.mosaic.agent.cgroup;

import io.mosaic.model.IoLimits;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a container's cgroups should say beside the limits that Docker knows.
 *
 * @param values of {@link io.mosaic.model.CgroupKey}s by name, as the kernel is told
 * @param io limits of the devices below its root file system and below the volume; absent: none
 * @param volume where the set's volume is mounted; absent: it has none, or {@code io} asks for nothing
 */
public record KernelKeys(
        Map<String, String> values,
        @Nullable IoLimits io,
        @Nullable Path volume) {

    public static final KernelKeys NONE = new KernelKeys(Map.of(), null, null);

    public KernelKeys {
        values = Map.copyOf(new TreeMap<>(values));
        volume = io == null ? null : volume;
    }

    /** Whether nothing is asked for. */
    public boolean isEmpty() {
        return values.isEmpty() && io == null;
    }
}
