package io.mosaic.controller.set;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.time.Instant;
import java.util.UUID;

/**
 * The steps by which a set moves to another host: it stops here, and only when its host has said that it rests it is
 * released and waits for a host like any other. So it never runs on two. What is in its volume stays behind and is removed.
 * Each decides nothing when the set is no longer where the step takes it from.
 */
public final class MoveDecisions {

    private MoveDecisions() {}

    /** It should rest on that host, to move on. Its intent stays: the wish to run is the user's. */
    public static Decided begin(ClusterImage head, UUID uid, String host, Instant now) {
        SetResource set = head.set(uid);
        if (set == null || !on(set, host) || set.status().moves() || !runs(set)) {
            return Decided.NOTHING;
        }
        SetResource told = set.withSpec(set.spec());
        return Decided.of(
                new Change.Put(told.withStatus(
                        told.status().moving(true).in(SetState.STOPPING, "moves away from host " + host, now))),
                SetEvents.info(set, "Moving", "stops on host " + host + ", to start on another", now));
    }

    /** It rests there, so it may go: it waits for a host if it should run, and is on none if it should rest. */
    public static Decided release(ClusterImage head, UUID uid, String host, Instant now) {
        SetResource set = head.set(uid);
        if (set == null || !on(set, host) || !rests(set)) {
            return Decided.NOTHING;
        }
        SetState next = runs(set) ? SetState.PENDING : SetState.STOPPED;
        SetResource told = set.withSpec(set.spec());
        return Decided.of(
                new Change.Put(told.withStatus(told.status().nowhere().in(next, null, now))),
                SetEvents.info(set, "Moved", "left host " + host, now));
    }

    /** It stays after all, and runs again if it should. */
    public static Decided cancel(ClusterImage head, UUID uid, Instant now) {
        SetResource set = head.set(uid);
        if (set == null || !set.status().moves() || set.intent().run() == SetIntent.Run.DELETED) {
            return Decided.NOTHING;
        }
        SetResource told = set.withSpec(set.spec());
        boolean again = runs(set)
                && (set.status().state() == SetState.STOPPING || set.status().state() == SetState.STOPPED);
        SetState next = again ? SetState.PLACED : set.status().state();
        return Decided.of(
                new Change.Put(told.withStatus(told.status().moving(false).in(next, null, now))),
                SetEvents.info(set, "Stays", "is not moved after all", now));
    }

    /** Whether the agent has said, of the latest that it was told, that nothing of the set runs. */
    public static boolean rests(SetResource set) {
        return set.status().state() == SetState.STOPPED
                && set.status().observedGeneration() >= set.generation()
                && (set.status().moves() || set.intent().run() == SetIntent.Run.STOPPED);
    }

    private static boolean on(SetResource set, String host) {
        return host.equals(set.status().host());
    }

    private static boolean runs(SetResource set) {
        return set.intent().run() == SetIntent.Run.RUNNING;
    }
}
