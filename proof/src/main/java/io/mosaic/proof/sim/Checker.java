package io.mosaic.proof.sim;

import io.mosaic.agent.docker.Docker;
import io.mosaic.controller.app.Budgets;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Room;
import io.mosaic.controller.set.MoveDecisions;
import io.mosaic.controller.set.SetTransitions;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.model.AppMember;
import io.mosaic.model.AppResource;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetRole;
import io.mosaic.model.SetState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Looks after every event at what the database holds and what runs on the hosts, and says what must never be so:
 *
 * <ul>
 *   <li>revisions are dense, and every controller's image at a revision is what the changes up to it make;
 *   <li>an acknowledged write is in the log as it was acknowledged;
 *   <li>a set's generation and observed generation never go back, and a spec or intent never changes without a new one;
 *   <li>an agent's report changes a state only when it is of the set's generation, and only as the table allows;
 *   <li>a set is placed on a ready host that is not cordoned, and stays there until that host is given up as silent; no host
 *       gives away more than it has, nor a port twice;
 *   <li>of two containers of one name in a set, one runs at most: the one that is replaced or the one that replaces it;
 *   <li>containers of a set run only where the set was placed, and on one host at most; one that was rebuilt may run on the
 *       host that was given up as well, until that one is back and told;
 *   <li>of an app with roles, one instance at most is primary, and names in no term more than one; see {@link
 *       SimHost#primaries};
 *   <li>no update and no drain takes down more instances of an app than its budget allows;
 *   <li>only the leader in force commits as leader.
 * </ul>
 */
final class Checker {
    /** What only an agent can know. */
    private static final Set<SetState> AGENTS_WORDS =
            EnumSet.of(SetState.PREPARING, SetState.STARTING, SetState.RUNNING, SetState.STOPPED, SetState.FAILED);

    private final World world;
    private final FaultyStore store;
    private final List<ClusterImage> images = new ArrayList<>(List.of(ClusterImage.EMPTY));
    private final List<Change> history = new ArrayList<>();
    /** Hosts on which each set ever was. */
    private final Map<UUID, Set<String>> placed = new HashMap<>();
    /** Sets that were taken off a silent host: it may only be cut off, and run them on for as long as it is. */
    private final Set<UUID> rebuilt = new HashSet<>();

    /** The app of each set that ever was of one. */
    private final Map<UUID, UUID> apps = new HashMap<>();
    /** By app and term, who was to be primary. */
    private final Map<String, UUID> terms = new HashMap<>();

    Checker(World world, FaultyStore store) {
        this.world = world;
        this.store = store;
    }

    /** The cluster as the changes committed so far make it. */
    ClusterImage image() {
        return images.getLast();
    }

    long revision() {
        return history.size();
    }

    /** Takes in what was committed since the last time. */
    void observe() {
        long known = revision();
        for (Change change : store.unfailing(memory -> memory.changesAfter(known, Integer.MAX_VALUE))) {
            require(change.revision() == revision() + 1, "revision " + change.revision() + " follows " + revision());
            ClusterImage before = image();
            ClusterImage after = before.apply(change);
            history.add(change);
            images.add(after);
            world.note("log", change.revision() + " " + describe(change));
            if (change instanceof Change.Put(SetResource set, String newer)) {
                SetResource was = before.set(set.uid());
                evolved(was, set);
                named(set);
                spared(after, was, set);
                released(before, was, set);
                if (set.status().host() != null) {
                    hosted(before, was, set, set.status().host());
                }
            }
        }
    }

    private static String describe(Change change) {
        return switch (change) {
            case Change.Put(SetResource set, String newer) ->
                set.name() + " " + set.uid().toString().substring(0, 8) + " generation " + set.generation() + " "
                        + set.intent().run() + " is " + set.status().state() + " on "
                        + set.status().host()
                        + " observed " + set.status().observedGeneration();
            case Change.Put(HostResource host, String newer) ->
                host.name() + " is " + host.status().state();
            case Change.Put put -> put.key().toString();
            case Change.Delete delete -> delete.key() + " is gone";
        };
    }

    private static void evolved(@Nullable SetResource was, SetResource set) {
        if (was == null) {
            require(
                    set.status().state() == SetState.PENDING,
                    set.name() + " begins " + set.status().state());
            return;
        }
        SetState from = was.status().state();
        SetState to = set.status().state();
        require(SetTransitions.allowed(from, to), set.name() + " went from " + from + " to " + to);
        require(set.generation() >= was.generation(), set.name() + ": its generation went back");
        require(
                set.status().observedGeneration() >= was.status().observedGeneration()
                        || set.status().host() == null,
                set.name() + ": its observed generation went back");
        boolean same = set.generation() == was.generation();
        require(
                !same || (set.spec().equals(was.spec()) && set.intent().equals(was.intent())),
                set.name() + ": spec or intent changed within generation " + set.generation());
        require(
                !same
                        || from == to
                        || !AGENTS_WORDS.contains(to)
                        || set.status().observedGeneration() == set.generation(),
                set.name() + ": a report of generation " + set.status().observedGeneration() + " made it " + to
                        + ", which is at generation " + set.generation());
    }

    /** Who takes an instance of an app down on purpose takes no more than its budget allows, those that are down included. */
    private static void spared(ClusterImage after, @Nullable SetResource was, SetResource set) {
        AppMember member = set.app();
        AppResource app = member == null ? null : after.app(set.tenant(), member.name());
        if (was == null || member == null || app == null || app.deleting() || member.leaves() || !Budgets.serves(was)) {
            return;
        }
        RolesStatus roles = app.status().roles();
        if (roles != null && roles.switchover() != null && roles.holds(set)) {
            // It gives its role to another one, and serves on.
            return;
        }
        boolean asked = !set.spec().equals(was.spec())
                || !set.intent().withRole(null).equals(was.intent().withRole(null));
        boolean wished = asked || (set.status().moves() && !was.status().moves()) || !member.equals(was.app());
        boolean taken = wished && !Budgets.serves(set) && set.intent().run() != SetIntent.Run.DELETED;
        require(
                !taken || Budgets.holds(after, app),
                set.name() + " was taken down though more of its app are down than the budget of "
                        + app.spec().budget() + " allows");
    }

    private void released(ClusterImage before, @Nullable SetResource was, SetResource set) {
        String formerly = was == null ? null : was.status().host();
        if (formerly != null && was != null && set.status().host() == null && !MoveDecisions.rests(was)) {
            HostResource left = present(before.host(formerly), set.name() + " left " + formerly + ", which is unknown");
            require(
                    left.status().state() == HostState.UNREACHABLE,
                    set.name() + " was taken off " + formerly + ", which is "
                            + left.status().state());
            require(set.spec().volume() == null, set.name() + " was taken off the host that has its volume");
            rebuilt.add(set.uid());
        }
    }

    private void hosted(ClusterImage before, @Nullable SetResource was, SetResource set, String host) {
        String formerly = was == null ? null : was.status().host();
        if (formerly != null) {
            require(host.equals(formerly), set.name() + " moved from " + formerly + " to " + host);
        }
        HostResource on = present(before.host(host), set.name() + " is on " + host + ", which is unknown");
        if (formerly == null) {
            placed.computeIfAbsent(set.uid(), uid -> new HashSet<>()).add(host);
            require(
                    on.status().state() == HostState.READY && !on.spec().cordoned(),
                    set.name() + " was placed on " + host + ", which is "
                            + on.status().state());
        }
        // Summed up anew: what the image keeps as a sum may be what is wrong.
        Room room = Room.of(on);
        Set<String> ports = new HashSet<>();
        for (SetResource there : image().setsOn(host)) {
            // One that moves away for want of room already says what it is to have elsewhere.
            if (!there.status().moves()) {
                room = room.minus(io.mosaic.controller.cluster.Usage.of(there));
            }
            for (ContainerOptions.Port port : there.spec().hostPorts()) {
                require(ports.add(port.host() + "/" + port.protocol()), host + " has port " + port.host() + " twice");
            }
        }
        require(
                room.cpuMillis() >= 0 && room.memoryBytes() >= 0 && room.diskBytes() >= 0,
                host + ", where " + set.name() + " is, was given away too much: " + room);
    }

    /** A controller shows that image. */
    void published(String controller, ClusterImage image) {
        observe();
        require(image.revision() <= revision(), controller + " is ahead of the log, at " + image.revision());
        require(
                List.copyOf(image.all())
                        .equals(List.copyOf(images.get((int) image.revision()).all())),
                controller + " shows revision " + image.revision() + " other than it is");
    }

    /** A client was told that this was committed. */
    void acknowledged(String what, ClusterLog.Committed committed) {
        observe();
        require(committed.revision() <= revision(), what + " was acknowledged ahead of the log");
        committed.changes().forEach(change -> inHistory(what, change));
    }

    /** A change that somebody was told of is the one in the log. */
    void inHistory(String what, Change change) {
        observe();
        require(
                change.revision() <= revision()
                        && history.get((int) change.revision() - 1).equals(change),
                what + ": revision " + change.revision() + " is not what is in the log");
    }

    void ledUnder(String controller, long epoch, long inForce) {
        require(
                epoch == inForce,
                controller + " committed as leader of epoch " + epoch + " while " + inForce + " is in force");
    }

    /** Looks at what runs where. */
    void containers(List<SimHost> hosts) {
        Map<UUID, String> runsOn = new HashMap<>();
        Set<String> names = new HashSet<>();
        for (SimHost host : hosts) {
            for (Docker.ContainerInfo container : host.daemon().all()) {
                UUID uid = UUID.fromString(container.labels().getOrDefault("io.mosaic.set", ""));
                require(
                        placed.getOrDefault(uid, Set.of()).contains(host.name()),
                        container.name() + " is on " + host.name() + ", where its set never was placed");
                if (container.running()) {
                    String label = container.labels().getOrDefault("io.mosaic.container", "");
                    require(
                            names.add(host.name() + "/" + uid + "/" + label),
                            "two containers named " + label + " of one set run on " + host.name());
                    String other = runsOn.putIfAbsent(uid, host.name());
                    require(
                            other == null || other.equals(host.name()) || rebuilt.contains(uid),
                            container.name() + " runs on " + host.name() + " and its set on " + other);
                }
            }
        }
    }

    /** Looks who is primary. */
    void primaries(List<SimHost> hosts) {
        Map<UUID, String> of = new HashMap<>();
        for (SimHost host : hosts) {
            for (UUID set : host.primaries(SimAppClient.ROLES.fence().duration())) {
                UUID app = apps.get(set);
                if (app != null) {
                    String other = of.putIfAbsent(app, host.name());
                    require(other == null, "two instances of one app are primary, on " + other + " and " + host.name());
                }
            }
        }
    }

    /** How many terms there were, of all apps. */
    int terms() {
        return terms.size();
    }

    /** One term has at most one primary, for ever. */
    private void named(SetResource set) {
        AppMember member = set.app();
        AppResource app = member == null ? null : image().app(set.tenant(), member.name());
        SetRole role = set.intent().role();
        if (app != null) {
            apps.put(set.uid(), app.uid());
        }
        if (app != null && role != null && role.primary()) {
            UUID other = terms.putIfAbsent(app.uid() + "/" + role.term(), set.uid());
            require(
                    other == null || other.equals(set.uid()),
                    set.name() + " is to be primary in term " + role.term() + ", which had another one");
        }
    }

    static <T> T present(@Nullable T found, String otherwise) {
        if (found == null) {
            throw new Violation(otherwise);
        }
        return found;
    }

    static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new Violation(otherwise);
        }
    }
}
