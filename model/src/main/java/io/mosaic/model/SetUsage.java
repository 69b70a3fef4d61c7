package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a set uses, as its host's agent measured it over some seconds.
 *
 * @param cpuMillis thousandths of a core
 * @param memoryBytes in use, without what the kernel could drop at once
 * @param networkBytes a second, in and out; absent: not known
 * @param diskBytes a second, read and written; absent: not known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SetUsage(
        UUID uid,
        long cpuMillis,
        long memoryBytes,
        @Nullable Long networkBytes,
        @Nullable Long diskBytes) {}
