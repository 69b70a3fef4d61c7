package io.mosaic.controller.host;

import static io.mosaic.model.HostState.CORDONED;
import static io.mosaic.model.HostState.DEGRADED;
import static io.mosaic.model.HostState.DOWN;
import static io.mosaic.model.HostState.DRAINING;
import static io.mosaic.model.HostState.JOINING;
import static io.mosaic.model.HostState.READY;
import static io.mosaic.model.HostState.REMOVED;
import static io.mosaic.model.HostState.UNREACHABLE;

import io.mosaic.model.HostState;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * Which state of a host may follow which.
 *
 * <pre>
 * JOINING      until its agent's first hello
 * READY, CORDONED, DEGRADED, DRAINING
 *              change into each other as operators ask and as its agent says
 * UNREACHABLE  from any of these when it is silent; back by its agent's hello
 * DOWN         an unreachable host that is given up; it may still come back, or join anew
 * REMOVED      from any state, once it has no sets; a host of that name may join as another
 * </pre>
 */
public final class HostTransitions {

    private static final Map<HostState, Set<HostState>> TABLE = new EnumMap<>(HostState.class);

    static {
        Set<HostState> alive = EnumSet.of(READY, CORDONED, DEGRADED, DRAINING);
        TABLE.put(JOINING, EnumSet.of(READY, CORDONED, DEGRADED, DRAINING, REMOVED));
        for (HostState state : alive) {
            Set<HostState> next = EnumSet.copyOf(alive);
            next.addAll(EnumSet.of(UNREACHABLE, REMOVED));
            next.remove(state);
            TABLE.put(state, next);
        }
        TABLE.put(UNREACHABLE, EnumSet.of(JOINING, READY, CORDONED, DEGRADED, DRAINING, DOWN, REMOVED));
        TABLE.put(DOWN, EnumSet.of(JOINING, READY, CORDONED, DEGRADED, DRAINING, REMOVED));
        TABLE.put(REMOVED, EnumSet.of(JOINING));
    }

    private HostTransitions() {}

    /** Whether a host that is in {@code from} may be in {@code to} next; staying is always allowed. */
    public static boolean allowed(HostState from, HostState to) {
        return from == to || TABLE.getOrDefault(from, Set.of()).contains(to);
    }
}
