package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * How many instances an app should have.
 *
 * @param replicas 0 to 100,000; required
 * @param reason why, for the event; absent: not said
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppScale(@Nullable Integer replicas, @Nullable String reason) {

    private static final int REASON_CHARS_MAX = 256;

    /**
     * Returns it, checked.
     *
     * @throws ProblemException naming the broken rule
     */
    public static AppScale require(AppScale scale) {
        if (scale.replicas() == null) {
            throw ProblemException.field("/replicas", "is required", null);
        }
        AppSpecRules.requireReplicas(scale.replicas());
        if (scale.reason() != null && scale.reason().length() > REASON_CHARS_MAX) {
            throw ProblemException.field("/reason", "must be at most " + REASON_CHARS_MAX + " characters", null);
        }
        return scale;
    }

    /** What a checked one has. */
    public int replicasOrNone() {
        return replicas == null ? 0 : replicas;
    }
}
