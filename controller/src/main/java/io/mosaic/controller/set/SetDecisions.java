package io.mosaic.controller.set;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.model.CgroupKey;
import io.mosaic.model.HostResource;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import io.mosaic.model.TenantResource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a user's wish means for a set. Each gives a {@link Decision}; repeating one that has had its effect decides nothing,
 * so a caller may retry. All throw, when decided: NOT_FOUND when there is no such set, STALE when {@code ifRevision} is
 * not its revision, CONFLICT when it is being deleted (except delete itself).
 */
public final class SetDecisions {

    private SetDecisions() {}

    /**
     * Makes the set, PENDING.
     *
     * @param checked a spec that {@code SetSpecRules} passed
     * @param uid new and random
     * @return throws, when decided: NOT_FOUND without the tenant, EXISTS when the name is taken, QUOTA
     */
    public static Decision create(String tenant, SetSpec checked, UUID uid, Instant now) {
        return head -> {
            TenantResource owner = tenant(head, tenant);
            String name = checked.nameOrEmpty();
            if (head.set(tenant, name) != null) {
                throw new ProblemException(Problem.Kind.EXISTS, "a set named " + name + " exists in tenant " + tenant);
            }
            Usage before = head.usageOf(tenant);
            Quotas.require(owner, before, before.plus(Usage.of(checked)));
            SetResource set =
                    new SetResource(tenant, name, uid, 0, 1, now, checked, SetIntent.RUNNING, SetStatus.pending(now));
            return Decided.of(new Change.Put(set), SetEvents.info(set, "Created", "accepted", now));
        };
    }

    /**
     * Gives the set another spec; while it runs, its new limits are applied in place (RESIZING), and containers that are
     * made otherwise are replaced in place (UPDATING).
     *
     * @param merged the whole spec as it should be, checked
     * @return throws, when decided: IMMUTABLE naming each field, CONFLICT when its host has no room for it or an app owns
     *     it and more than its resources would change, QUOTA
     */
    public static Decision update(String tenant, String name, SetSpec merged, @Nullable Long ifRevision, Instant now) {
        return update(tenant, name, merged, UpdateOptions.NONE, ifRevision, now);
    }

    /** The same, with what the caller accepts. */
    public static Decision update(
            String tenant, String name, SetSpec merged, UpdateOptions options, @Nullable Long ifRevision, Instant now) {
        return head -> {
            SetResource set = alive(head, tenant, name, ifRevision);
            SetIntent intent = options.force()
                    ? set.intent().forcing(merged.resourcesOrNone().memoryOrZero())
                    : set.intent();
            if (set.spec().equals(merged) && set.intent().equals(intent)) {
                return Decided.NOTHING;
            }
            OwnedSets.requireFree(set, merged);
            return changed(head, set, merged, intent, options, now);
        };
    }

    /** The set with that spec and intent, one of which differs from its own; see {@link #update}. */
    static Decided changed(
            ClusterImage head, SetResource set, SetSpec merged, SetIntent intent, UpdateOptions options, Instant now) {
        LiveChanges.require(set.spec(), merged);
        Usage before = head.usageOf(set.tenant());
        Usage was = Usage.of(set);
        Usage asked = Usage.of(merged);
        Quotas.require(tenant(head, set.tenant()), before, before.minus(was).plus(asked));
        SetResource changed = set.with(merged, intent);
        String host = set.status().host();
        if (host != null) {
            HostResource there = head.host(host);
            requireKeys(there, merged);
            String lacking = new HostRoom(head).lacking(set, asked);
            if (lacking != null) {
                return moved(set, changed, lacking, options, now);
            }
        }
        SetState shown = shown(set, LiveChanges.effect(set.spec(), merged));
        changed = changed.withStatus(changed.status().in(shown, shownReason(set, shown), now));
        return Decided.of(
                new Change.Put(changed),
                SetEvents.info(changed, "Updated", LiveChanges.words(set.spec(), merged), now));
    }

