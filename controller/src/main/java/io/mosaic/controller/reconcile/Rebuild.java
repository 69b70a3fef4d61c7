package io.mosaic.controller.reconcile;

import io.mosaic.controller.app.Primaries;
import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.model.Event;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.Kind;
import io.mosaic.model.RebuildPolicy;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.SetStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Which sets of silent hosts are to be placed anew, by each set's {@link RebuildPolicy}; and when not: if a large part of a
 * zone falls silent at once it is the network, not the hosts, and rebuilding everything would do the most harm then.
 */
public final class Rebuild {

    /**
     * A host that has said nothing for so long counts as silent for the brake, though it is not given up yet: the first of
     * many hosts to reach its lease must not be rebuilt before the others do. Two heartbeats and the time to write them.
     */
    public static final Duration SUSPECT = Duration.ofSeconds(6);

    private static final Set<HostState> SPEAKING =
            EnumSet.of(HostState.READY, HostState.DEGRADED, HostState.CORDONED, HostState.DRAINING);

    private Rebuild() {}

    /** @param maxLostPercent when more of a zone's hosts than this are silent, nothing of that zone is rebuilt, 1 to 100 */
    public record Limits(int maxLostPercent) {
        public static final Limits DEFAULT = new Limits(20);

        /** One host may always be lost: in a zone of two it is half of the zone. */
        boolean stops(int lost, int hosts) {
            return lost > Math.max(1, (long) hosts * maxLostPercent / 100);
        }
    }

    /** A zone in which nothing is rebuilt, as {@code lost} of its {@code hosts} are silent. */
    public record Stop(String zone, int lost, int hosts) {
        /** For people. */
        public String message(Limits limits) {
            return lost + " of the " + hosts + " hosts of zone " + zone + " are silent, more than "
                    + limits.maxLostPercent()
                    + "%: their sets are not rebuilt, for it may be the network and not the hosts";
        }
    }

    /** What is to be done. */
    public record Plan(List<SetResource> due, List<Stop> stopped) {}

    private static final class Zone {
        private int hosts;
        private int lost;
    }

    /**
     * The sets that are to be rebuilt now, and the zones where that is stopped.
     *
     * @param ages how long ago each host was last heard; one that is missing never was. For how long a host has been
     *     silent is told by these and not by the time at which it was given up, which the leader of then read off its
     *     own clock
     * @param watched for how long somebody has now written down what hosts say
     */
    public static Plan plan(ClusterImage image, Map<String, Duration> ages, Duration watched, Limits limits) {
        Map<String, Zone> zones = new TreeMap<>();
        List<HostResource> silent = new ArrayList<>();
        for (HostResource host : image.hosts()) {
            HostState state = host.status().state();
            boolean gone = state == HostState.UNREACHABLE;
            if (!gone && !SPEAKING.contains(state)) {
                continue;
            }
            Duration age = ages.getOrDefault(host.name(), watched);
            Zone zone = zones.computeIfAbsent(host.spec().zone(), name -> new Zone());
            zone.hosts++;
            if (gone || (age.compareTo(SUSPECT) >= 0 && watched.compareTo(SUSPECT) >= 0)) {
                zone.lost++;
            }
            // One that was heard just now is on its way back.
            if (gone && age.compareTo(SUSPECT) >= 0) {
                silent.add(host);
            }
        }
        List<Stop> stopped = new ArrayList<>();
        Set<String> stoppedZones = new TreeSet<>();
        zones.forEach((name, zone) -> {
            if (limits.stops(zone.lost, zone.hosts)) {
                stopped.add(new Stop(name, zone.lost, zone.hosts));
                stoppedZones.add(name);
            }
        });
        List<SetResource> due = new ArrayList<>();
        for (HostResource host : silent) {
            if (!stoppedZones.contains(host.spec().zone())) {
                Duration silence = ages.getOrDefault(host.name(), watched);
                image.setsOn(host.name()).stream()
                        .filter(set -> wanted(image, set))
                        .filter(set -> silence.compareTo(HostLiveness.LEASE.plus(after(set))) >= 0)
                        .forEach(due::add);
            }
        }
        return new Plan(due, stopped);
    }

    private static Duration after(SetResource set) {
        return set.spec().restart().rebuildOrDefault().after().duration();
    }

    /** What is primary, or may be, stays until its app has fenced it: where it was must not be forgotten before. */
    private static boolean wanted(ClusterImage image, SetResource set) {
        RebuildPolicy policy = set.spec().restart().rebuildOrDefault();
        // PLACED: it was to be started there when the host was silent already.
        return (set.status().state() == SetState.LOST || set.status().state() == SetState.PLACED)
                && set.intent().run() == SetIntent.Run.RUNNING
                && policy.policy() == RebuildPolicy.Mode.ALWAYS
                && (set.spec().volume() == null || policy.loseVolume())
                && !Primaries.mayBe(image, set);
    }

    /** The set as it waits for another host. */
    public static SetResource waiting(SetResource set, Instant now) {
        String why = "host " + set.status().host() + " does not answer; another one is to take it";
        return set.withStatus(new SetStatus(SetState.PENDING, null, null, why, List.of(), now, 0));
    }

    /** Takes these sets off the hosts that do not answer, as far as that is still so. */
    public static Decision release(Collection<SetResource> sets, Instant now) {
        return head -> {
            List<Change> changes = new ArrayList<>();
            List<Event> events = new ArrayList<>();
            for (SetResource planned : sets) {
                UUID uid = planned.uid();
                SetResource set = head.set(uid);
                String name = planned.status().host();
                HostResource host = name == null ? null : head.host(name);
                if (set != null
                        && host != null
                        && host.name().equals(set.status().host())
                        && host.status().state() == HostState.UNREACHABLE
                        && wanted(head, set)) {
                    changes.add(new Change.Put(waiting(set, now)));
                    events.add(new Event(
                            0,
                            now,
                            set.tenant(),
                            Kind.SET,
                            set.name(),
                            null,
                            "Rebuild",
                            true,
                            "host " + name + " does not answer; another one takes the set"));
                }
            }
            return new Decided(changes, events);
        };
    }

    /** Tells people that rebuilding stopped in a zone, or goes on there; told of one of its hosts. */
    public static Decision tell(String zone, boolean stopped, String message, Instant now) {
        return head -> {
            for (HostResource host : head.hosts()) {
                if (host.spec().zone().equals(zone)) {
                    String type = stopped ? "RebuildStopped" : "RebuildResumed";
                    Event event = new Event(
                            0, now, ResourceKey.CLUSTER, Kind.HOST, host.name(), null, type, stopped, message);
                    return new Decided(List.of(), List.of(event));
                }
            }
            return Decided.NOTHING;
        };
    }
}
