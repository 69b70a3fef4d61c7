package io.mosaic.controller.set;

import io.mosaic.controller.cluster.Amounts;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.Room;
import io.mosaic.controller.cluster.Usage;
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
import java.util.Objects;
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
     * Gives the set another spec; while it runs, its new limits are applied in place (RESIZING).
     *
     * @param merged the whole spec as it should be, checked
     * @return throws, when decided: IMMUTABLE naming each field, CONFLICT when its host has no room for it or an app owns
     *     it and more than its resources would change, QUOTA
     */
    public static Decision update(String tenant, String name, SetSpec merged, @Nullable Long ifRevision, Instant now) {
        return head -> {
            SetResource set = alive(head, tenant, name, ifRevision);
            if (set.spec().equals(merged)) {
                return Decided.NOTHING;
            }
            OwnedSets.requireFree(set, merged);
            return changed(head, set, merged, now);
        };
    }

    /** The set with that spec, which differs from its own; see {@link #update}. */
    static Decided changed(ClusterImage head, SetResource set, SetSpec merged, Instant now) {
        LiveChanges.require(set.spec(), merged);
        Usage before = head.usageOf(set.tenant());
        Usage was = Usage.of(set);
        Usage asked = Usage.of(merged);
        Quotas.require(tenant(head, set.tenant()), before, before.minus(was).plus(asked));
        String host = set.status().host();
        if (host != null) {
            requireRoom(head, host, was, asked);
        }
        SetResource changed = set.withSpec(merged);
        boolean resize = LiveChanges.limitsDiffer(set.spec(), merged)
                && (set.status().state() == SetState.RUNNING || set.status().state() == SetState.UPDATING);
        if (resize) {
            changed = changed.withStatus(changed.status().in(SetState.RESIZING, null, now));
        }
        return Decided.of(
                new Change.Put(changed), SetEvents.info(changed, "Updated", updated(set.spec(), merged), now));
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

    private static void requireRoom(ClusterImage head, String hostName, Usage was, Usage asked) {
        HostResource host = head.host(hostName);
        // The room that is left when the set itself is away, which is what it may grow to.
        Room most = (host == null ? Room.NONE : Room.on(head, host)).plus(was);
        List<String> lacking = new ArrayList<>();
        if (asked.cpuMillis() > was.cpuMillis() && asked.cpuMillis() > most.cpuMillis()) {
            lacking.add("cpu %s asked, at most %s fits"
                    .formatted(Amounts.cpu(asked.cpuMillis()), Amounts.cpu(Math.max(most.cpuMillis(), 0))));
        }
        if (asked.memoryBytes() > was.memoryBytes() && asked.memoryBytes() > most.memoryBytes()) {
            lacking.add("memory %s asked, at most %s fits"
                    .formatted(Amounts.bytes(asked.memoryBytes()), Amounts.bytes(Math.max(most.memoryBytes(), 0))));
        }
        if (!lacking.isEmpty()) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT, "host " + hostName + " has no room: " + String.join("; ", lacking));
        }
    }

    private static String updated(SetSpec before, SetSpec after) {
        List<String> told = new ArrayList<>();
        SetSpec.Resources was = before.resourcesOrNone();
        SetSpec.Resources is = after.resourcesOrNone();
        if (!was.cpuOrZero().equals(is.cpuOrZero())) {
            told.add("cpu " + was.cpuOrZero() + " -> " + is.cpuOrZero());
        }
        if (!was.memoryOrZero().equals(is.memoryOrZero())) {
            told.add("memory " + was.memoryOrZero() + " -> " + is.memoryOrZero());
        }
        if (!before.containers().equals(after.containers())) {
            told.add("the containers' parts");
        }
        if (!before.labels().equals(after.labels())) {
            told.add("labels");
        }
        if (!Objects.equals(before.placement(), after.placement())) {
            told.add("placement, for when it is placed next");
        }
        if (!before.restart().equals(after.restart())) {
            told.add("restart policy");
        }
        return String.join(", ", told);
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
