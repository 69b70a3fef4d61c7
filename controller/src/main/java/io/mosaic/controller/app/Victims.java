package io.mosaic.controller.app;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.HostResource;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;

/**
 * Which instances go when there are too many. First those that serve nobody; then, so that what stays is spread as well as
 * may be, from the zone that has most, there from the host that has most; of these the newest, which has the least to lose.
 */
final class Victims {

    private static final Comparator<SetResource> NEWEST = Comparator.comparing(
                    SetResource::created, Comparator.reverseOrder())
            .thenComparingInt(set -> -Members.of(set).instance());

    /** Above what any other set is worth. */
    private static final int PRIMARY = Integer.MAX_VALUE;

    private final ClusterImage image;
    private final Map<String, Integer> byZone = new HashMap<>();
    private final Map<String, Integer> byHost = new HashMap<>();

    /** Of the newest of two hosts' crowds; of two in one zone it stays as it is while other hosts lose sets. */
    private final Comparator<Crowd> order = Comparator.<Crowd>comparingInt(crowd -> -byZone.getOrDefault(crowd.zone, 0))
            .thenComparingInt(crowd -> -byHost.getOrDefault(crowd.host, 0))
            .thenComparing(Crowd::newest, NEWEST);

    private Victims(ClusterImage image) {
        this.image = image;
    }

    /** So many of these, in the order in which they go. */
    static List<SetResource> pick(ClusterImage image, List<SetResource> staying, int many) {
        Victims victims = new Victims(image);
        Map<Integer, List<SetResource>> byWorth = new TreeMap<>();
        for (SetResource set : staying) {
            victims.count(set, 1);
            // The primary goes last, so that it stays when any does.
            int worth = Primaries.mayBe(image, set) ? PRIMARY : worth(set);
            byWorth.computeIfAbsent(worth, each -> new ArrayList<>()).add(set);
        }
        List<SetResource> picked = new ArrayList<>();
        for (List<SetResource> equals : byWorth.values()) {
            victims.pick(equals, many, picked);
        }
        return picked;
    }

    /** Picks among sets of one worth until so many are picked. Each pick costs a look at every zone, not at every set. */
    private void pick(List<SetResource> equals, int many, List<SetResource> picked) {
        if (picked.size() >= many) {
            return;
        }
        Map<String, Crowd> crowds = new HashMap<>();
        for (SetResource set : equals) {
            crowds.computeIfAbsent(host(set), host -> new Crowd(host, zone(set)))
                    .sets
                    .add(set);
        }
        Map<String, PriorityQueue<Crowd>> zones = new HashMap<>();
        for (Crowd crowd : crowds.values()) {
            zones.computeIfAbsent(crowd.zone, zone -> new PriorityQueue<>(order))
                    .add(crowd);
        }
        while (picked.size() < many && !zones.isEmpty()) {
            PriorityQueue<Crowd> fullest =
                    Collections.min(zones.values(), Comparator.comparing(PriorityQueue::element, order));
            Crowd crowd = fullest.remove();
            SetResource next = crowd.sets.remove();
            count(next, -1);
            picked.add(next);
            if (!crowd.sets.isEmpty()) {
                fullest.add(crowd);
            } else if (fullest.isEmpty()) {
                zones.remove(crowd.zone);
            }
        }
    }

    /** Sets of one worth on one host. */
    private static final class Crowd {
        private final String host;
        private final String zone;
        private final PriorityQueue<SetResource> sets = new PriorityQueue<>(NEWEST);

        Crowd(String host, String zone) {
            this.host = host;
            this.zone = zone;
        }

        SetResource newest() {
            return sets.element();
        }
    }

    /** The less it is worth, the sooner it goes. */
    private static int worth(SetResource set) {
        if (set.intent().run() != SetIntent.Run.RUNNING) {
            return 0;
        }
        SetState state = set.status().state();
        return switch (state) {
            case LOST, DELETING, DELETED -> 1;
            case FAILED, STOPPED, STOPPING -> 2;
            case PENDING -> 3;
            case PLACED, PREPARING, STARTING -> 4;
            case UPDATING, RESIZING -> 5;
            case RUNNING -> Members.serves(set) ? 7 : 6;
        };
    }

    private void count(SetResource set, int more) {
        byHost.merge(host(set), more, Integer::sum);
        byZone.merge(zone(set), more, Integer::sum);
    }

    private static String host(SetResource set) {
        String host = set.status().host();
        return host == null ? "" : host;
    }

    private String zone(SetResource set) {
        HostResource host = image.host(host(set));
        return host == null ? "" : host.spec().zone();
    }
}
