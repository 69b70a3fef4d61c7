package io.mosaic.controller.host;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.set.MoveDecisions;
import io.mosaic.controller.set.SetEvents;
import io.mosaic.controller.set.SetTransitions;
import io.mosaic.model.Event;
import io.mosaic.model.HostInventory;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.HostStatus;
import io.mosaic.model.Kind;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.TokenResource;
import io.mosaic.model.TokenSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What operators, a host's agent and its silence decide about a host. Each gives a {@link Decision}; repeating one that
 * has had its effect decides nothing. Those about a host that exists throw NOT_FOUND, when decided, if there is none.
 */
public final class HostDecisions {

    /** The states in which somebody else than the host of that name cannot be alive under it. */
    private static final Set<HostState> MAY_JOIN_AGAIN =
            EnumSet.of(HostState.JOINING, HostState.UNREACHABLE, HostState.DOWN, HostState.REMOVED);

    /** States that say nothing any more once the host is silent. */
    private static final Set<SetState> UNKNOWN_WHEN_SILENT = EnumSet.of(
            SetState.PLACED,
            SetState.PREPARING,
            SetState.STARTING,
            SetState.RUNNING,
            SetState.UPDATING,
            SetState.RESIZING,
            SetState.STOPPING,
            SetState.FAILED);

    private static final int LABELS_MAX = 128;
    private static final int BUDGET_MAX = 1000;

    private HostDecisions() {}

    /**
     * Lets a host in and uses its token up, in one commit.
     *
     * @param uid new and random; an earlier host of that name, and its certificate, is another one
     * @param spec its zone, pool and labels as far as they are known; its first hello says them
     * @param tokenName of a join token whose secret the caller has checked
     * @return throws, when decided: UNAUTHENTICATED when the token is used, gone or expired; EXISTS when the name belongs
     *     to a host that is alive
     */
    public static Decision join(String name, UUID uid, HostSpec spec, String tokenName, Instant now) {
        return head -> {
            TokenResource token = head.token(tokenName);
            if (token == null
                    || token.spec().purpose() != TokenSpec.Purpose.JOIN
                    || (token.spec().expires() != null
                            && !token.spec().expires().isAfter(now))) {
                throw new ProblemException(Problem.Kind.UNAUTHENTICATED, "the join token is unknown, used or expired");
            }
            HostResource before = head.host(name);
            if (before != null && !MAY_JOIN_AGAIN.contains(before.status().state())) {
                throw new ProblemException(
                        Problem.Kind.EXISTS,
                        "a host named " + name + " is in the cluster and alive ("
                                + before.status().state() + ")");
            }
            HostResource host = new HostResource(
                    name,
                    uid,
                    0,
                    now,
                    before == null ? spec : before.spec(),
                    new HostStatus(HostState.JOINING, null, null, now));
            return new Decided(List.of(new Change.Delete(token), new Change.Put(host)), List.of());
        };
    }

    /**
     * The host's agent said hello: it is there, with that inventory. Its first hello also says its zone, pool and labels;
     * after that they are the operators' to change.
     *
     * @throws ProblemException when zone, pool or a label breaks a rule
     */
    public static Decision hello(
            String name, HostInventory inventory, String zone, String pool, Map<String, String> labels, Instant now) {
        HostSpec said = checked(new HostSpec(zone, pool, false, labels));
        return head -> {
            HostResource host = existing(head, name);
            HostState was = host.status().state();
            HostResource spoken = was == HostState.JOINING && host.status().inventory() == null
                    ? host.withSpec(said.cordoned(host.spec().cordoned())
                            .draining(host.spec().drain()))
                    : host;
            // What made it degraded is told again by the next heartbeat if it is still so.
            HostState state = was == HostState.DEGRADED ? was : resting(spoken.spec());
            HostStatus status = spoken.status().withInventory(inventory);
            status = state == was ? status : status.in(state, null, now);
            HostResource changed = spoken.withStatus(status);
            if (changed.equals(host)) {
                return Decided.NOTHING;
            }
            return state == was
                    ? Decided.of(new Change.Put(changed))
                    : Decided.of(new Change.Put(changed), info(name, "HostReady", hasWhat(inventory), now));
        };
    }

