package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What an app's instances use together.
 *
 * @param replicas wanted
 * @param instances whose use is known; the rest just started, or was not heard of late
 * @param cpuMillis thousandths of a core
 * @param cpuLimitMillis that they may use
 * @param memoryBytes in use, without what the kernel could drop at once
 * @param memoryLimitBytes that they may use
 * @param networkBytes a second, in and out; absent: not known
 * @param diskBytes a second, read and written; absent: not known
 * @param ageMillis of the oldest measurement; absent: there is none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppUsage(
        String app,
        int replicas,
        int instances,
        long cpuMillis,
        long cpuLimitMillis,
        long memoryBytes,
        long memoryLimitBytes,
        @Nullable Long networkBytes,
        @Nullable Long diskBytes,
        @Nullable Long ageMillis) {}
