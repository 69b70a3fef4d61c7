package io.mosaic.controller.lead;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * For how long hosts have said nothing, by this leader's own monotonic clock: never more than it is, whatever the clock of the
 * database does. What the leases say of a host's age is compared with what it should be since the last look; when it is
 * anything else the host counts as heard now. A new leader begins anew.
 *
 * <p>What is told is as it was when the leases were read, and only of hosts that had been given up before: one that comes
 * back writes its lease first and is no longer given up after that, so whoever acts on it at the head of the log finds it
 * given up still only when it had not come back by then.
 *
 * <p>Not thread-safe.
 */
final class HostSilence {

    /** What clocks and the way to the database may make of an age between two looks. */
    private static final long SLACK_NANOS = Duration.ofMillis(200).toNanos();

    private final Map<String, Long> alive = new HashMap<>();
    private Map<String, Duration> ages = Map.of();
    private Map<String, Duration> silent = Map.of();
    private long readAt;

    /**
     * Takes in what the leases say.
     *
     * @param image from before they were read
     * @param began when reading them began, by the monotonic clock, in nanoseconds
     * @param ended when it ended
     */
    void read(ClusterImage image, Map<String, Duration> now, long began, long ended) {
        Map<String, Duration> told = new HashMap<>();
        for (HostResource host : image.hosts()) {
            String name = host.name();
            Duration age = now.get(name);
            Duration before = ages.get(name);
            Long known = alive.get(name);
            long heard;
            if (known == null || age == null || before == null) {
                heard = ended;
            } else {
                long expected = before.toNanos() + ended - readAt;
                boolean steady = Math.abs(age.toNanos() - expected) <= SLACK_NANOS + (ended - began);
                // Heard in time to come: before the database's clock was put back, and not since.
                long said = age.isNegative() ? known : ended - age.toNanos();
                heard = steady ? Math.max(known, said) : ended;
            }
            alive.put(name, heard);
            if (host.status().state() == HostState.UNREACHABLE && began > heard) {
                told.put(name, Duration.ofNanos(began - heard));
            }
        }
        alive.keySet().removeIf(name -> image.host(name) == null);
        ages = Map.copyOf(now);
        readAt = ended;
        silent = told;
    }

    /** For how long that host, which is given up, has certainly been silent; zero when it is not, or nobody knows. */
    Duration of(String host) {
        return silent.getOrDefault(host, Duration.ZERO);
    }
}
