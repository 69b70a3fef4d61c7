package io.mosaic.controller.scale;

/**
 * What some of an app's instances use, together.
 *
 * @param instances whose use is known: they have run for the policy's warm-up and were heard of late
 * @param cpuMillis thousandths of a core
 * @param cpuLimitMillis that they may use
 * @param memoryBytes in use
 * @param memoryLimitBytes that they may use
 * @param networkBytes a second
 * @param networkInstances whose network is known
 * @param diskBytes a second
 * @param diskInstances whose disk is known
 * @param ageMillis of the oldest measurement among them
 */
public record AppUse(
        String tenant,
        String app,
        int instances,
        long cpuMillis,
        long cpuLimitMillis,
        long memoryBytes,
        long memoryLimitBytes,
        long networkBytes,
        int networkInstances,
        long diskBytes,
        int diskInstances,
        long ageMillis) {

    /** Of both together. */
    public AppUse plus(AppUse other) {
        return new AppUse(
                tenant,
                app,
                instances + other.instances,
                cpuMillis + other.cpuMillis,
                cpuLimitMillis + other.cpuLimitMillis,
                memoryBytes + other.memoryBytes,
                memoryLimitBytes + other.memoryLimitBytes,
                networkBytes + other.networkBytes,
                networkInstances + other.networkInstances,
                diskBytes + other.diskBytes,
                diskInstances + other.diskInstances,
                Math.max(ageMillis, other.ageMillis));
    }

    /** The same, told that much longer ago. */
    public AppUse older(long millis) {
        return new AppUse(
                tenant,
                app,
                instances,
                cpuMillis,
                cpuLimitMillis,
                memoryBytes,
                memoryLimitBytes,
                networkBytes,
                networkInstances,
                diskBytes,
                diskInstances,
                ageMillis + millis);
    }
}
