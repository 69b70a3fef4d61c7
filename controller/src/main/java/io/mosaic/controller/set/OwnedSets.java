package io.mosaic.controller.set;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.cluster.Usage;
import io.mosaic.model.AppMember;
import io.mosaic.model.Bytes;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.Interval;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetRole;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import io.mosaic.model.Shares;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the app that owns a set does with it, and what its users may not do beside it. The owner decides at the head itself,
 * so these take the set as it stands there.
 */
public final class OwnedSets {

    private OwnedSets() {}

    /**
     * Makes a member, PENDING.
     *
     * @param role its role in the app; null: it has none
     * @param uid never used before
     * @throws ProblemException of kind QUOTA
     */
    public static Decided create(
            ClusterImage head,
            String tenant,
            SetSpec spec,
            AppMember member,
            @Nullable SetRole role,
            UUID uid,
            Instant now) {
        Usage before = head.usageOf(tenant);
        Quotas.require(SetDecisions.tenant(head, tenant), before, before.plus(Usage.of(spec)));
        SetResource set = new SetResource(
                tenant,
                spec.nameOrEmpty(),
                uid,
                0,
                1,
                now,
                spec,
                SetIntent.RUNNING.withRole(role),
                SetStatus.pending(now),
                member);
        return Decided.of(new Change.Put(set), SetEvents.info(set, "Created", "made by app " + member.name(), now));
    }

    /**
     * Gives it another spec, in place: UPDATING until its agent has acted, or RESIZING when nothing is made otherwise and the
     * member keeps its weight. One that no host has yet takes any spec.
     *
     * @param options what the update was allowed
     * @throws ProblemException IMMUTABLE naming each field that needs a new set, CONFLICT when its host has no room, QUOTA
     */
    public static Decided update(
            ClusterImage head, SetResource set, SetSpec spec, AppMember member, UpdateOptions options, Instant now) {
        SetResource mine = set.withApp(member);
        if (set.spec().equals(spec)) {
            return Decided.of(new Change.Put(mine));
        }
        if (set.status().host() == null) {
            Usage before = head.usageOf(set.tenant());
            Usage after = before.minus(Usage.of(set)).plus(Usage.of(spec));
            Quotas.require(SetDecisions.tenant(head, set.tenant()), before, after);
            return Decided.of(new Change.Put(mine.withSpec(spec)));
        }
        SetIntent intent = options.force() && shrinks(set.spec(), spec)
                ? mine.intent().forcing(spec.resourcesOrNone().memoryOrZero())
                : mine.intent();
        Decided changed = SetDecisions.changed(head, mine, spec, intent, options, now);
        SetResource after = (SetResource) ((Change.Put) changed.changes().getFirst()).resource();
        SetState state = after.status().state();
        // Until the agent says that it has acted, nobody should take it for one that serves the new spec.
        if (state == SetState.RUNNING || (state == SetState.RESIZING && member.muted())) {
            after = after.withStatus(after.status().in(SetState.UPDATING, null, now));
        }
        return new Decided(List.of(new Change.Put(after)), changed.events());
    }

    /**
     * Whether the set comes to that spec with none of its containers stopped: only limits differ, its host has room for them,
     * and none is forced below what is in use.
     */
    public static boolean staysUp(ClusterImage head, SetResource set, SetSpec spec, UpdateOptions options) {
        if (set.spec().equals(spec)) {
            return true;
        }
        return resizes(set.spec(), spec)
                && !(options.force() && shrinks(set.spec(), spec))
                && !(options.move() && SetDecisions.lacksRoom(head, set, spec));
    }

    /** Whether a set of the one spec comes to the other by new limits alone. */
    public static boolean resizes(SetSpec before, SetSpec after) {
        return LiveChanges.effect(before, after) == LiveChanges.Effect.RESIZE && LiveChanges.possible(before, after);
    }