    /** Its agent says which images are there by now. */
    public static Decision images(String name, List<String> images) {
        return head -> {
            HostResource host = existing(head, name);
            HostInventory known = host.status().inventory();
            if (known == null || Set.copyOf(known.images()).equals(Set.copyOf(images))) {
                return Decided.NOTHING;
            }
            return Decided.of(new Change.Put(host.withStatus(host.status().withInventory(known.withImages(images)))));
        };
    }

    /** Its agent says why it should take no new sets; nothing there is touched. */
    public static Decision degraded(String name, String reason, Instant now) {
        return head -> {
            HostResource host = existing(head, name);
            HostStatus status = host.status();
            if (!HostTransitions.allowed(status.state(), HostState.DEGRADED)
                    || status.state() == HostState.UNREACHABLE
                    || status.state() == HostState.DOWN
                    || (status.state() == HostState.DEGRADED && reason.equals(status.reason()))) {
                return Decided.NOTHING;
            }
            return Decided.of(
                    new Change.Put(host.withStatus(status.in(HostState.DEGRADED, reason, now))),
                    warning(name, "HostDegraded", reason, now));
        };
    }

    /** Its agent says that all is well again. */
    public static Decision healthy(String name, Instant now) {
        return head -> {
            HostResource host = existing(head, name);
            if (host.status().state() != HostState.DEGRADED) {
                return Decided.NOTHING;
            }
            return Decided.of(
                    new Change.Put(host.withStatus(host.status().in(resting(host.spec()), null, now))),
                    info(name, "HostReady", "all is well again", now));
        };
    }

    /**
     * The host is silent. What its sets do is unknown; they are LOST, and stay where they are: nothing of theirs is
     * deleted. Sets that rest or are being deleted stay as they are.
     */
    public static Decision unreachable(String name, String reason, Instant now) {
        return head -> {
            HostResource host = head.host(name);
            if (host == null
                    || !HostTransitions.allowed(host.status().state(), HostState.UNREACHABLE)
                    || host.status().state() == HostState.UNREACHABLE) {
                return Decided.NOTHING;
            }
            List<Change> changes = new ArrayList<>();
            List<Event> events = new ArrayList<>();
            changes.add(new Change.Put(host.withStatus(host.status().in(HostState.UNREACHABLE, reason, now))));
            events.add(warning(name, "HostUnreachable", reason, now));
            String why = "host " + name + " does not answer";
            for (SetResource set : head.setsOn(name)) {
                SetState state = set.status().state();
                if (UNKNOWN_WHEN_SILENT.contains(state) && SetTransitions.allowed(state, SetState.LOST)) {
                    changes.add(new Change.Put(set.withStatus(set.status().in(SetState.LOST, why, now))));
                    events.add(SetEvents.warning(set, "HostUnreachable", why, now));
                }
            }
            return new Decided(changes, events);
        };
    }

