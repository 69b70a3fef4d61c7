package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the policies of an app have done, as far as it counts for what they may do next, and what load calls asked for.
 *
 * @param steps of the last minute, the oldest first, at most {@value #STEPS_MAX}
 * @param last when they changed the number of instances last, either way
 * @param reason of that change
 * @param held what the last load call, or person, asked for
 * @param blocked why what they want cannot be had; absent: it can
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ScalingStatus(
        List<Step> steps,
        @Nullable Instant last,
        @Nullable String reason,
        @Nullable Held held,
        @Nullable String blocked) {

    public static final int STEPS_MAX = 32;

    public static final ScalingStatus NONE = new ScalingStatus(List.of(), null, null, null, null);

    /** For how long a step counts. */
    public static final Duration STEP = Duration.ofMinutes(1);

    public ScalingStatus {
        steps = Lists.copy(steps);
    }

    /** A change of the number of instances by the policies. */
    public record Step(Instant at, int from, int to) {}

    /**
     * A lower bound for a while.
     *
     * @param by who asked
     */
    public record Held(int replicas, Instant until, String by) {}

    /** With one more change. */
    public ScalingStatus stepped(Step step, String why) {
        List<Step> kept = new ArrayList<>();
        for (Step each : steps) {
            if (each.at().plus(STEP).isAfter(step.at())) {
                kept.add(each);
            }
        }
        kept.add(step);
        // Of too many the oldest stays, as from it the minute is counted.
        while (kept.size() > STEPS_MAX) {
            kept.remove(1);
        }
        return new ScalingStatus(kept, step.at(), why, held, null);
    }

    public ScalingStatus withHeld(@Nullable Held changed) {
        return new ScalingStatus(steps, last, reason, changed, blocked);
    }

    public ScalingStatus withBlocked(@Nullable String why) {
        return new ScalingStatus(steps, last, reason, held, why);
    }
}
