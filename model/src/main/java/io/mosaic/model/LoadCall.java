package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What a system outside that watches the load asks for.
 *
 * @param replicas how many instances there should be; either this or {@code delta}
 * @param delta how many more than there are to be now, or fewer
 * @param reason why, for the event; absent: not said
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LoadCall(
        @Nullable Integer replicas,
        @Nullable Integer delta,
        @Nullable String reason) {

    private static final int REASON_CHARS_MAX = 256;

    /**
     * Returns it, checked.
     *
     * @throws ProblemException naming the broken rule
     */
    public static LoadCall require(LoadCall call) {
        Integer delta = call.delta();
        if ((call.replicas() == null) == (delta == null)) {
            throw ProblemException.field("/replicas", "either replicas or delta is required, not both", null);
        }
        if (call.replicas() != null) {
            AppSpecRules.requireReplicas(call.replicas());
        }
        if (delta != null && (delta == 0 || Math.abs((long) delta) > AppSpecRules.REPLICAS_MAX)) {
            throw ProblemException.field("/delta", "must be -100000 to 100000, and not 0", Integer.toString(delta));
        }
        if (call.reason() != null && call.reason().length() > REASON_CHARS_MAX) {
            throw ProblemException.field("/reason", "must be at most " + REASON_CHARS_MAX + " characters", null);
        }
        return call;
    }

    /** What it comes to, when so many are to be now. */
    public int from(int current) {
        return replicas == null ? Math.addExact(current, delta == null ? 0 : delta) : replicas;
    }
}