    /** How long the containers of the one spec that the other makes otherwise, or not at all, may take to end by themselves. */
    public static Duration timeToEnd(SetSpec before, SetSpec after) {
        Set<ContainerSpec> stay =
                after.containers().stream().map(ContainerSpec::asMade).collect(Collectors.toSet());
        Duration time = Duration.ZERO;
        for (ContainerSpec each : before.containers()) {
            if (!stay.contains(each.asMade())) {
                ContainerOptions.PreStop first = each.options().preStop();
                time = time.plus(each.options().stopGraceOrDefault().duration())
                        .plus(first == null ? Duration.ZERO : first.timeout().duration());
            }
        }
        Interval drain = before.drain();
        return time.isZero() || drain == null ? time : time.plus(drain.duration());
    }

    private static boolean shrinks(SetSpec before, SetSpec after) {
        Map<String, Bytes> had = new HashMap<>();
        before.containers()
                .forEach(each ->
                        had.put(each.nameOrEmpty(), Shares.of(before, each).memory()));
        return after.containers().stream()
                .anyMatch(each ->
                        Shares.of(after, each).memory().compareTo(had.getOrDefault(each.nameOrEmpty(), Bytes.ZERO))
                                < 0);
    }

    /**
     * Checks that a set of the one spec can come to the other in place.
     *
     * @throws ProblemException of kind IMMUTABLE, with the pointer of every field that needs a new set
     */
    public static void requireInPlace(SetSpec before, SetSpec after) {
        LiveChanges.require(before, after);
    }

    /**
     * Checks that the host of the set has the keys of cgroups that the spec sets.
     *
     * @throws ProblemException of kind CONFLICT, with the pointer of every key that it has not
     */
    public static void requireKeys(ClusterImage head, SetResource set, SetSpec spec) {
        String host = set.status().host();
        if (host != null) {
            SetDecisions.requireKeys(head.host(host), spec);
        }
    }

    /** It should rest. */
    public static Decided stop(SetResource set, Instant now) {
        return SetDecisions.stopped(set, now);
    }

    /** It should run after all, where it is. */
    public static Decided start(SetResource set, Instant now) {
        SetResource changed = set.withIntent(set.intent().with(SetIntent.Run.RUNNING));
        SetStatus status = changed.status();
        SetState next = status.host() == null ? SetState.PENDING : SetState.PLACED;
        return Decided.of(new Change.Put(
                status.state() == SetState.LOST ? changed : changed.withStatus(status.in(next, null, now))));
    }

    /** Stops its containers and starts them again, with the back-off forgotten. */
    public static Decided restart(SetResource set, Instant now) {
        return SetDecisions.again(set, now);
    }

    /** It should be gone. */
    public static Decided delete(SetResource set, Instant now) {
        return SetDecisions.deleted(set, now);
    }

    /**
     * Of a set that an app owns, its user changes no more than its resources: all else is the template's.
     *
     * @throws ProblemException of kind CONFLICT
     */
    static void requireFree(SetResource set, SetSpec merged) {
        if (!limitsAside(set.spec()).equals(limitsAside(merged))) {
            requireFree(set);
        }
        requireStays(set);
    }

    /** All of the spec but cores and memory, and the containers' parts of them. */
    private static SetSpec limitsAside(SetSpec spec) {
        return spec.withResources(new SetSpec.Resources(null, null, null))
                .withContainers(spec.containers().stream()
                        .map(each -> each.withOptions(each.options().withShares(null, null)))
                        .toList());
    }

    /** @throws ProblemException of kind CONFLICT when an app owns it */
    static void requireFree(SetResource set) {
        AppMember member = set.app();
        if (member != null) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "set " + set.name() + " belongs to app " + member.name()
                            + ", which keeps it as it is: change the app");
        }
    }

    /** @throws ProblemException of kind CONFLICT when its app is about to remove or replace it */
    static void requireStays(SetResource set) {
        AppMember member = set.app();
        if (member != null && set.intent().run() != SetIntent.Run.RUNNING) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "set " + set.name() + " is being removed by app " + member.name()
                            + (member.leaves() ? ", which has enough others" : ", which replaces it"));
        }
    }
}
