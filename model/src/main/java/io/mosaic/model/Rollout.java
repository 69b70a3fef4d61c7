package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The way of an app from one release to another; after its end it stays as the story of the last one. What it says together
 * with the sets' memberships is all that a leader needs to go on with it.
 *
 * @param from the last release that is proven: what a failure goes back to
 * @param to the release that the instances are to come to
 * @param batch number of the batch under way; grows over the app's whole life
 * @param first number of the rollout's first batch
 * @param since when it entered this state, or when the batch began
 * @param failed the release that failed, when one did
 * @param reason why it is in this state, for a person
 * @param force whether instances that use more memory than they are to have are restarted with that; absent: not
 * @param move whether instances whose host has no room for the release go to one that has; absent: not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Rollout(
        State state,
        int from,
        int to,
        int batch,
        int first,
        Instant since,
        @Nullable Integer failed,
        @Nullable String reason,
        @Nullable Boolean force,
        @Nullable Boolean move) {

    /** That accepts no more than what an update always does. */
    public Rollout(
            State state,
            int from,
            int to,
            int batch,
            int first,
            Instant since,
            @Nullable Integer failed,
            @Nullable String reason) {
        this(state, from, to, batch, first, since, failed, reason, null, null);
    }

    /** Where a rollout is. Which state may follow which is in the controller's {@code RolloutTransitions}. */
    public enum State {
        /** A batch is under way: its instances are updated and judged. */
        UPDATING,
        /** The batch is good; the pause before the next one runs. */
        WAITING,
        /** Somebody said stop: what is begun is finished, nothing new is begun, nothing is judged. */
        PAUSED,
        /** A batch failed; every instance is put back to the proven release. */
        REVERTING,
        /** A batch failed and was put back; the rest stays as it is until somebody decides. */
        FAILED,
        /** All instances are at the release. */
        DONE,
        /** All instances are back at the proven release. */
        REVERTED
    }

    /** Whether instances are still to be changed by it. */
    @JsonIgnore
    public boolean active() {
        return state == State.UPDATING || state == State.WAITING || state == State.PAUSED || state == State.REVERTING;
    }

    /** The release that is known to work. */
    @JsonIgnore
    public int proven() {
        return state == State.DONE || state == State.REVERTED ? to : from;
    }

    /** Whether memory below what is in use is put in force, by a restart. */
    @JsonIgnore
    public boolean forces() {
        return Boolean.TRUE.equals(force);
    }

    /** Whether instances leave a host that has no room for what they are to be. */
    @JsonIgnore
    public boolean moves() {
        return Boolean.TRUE.equals(move);
    }

    /** With what its caller accepts for it. */
    public Rollout accepting(boolean forced, boolean moved) {
        return new Rollout(
                state, from, to, batch, first, since, failed, reason, forced ? true : null, moved ? true : null);
    }

    public Rollout in(State changed, @Nullable String why, Instant now) {
        return new Rollout(changed, from, to, batch, first, now, failed, why, force, move);
    }

    /** The next batch, which begins now. */
    public Rollout next(Instant now) {
        return new Rollout(State.UPDATING, from, to, batch + 1, first, now, failed, null, force, move);
    }

    public Rollout because(@Nullable String why) {
        return new Rollout(state, from, to, batch, first, since, failed, why, force, move);
    }
}