    /** Whether the host of that set has no room for it as that spec asks. */
    public static boolean lacksRoom(ClusterImage head, SetResource set, SetSpec merged) {
        return set.status().host() != null && new HostRoom(head).lacking(set, Usage.of(merged)) != null;
    }

    private static Decided moved(
            SetResource set, SetResource changed, String lacking, UpdateOptions options, Instant now) {
        if (!options.move()) {
            throw new ProblemException(Problem.Kind.CONFLICT, lacking);
        }
        if (set.spec().volume() != null) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    lacking + "; the set cannot move: its volume is on this host, and would stay");
        }
        if (set.intent().run() != SetIntent.Run.RUNNING) {
            throw new ProblemException(Problem.Kind.CONFLICT, lacking + "; only a set that should run moves");
        }
        String why = "moves away from host " + set.status().host() + ", which has no room for it";
        return Decided.of(
                new Change.Put(changed.withStatus(changed.status().moving(true).in(SetState.STOPPING, why, now))),
                SetEvents.info(changed, "Updated", LiveChanges.words(set.spec(), changed.spec()), now),
                SetEvents.info(changed, "Moving", why, now));
    }

    /** Hosts have version 1 or 2 of cgroups, with other keys. */
    static void requireKeys(@Nullable HostResource host, SetSpec spec) {
        int version = host == null || host.status().inventory() == null
                ? 0
                : host.status().inventory().cgroupVersion();
        if (version == 0) {
            return;
        }
        List<Problem.FieldError> errors = new ArrayList<>();
        spec.resourcesOrNone().cgroup().forEach((name, value) -> {
            CgroupKey key = CgroupKey.of(name);
            if (key != null && !key.in(version)) {
                errors.add(new Problem.FieldError(
                        "/resources/cgroup/" + name,
                        "is no key of cgroup v" + version + ", which its host has",
                        value));
            }
        });
        if (!errors.isEmpty()) {
            Problem.FieldError first = errors.getFirst();
            throw new ProblemException(Problem.Kind.CONFLICT.with(first.field() + ": " + first.rule(), errors));
        }
    }

    /**
     * The set should run. One that was stopped keeps its host, since its volume is there; one that failed is tried again
     * at once; one that runs or is on its way is left alone.
     */
    public static Decision start(String tenant, String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            SetResource set = alive(head, tenant, name, ifRevision);
            OwnedSets.requireStays(set);
            if (set.intent().run() == SetIntent.Run.RUNNING) {
                return set.status().state() == SetState.FAILED ? again(set, now) : Decided.NOTHING;
            }
            SetResource changed = set.withIntent(set.intent().with(SetIntent.Run.RUNNING));
            return put(changed, set.status().host() == null ? SetState.PENDING : SetState.PLACED, now);
        };
    }

    /** The set should rest; its host and volume stay. One that was not placed yet will not be. */
    public static Decision stop(String tenant, String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            SetResource set = alive(head, tenant, name, ifRevision);
            if (set.intent().run() == SetIntent.Run.STOPPED) {
                return Decided.NOTHING;
            }
            OwnedSets.requireFree(set);
            return stopped(set, now);
        };
    }

    /** The set, which should run so far, at rest. */
    static Decided stopped(SetResource set, Instant now) {
        SetResource changed = set.withIntent(set.intent().with(SetIntent.Run.STOPPED));
        boolean placed = set.status().host() != null;
        Decided decided = put(changed, placed ? SetState.STOPPING : SetState.STOPPED, now);
        return placed
                ? new Decided(decided.changes(), List.of(SetEvents.info(set, "Stopping", "asked to stop", now)))
                : new Decided(decided.changes(), List.of(SetEvents.info(set, "Stopped", "stopped before it ran", now)));
    }

    /**
     * Stops its containers and starts them again, in order; a stopped set starts. One that waits for a host goes on
     * waiting.
     */
    public static Decision restart(String tenant, String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            SetResource set = alive(head, tenant, name, ifRevision);
            OwnedSets.requireStays(set);
            if (set.status().host() == null) {
                return start(tenant, name, null, now).decide(head);
            }
            return again(set, now);
        };
    }

    /**
     * Removes the set and all it has. One that was never placed is gone at once; else it is DELETING until its host has
     * said that nothing of it is left.
     */
    public static Decision delete(String tenant, String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            SetResource set = existing(head, tenant, name, ifRevision);
            return set.intent().run() == SetIntent.Run.DELETED ? Decided.NOTHING : deleted(set, now);
        };
    }

    /** The set, which nobody deletes so far, on its way out. */
    static Decided deleted(SetResource set, Instant now) {
        SetResource changed = set.withIntent(set.intent().with(SetIntent.Run.DELETED));
        if (set.status().host() == null) {
            return gone(changed, now);
        }
        return Decided.of(
                new Change.Put(changed.withStatus(changed.status().in(SetState.DELETING, null, now))),
                SetEvents.info(set, "Deleting", "asked to delete", now));
    }

    /** The last change of a set. */
    static Decided gone(SetResource set, Instant now) {
        SetResource last = set.withStatus(set.status().in(SetState.DELETED, null, now));
        return Decided.of(new Change.Delete(last), SetEvents.info(set, "Deleted", "nothing of it is left", now));
    }

    /** Counts one more restart; the set shows at once that it is on its way, not that it runs. */
    static Decided again(SetResource set, Instant now) {
        SetResource changed = set.withIntent(set.intent().restarted());
        SetState shown = switch (set.status().state()) {
            case RUNNING, UPDATING, RESIZING, STARTING -> SetState.STARTING;
            case PREPARING -> SetState.PREPARING;
            default -> SetState.PLACED;
        };
        return put(changed, shown, now);
    }

    /** In that state; except that nobody knows what a LOST set does until its host is back. */
    private static Decided put(SetResource changed, SetState state, Instant now) {
        SetStatus status = changed.status();
        SetStatus shown = status.state() == SetState.LOST ? status : status.in(state, null, now);
        return Decided.of(new Change.Put(changed.withStatus(shown)));
    }

    /** A set that runs shows at once what is done to it. */
    private static SetState shown(SetResource set, LiveChanges.Effect effect) {
        SetState now = set.status().state();
        return switch (now) {
            // Its containers ended by themselves; those that are made otherwise run anew.
            case STOPPED ->
                effect == LiveChanges.Effect.UPDATE
                                && set.status().host() != null
                                && set.intent().run() == SetIntent.Run.RUNNING
                                && !set.status().moves()
                        ? SetState.PLACED
                        : now;
            case RUNNING, RESIZING, UPDATING ->
                switch (effect) {
                    case UPDATE -> SetState.UPDATING;
                    case RESIZE -> now == SetState.RUNNING ? SetState.RESIZING : now;
                    case NONE -> now;
                };
            default -> now;
        };
    }

    /** What kept the last change from being done says nothing of this one. */
    private static @Nullable String shownReason(SetResource set, SetState shown) {
        return shown == SetState.UPDATING || shown == SetState.RESIZING
                ? null
                : set.status().reason();
    }

    static TenantResource tenant(ClusterImage head, String name) {
        TenantResource tenant = head.tenant(name);
        if (tenant == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no tenant named " + name);
        }
        return tenant;
    }

    private static SetResource existing(ClusterImage head, String tenant, String name, @Nullable Long ifRevision) {
        SetResource set = head.set(tenant, name);
        if (set == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no set named " + name + " in tenant " + tenant);
        }
        if (ifRevision != null && ifRevision != set.revision()) {
            throw new ProblemException(
                    Problem.Kind.STALE, "set " + name + " is at revision " + set.revision() + ", not at " + ifRevision);
        }
        return set;
    }

    private static SetResource alive(ClusterImage head, String tenant, String name, @Nullable Long ifRevision) {
        SetResource set = existing(head, tenant, name, ifRevision);
        if (set.intent().run() == SetIntent.Run.DELETED) {
            throw new ProblemException(Problem.Kind.CONFLICT, "set " + name + " is being deleted");
        }
        return set;
    }
}
