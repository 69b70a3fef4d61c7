package io.mosaic.proof.simhosts;

import io.mosaic.agent.link.Address;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a fleet of simulated hosts is like.
 *
 * @param hosts how many
 * @param prefix their names begin with it; a number from 0 follows
 * @param controllers where agents connect to; each host picks any
 * @param directory keeps each host's identity and desired state; a fleet of the same directory does not join again
 * @param latency longest time that a call of the fake daemon takes; each takes a random part of it
 * @param failures share of the fake daemon's calls that fail, 0 to 1
 * @param zones names of zones that the hosts are spread over in turn
 * @param cpu cores that each host offers
 * @param memory bytes that each host offers
 * @param badImages images whose containers end as soon as they are started
 * @param seed of every random choice of the fakes
 */
public record FleetSettings(
        int hosts,
        String prefix,
        List<Address> controllers,
        Path directory,
        Duration latency,
        double failures,
        List<String> zones,
        Cpu cpu,
        Bytes memory,
        List<String> badImages,
        long seed) {

    public static final Cpu CPU_DEFAULT = Cpu.ofCores(32);
    public static final Bytes MEMORY_DEFAULT = Bytes.mebi(64 * 1024);

    public FleetSettings {
        controllers = List.copyOf(controllers);
        zones = List.copyOf(zones);
        badImages = List.copyOf(badImages);
        if (hosts < 1 || controllers.isEmpty() || zones.isEmpty()) {
            throw new IllegalArgumentException("a fleet needs a host, a controller and a zone");
        }
        if (latency.isNegative() || !(failures >= 0 && failures <= 1)) {
            throw new IllegalArgumentException("latency is not negative, failures are a share from 0 to 1");
        }
    }

    /** Hosts of the default size in one zone, with a daemon that answers at once and never fails. */
    public static FleetSettings of(int hosts, List<Address> controllers, Path directory) {
        return new FleetSettings(
                hosts,
                "sim",
                controllers,
                directory,
                Duration.ZERO,
                0,
                List.of("default"),
                CPU_DEFAULT,
                MEMORY_DEFAULT,
                List.of(),
                1);
    }

    /** The same with a daemon that is slow and fails. */
    public FleetSettings withFaults(Duration changedLatency, double changedFailures) {
        return new FleetSettings(
                hosts,
                prefix,
                controllers,
                directory,
                changedLatency,
                changedFailures,
                zones,
                cpu,
                memory,
                badImages,
                seed);
    }

    /** Name of a host, counted from 0. */
    String name(int number) {
        return prefix + "-" + number;
    }
}
