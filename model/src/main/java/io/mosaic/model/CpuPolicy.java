package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a set gets its cores. */
public enum CpuPolicy {
    /** A part of the time of all cores. */
    SHARED,
    /** Whole cores of one NUMA node, given to no other set of this policy, and memory of the same node. */
    NUMA;

    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** @throws IllegalArgumentException when there is no such policy */
    @JsonCreator
    public static CpuPolicy parse(String word) {
        for (CpuPolicy policy : values()) {
            if (policy.word().equals(word)) {
                return policy;
            }
        }
        throw new IllegalArgumentException("must be shared or numa");
    }
}
