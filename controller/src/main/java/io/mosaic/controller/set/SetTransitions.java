package io.mosaic.controller.set;

import static io.mosaic.model.SetState.DELETED;
import static io.mosaic.model.SetState.DELETING;
import static io.mosaic.model.SetState.FAILED;
import static io.mosaic.model.SetState.LOST;
import static io.mosaic.model.SetState.PENDING;
import static io.mosaic.model.SetState.PLACED;
import static io.mosaic.model.SetState.PREPARING;
import static io.mosaic.model.SetState.RESIZING;
import static io.mosaic.model.SetState.RUNNING;
import static io.mosaic.model.SetState.STARTING;
import static io.mosaic.model.SetState.STOPPED;
import static io.mosaic.model.SetState.STOPPING;
import static io.mosaic.model.SetState.UPDATING;

import io.mosaic.model.SetState;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Which state of a set may follow which.
 *
 * <pre>
 * PENDING   the scheduler places it; it may be stopped or deleted before that
 * PLACED    its agent acts on it; whatever the agent says first is taken, since reports may be lost; PENDING when its host
 *           is silent and another one is to take it
 * PREPARING, STARTING, RUNNING, UPDATING, RESIZING, FAILED
 *           the agent moves among these as it acts and as containers come and go; PLACED again when the agent returns
 *           without the set, or when it is to start over
 * STOPPING  ends in STOPPED; or it is started again meanwhile, maybe with another spec
 * STOPPED   only a wish (start, delete) or somebody who started its containers by hand gets it out of there; a silent
 *           host does not make it LOST, as nothing of it runs
 * LOST      whatever the returning host says of it; PENDING when another host is to take it
 * DELETING  only ends, never turns back: a silent host leaves it DELETING
 * DELETED   nothing follows; the resource is gone with it
 * </pre>
 */
public final class SetTransitions {

    private static final Map<SetState, Set<SetState>> TABLE = new EnumMap<>(SetState.class);

    static {
        Set<SetState> acting = EnumSet.of(PREPARING, STARTING, RUNNING, UPDATING, RESIZING, STOPPING, STOPPED, FAILED);
        TABLE.put(PENDING, EnumSet.of(PLACED, STOPPED, DELETED));
        TABLE.put(PLACED, with(acting, PENDING, LOST, DELETING));
        for (SetState state : EnumSet.of(PREPARING, STARTING, RUNNING, UPDATING, RESIZING, FAILED)) {
            TABLE.put(state, with(acting, PLACED, LOST, DELETING));
        }
        TABLE.put(STOPPING, with(acting, PLACED, LOST, DELETING));
        TABLE.put(STOPPED, EnumSet.of(PENDING, PLACED, STOPPING, FAILED, DELETING, DELETED));
        TABLE.put(LOST, with(acting, PENDING, PLACED, DELETING));
        TABLE.put(DELETING, EnumSet.of(DELETED));
        TABLE.put(DELETED, EnumSet.noneOf(SetState.class));
        // Staying is no transition, and always allowed.
        TABLE.forEach((from, to) -> to.remove(from));
    }

    private SetTransitions() {}

    /** Whether a set that is in {@code from} may be in {@code to} next; staying is always allowed. */
    public static boolean allowed(SetState from, SetState to) {
        return from == to || TABLE.getOrDefault(from, Set.of()).contains(to);
    }

    private static Set<SetState> with(Set<SetState> states, SetState... more) {
        Set<SetState> all = EnumSet.copyOf(states);
        all.addAll(Set.of(more));
        return all;
    }
}