    /** Keeps new sets away; what runs, runs on. */
    public static Decision cordon(String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            HostResource host = current(head, name, ifRevision);
            return changed(host, host.spec().cordoned(true), now);
        };
    }

    /** Takes new sets again; whoever says so of a host that is drained is done with draining it. */
    public static Decision uncordon(String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            HostResource host = current(head, name, ifRevision);
            return changed(head, host, host.spec().draining(null).cordoned(false), now);
        };
    }

    /**
     * Gives the host another spec.
     *
     * @throws ProblemException when zone, pool or a label breaks a rule
     */
    public static Decision patch(String name, HostSpec merged, @Nullable Long ifRevision, Instant now) {
        HostSpec spec = checked(merged);
        return head -> changed(head, current(head, name, ifRevision), spec, now);
    }

    /**
     * Takes the host out of the cluster; its certificate is worth nothing from then on.
     *
     * @return throws, when decided, CONFLICT naming how many sets it still has
     */
    public static Decision remove(String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            HostResource host = current(head, name, ifRevision);
            int sets = head.setsOn(name).size();
            if (sets > 0) {
                throw new ProblemException(
                        Problem.Kind.CONFLICT,
                        "host " + name + " still has " + sets + (sets == 1 ? " set" : " sets") + "; delete them first");
            }
            HostResource last = host.withStatus(host.status().in(HostState.REMOVED, null, now));
            return Decided.of(new Change.Delete(last));
        };
    }

    /**
     * Has its sets moved to other hosts, a few at a time, and keeps new ones away; repeated, it changes how.
     *
     * @return throws, when decided, CONFLICT when the host does not answer
     */
    public static Decision drain(String name, HostSpec.Drain how, @Nullable Long ifRevision, Instant now) {
        checkDrain("", how);
        return head -> {
            HostResource host = current(head, name, ifRevision);
            HostState state = host.status().state();
            if (state == HostState.UNREACHABLE || state == HostState.DOWN || state == HostState.JOINING) {
                throw new ProblemException(
                        Problem.Kind.CONFLICT, "host " + name + " is " + state + ": its sets cannot be stopped there");
            }
            return changed(head, host, host.spec().draining(how), now);
        };
    }

    /** Leaves on the host what is not moved yet, and keeps it cordoned. What stopped to move starts again. */
    public static Decision undrain(String name, @Nullable Long ifRevision, Instant now) {
        return head -> {
            HostResource host = current(head, name, ifRevision);
            return host.spec().drain() == null
                    ? Decided.NOTHING
                    : changed(head, host, host.spec().draining(null).cordoned(true), now);
        };
    }

    private static Decided changed(ClusterImage head, HostResource host, HostSpec spec, Instant now) {
        Decided decided = changed(host, spec, now);
        if (host.spec().drain() == null || spec.drain() != null) {
            return decided;
        }
        List<Change> changes = new ArrayList<>(decided.changes());
        List<Event> events = new ArrayList<>(decided.events());
        for (SetResource set : head.setsOn(host.name())) {
            Decided stays = MoveDecisions.cancel(head, set.uid(), now);
            changes.addAll(stays.changes());
            events.addAll(stays.events());
        }
        return new Decided(changes, events);
    }

    private static void checkDrain(String at, HostSpec.Drain drain) {
        if (drain.budget() < 1 || drain.budget() > BUDGET_MAX) {
            throw ProblemException.field(
                    at + "/budget", "must be 1 to " + BUDGET_MAX, drain.budget().toString());
        }
    }

    private static Decided changed(HostResource host, HostSpec spec, Instant now) {
        if (host.spec().equals(spec)) {
            return Decided.NOTHING;
        }
        HostState was = host.status().state();
        boolean rests = was == HostState.READY || was == HostState.CORDONED || was == HostState.DRAINING;
        HostStatus status = rests ? host.status().in(resting(spec), null, now) : host.status();
        return Decided.of(new Change.Put(host.withSpec(spec).withStatus(status)));
    }

    private static HostState resting(HostSpec spec) {
        if (spec.drain() != null) {
            return HostState.DRAINING;
        }
        return spec.cordoned() ? HostState.CORDONED : HostState.READY;
    }

    private static HostSpec checked(HostSpec spec) {
        Names.require("/zone", spec.zone());
        Names.require("/pool", spec.pool());
        if (spec.drain() != null) {
            checkDrain("/drain", spec.drain());
        }
        if (spec.labels().size() > LABELS_MAX) {
            throw ProblemException.field("/labels", "must have at most " + LABELS_MAX + " entries", null);
        }
        spec.labels().forEach((key, value) -> {
            if (!Names.validLabelKey(key) || !Names.validLabelValue(value)) {
                throw ProblemException.field("/labels", "must be label keys and values", key);
            }
        });
        return spec;
    }

    private static HostResource existing(ClusterImage head, String name) {
        HostResource host = head.host(name);
        if (host == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no host named " + name);
        }
        return host;
    }

    private static HostResource current(ClusterImage head, String name, @Nullable Long ifRevision) {
        HostResource host = existing(head, name);
        if (ifRevision != null && ifRevision != host.revision()) {
            throw new ProblemException(
                    Problem.Kind.STALE,
                    "host " + name + " is at revision " + host.revision() + ", not at " + ifRevision);
        }
        return host;
    }

    private static String hasWhat(HostInventory inventory) {
        return "%s cores, %s memory, %s disk, Docker %s"
                .formatted(inventory.cpu(), inventory.memory(), inventory.disk(), inventory.dockerVersion());
    }

    private static Event info(String host, String type, String message, Instant now) {
        return new Event(0, now, ResourceKey.CLUSTER, Kind.HOST, host, null, type, false, message);
    }

    private static Event warning(String host, String type, String message, Instant now) {
        return new Event(0, now, ResourceKey.CLUSTER, Kind.HOST, host, null, type, true, message);
    }
}
