package io.mosaic.controller.cluster;

import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;

/**
 * What some sets ask for together.
 *
 * @param cpuMillis thousandths of a core
 * @param memoryBytes bytes
 * @param diskBytes bytes of volumes
 */
public record Usage(int sets, long cpuMillis, long memoryBytes, long diskBytes) {
    public static final Usage NONE = new Usage(0, 0, 0, 0);

    public static Usage of(SetSpec spec) {
        SetSpec.Resources resources = spec.resourcesOrNone();
        Cpu cpu = resources.cpuOrZero();
        Bytes memory = resources.memoryOrZero();
        return new Usage(1, cpu.millis(), memory.value(), spec.diskNeeded().value());
    }

    public static Usage of(SetResource set) {
        return of(set.spec());
    }

    public Usage plus(Usage other) {
        return new Usage(
                sets + other.sets,
                cpuMillis + other.cpuMillis,
                memoryBytes + other.memoryBytes,
                diskBytes + other.diskBytes);
    }

    public Usage minus(Usage other) {
        return new Usage(
                sets - other.sets,
                cpuMillis - other.cpuMillis,
                memoryBytes - other.memoryBytes,
                diskBytes - other.diskBytes);
    }

    /** So many of it; what is beyond counting is as much as can be counted. */
    public Usage times(int many) {
        return new Usage(sets * many, times(cpuMillis, many), times(memoryBytes, many), times(diskBytes, many));
    }

    private static long times(long each, int many) {
        // An eighth, so that a few such sums can still be added up.
        long most = Long.MAX_VALUE / 8;
        return many == 0 || each <= most / many ? each * many : most;
    }
}
