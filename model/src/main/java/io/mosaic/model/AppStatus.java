package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How an app is, as the leader saw it last.
 *
 * @param state all of it in one word
 * @param reason why it is not READY, for a person
 * @param replicas instances that are there and stay
 * @param ready those of them that run, healthy, as they were last asked to
 * @param updated those of them at the app's release
 * @param leaving instances on their way out
 * @param crashLooping instances that fail again and again, however often they are restarted and moved
 * @param since when it entered this state
 * @param observedGeneration up to which generation the leader has acted
 * @param rollout the present rollout, or the last; absent when there was none
 * @param scaling what its policies and load calls did; absent when they did nothing yet
 * @param roles who is primary; absent without roles
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record AppStatus(
        State state,
        @Nullable String reason,
        int replicas,
        int ready,
        int updated,
        int leaving,
        int crashLooping,
        Instant since,
        long observedGeneration,
        @Nullable Rollout rollout,
        @Nullable ScalingStatus scaling,
        @Nullable RolesStatus roles) {

    /** Of one that no policy has scaled. */
    public AppStatus(
            State state,
            @Nullable String reason,
            int replicas,
            int ready,
            int updated,
            int leaving,
            int crashLooping,
            Instant since,
            long observedGeneration,
            @Nullable Rollout rollout) {
        this(
                state,
                reason,
                replicas,
                ready,
                updated,
                leaving,
                crashLooping,
                since,
                observedGeneration,
                rollout,
                null,
                null);
    }

    /** How an app is. Follows from the states of its sets and of its rollout, so any may follow any. */
    public enum State {
        /** Every instance wanted is there and healthy, at the app's release, and no other. */
        READY,
        /** Instances come or go. */
        SCALING,
        /** A rollout is under way. */
        UPDATING,
        /** Instances that should run do not, or the last rollout failed; the reason says more. */
        DEGRADED,
        /** Its instances are being removed; the app goes with the last. */
        DELETING
    }

    /** Of an app that was just made. */
    public static AppStatus fresh(Instant now) {
        return new AppStatus(State.SCALING, null, 0, 0, 0, 0, 0, now, 0, null);
    }

    public AppStatus withRollout(@Nullable Rollout changed) {
        return new AppStatus(
                state,
                reason,
                replicas,
                ready,
                updated,
                leaving,
                crashLooping,
                since,
                observedGeneration,
                changed,
                scaling,
                roles);
    }

    public AppStatus withScaling(@Nullable ScalingStatus changed) {
        return new AppStatus(
                state,
                reason,
                replicas,
                ready,
                updated,
                leaving,
                crashLooping,
                since,
                observedGeneration,
                rollout,
                changed,
                roles);
    }

    public AppStatus withRoles(@Nullable RolesStatus changed) {
        return new AppStatus(
                state,
                reason,
                replicas,
                ready,
                updated,
                leaving,
                crashLooping,
                since,
                observedGeneration,
                rollout,
                scaling,
                changed);
    }

    /** What policies and load calls did so far. */
    @JsonIgnore
    public ScalingStatus scalingOrNone() {
        return scaling == null ? ScalingStatus.NONE : scaling;
    }
}
