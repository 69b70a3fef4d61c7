package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * How fast metrics may move an app one way. Windows and load calls are not held up by it.
 *
 * @param stabilise for how long they must have asked for it; the least change asked for in that time is made
 * @param perMinute most instances, or percent of those there were, that come or go in a minute; absent: any number
 * @param cooldown how long nothing is done after the policies changed the number of instances, either way; absent: not at all
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ScalingPace(
        @Nullable Interval stabilise, @Nullable Portion perMinute, Interval cooldown) {

    static final ScalingPace AT_ONCE = new ScalingPace(null, null, Interval.ofSeconds(0));

    public ScalingPace {
        cooldown = cooldown == null ? Interval.ofSeconds(0) : cooldown;
    }

    public Interval stabiliseOrNone() {
        return stabilise == null ? Interval.ofSeconds(0) : stabilise;
    }

    ScalingPace orAfter(Interval usual) {
        return stabilise == null ? new ScalingPace(usual, perMinute, cooldown) : this;
    }
}
