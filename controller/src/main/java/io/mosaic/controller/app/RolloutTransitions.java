package io.mosaic.controller.app;

import static io.mosaic.model.Rollout.State.DONE;
import static io.mosaic.model.Rollout.State.FAILED;
import static io.mosaic.model.Rollout.State.PAUSED;
import static io.mosaic.model.Rollout.State.REVERTED;
import static io.mosaic.model.Rollout.State.REVERTING;
import static io.mosaic.model.Rollout.State.UPDATING;
import static io.mosaic.model.Rollout.State.WAITING;

import io.mosaic.model.Rollout.State;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Which state of a rollout may follow which, while it is the same rollout.
 *
 * <pre>
 * UPDATING  WAITING when the batch is good and others follow; DONE when it was the last; REVERTING or FAILED when it is not
 * WAITING   UPDATING with the next batch; or an instance of the last batch fails after all
 * PAUSED    only a person gets it out of there
 * REVERTING ends in REVERTED; a release that was proven is not judged
 * FAILED    a person may resume it: the next batch is tried again
 * DONE, REVERTED  the end
 * </pre>
 *
 * <p>A new template begins a new rollout from any state: UPDATING, or PAUSED if somebody has paused the one before.
 */
public final class RolloutTransitions {

    private static final Map<State, Set<State>> TABLE = new EnumMap<>(State.class);

    static {
        TABLE.put(UPDATING, EnumSet.of(WAITING, PAUSED, REVERTING, FAILED, DONE));
        TABLE.put(WAITING, EnumSet.of(UPDATING, PAUSED, REVERTING, FAILED));
        TABLE.put(PAUSED, EnumSet.of(UPDATING));
        TABLE.put(REVERTING, EnumSet.of(REVERTED));
        TABLE.put(FAILED, EnumSet.of(UPDATING));
        TABLE.put(DONE, EnumSet.noneOf(State.class));
        TABLE.put(REVERTED, EnumSet.noneOf(State.class));
    }

    private RolloutTransitions() {}

    /** Whether a rollout that is in {@code from} may be in {@code to} next; staying is always allowed. */
    public static boolean allowed(State from, State to) {
        return from == to || TABLE.getOrDefault(from, Set.of()).contains(to);
    }
}
