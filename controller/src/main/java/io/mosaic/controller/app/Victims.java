package io.mosaic.controller.app;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.HostResource;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which instances go when there are too many. First those that serve nobody; then, so that what stays is spread as well as
 * may be, from the zone that has most, there from the host that has most; of these the newest, which has the least to lose.
 */
final class Victims {

    private final ClusterImage image;
    private final Map<String, Integer> byZone = new HashMap<>();
    private final Map<String, Integer> byHost = new HashMap<>();

    private Victims(ClusterImage image) {
        this.image = image;
    }

    /** So many of these, in the order in which they go. */
    static List<SetResource> pick(ClusterImage image, List<SetResource> staying, int many) {
        Victims victims = new Victims(image);
        staying.forEach(set -> victims.count(set, 1));
        List<SetResource> left = new ArrayList<>(staying);
        List<SetResource> picked = new ArrayList<>();
        Comparator<SetResource> order = Comparator.comparingInt(Victims::worth)
                .thenComparingInt(set -> -victims.byZone.getOrDefault(victims.zone(set), 0))
                .thenComparingInt(set -> -victims.byHost.getOrDefault(host(set), 0))
                .thenComparing(SetResource::created, Comparator.reverseOrder())
                .thenComparingInt(set -> -Members.of(set).instance());
        while (picked.size() < many && !left.isEmpty()) {
            SetResource next = left.stream().min(order).orElseThrow();
            left.remove(next);
            victims.count(next, -1);
            picked.add(next);
        }
        return picked;
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
