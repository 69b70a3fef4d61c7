package io.mosaic.controller.reconcile;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Tells which hosts have been silent for too long. A host that is back says so itself, by its hello. */
public final class HostLiveness {

    /** A host is unreachable when it was silent for this long. */
    public static final Duration LEASE = Duration.ofSeconds(10);

    /** A host that has joined only has never spoken; the others here are silent already. */
    private static final Set<HostState> SPEAKING =
            EnumSet.of(HostState.READY, HostState.DEGRADED, HostState.CORDONED, HostState.DRAINING);

    private HostLiveness() {}

    /** Heartbeats of a host that is not in the cluster are kept for this long: it may only just be joining. */
    static final Duration LEFT_FOR = Duration.ofHours(1);

    /** A host to be marked UNREACHABLE, and why. */
    public record Silent(String host, String reason) {}

    /**
     * The hosts that were silent for the lease or longer.
     *
     * @param ages how long ago each host was last heard; one that is missing never was
     * @param watched for how long somebody has now written down what hosts say: silence before that proves nothing, or
     *     all hosts would be given up whenever the controllers were down
     */
    public static List<Silent> silent(ClusterImage image, Map<String, Duration> ages, Duration watched) {
        List<Silent> silent = new ArrayList<>();
        if (watched.compareTo(LEASE) < 0) {
            return silent;
        }
        for (HostResource host : image.hosts()) {
            Duration age = ages.getOrDefault(host.name(), watched);
            if (SPEAKING.contains(host.status().state()) && age.compareTo(LEASE) >= 0) {
                silent.add(new Silent(host.name(), "nothing heard of it for " + LEASE.toSeconds() + " s"));
            }
        }
        return silent;
    }

    /** The hosts whose heartbeats are of no more use: they left the cluster, and have long been silent. */
    public static Set<String> left(ClusterImage image, Map<String, Duration> ages) {
        return ages.entrySet().stream()
                .filter(heard -> heard.getValue().compareTo(LEFT_FOR) >= 0 && image.host(heard.getKey()) == null)
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }
}
