package io.mosaic.proof.bench;

import io.mosaic.model.HostState;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.proof.rig.ControllerRig;
import io.mosaic.proof.rig.JavaProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A controller and a fleet of simulated hosts that are all READY.
 *
 * @param client the caller must not close it
 */
record BenchCluster(ControllerRig rig, JavaProcess fleet, MosaicClient client) {

    private static final long POLL_MILLIS = 500;

    /**
     * The heap that 5,000 hosts and 100,000 sets need. A large young generation: each collection of it also looks at the
     * stacks of thousands of waiting threads, however little garbage there is.
     */
    private static final List<String> CONTROLLER_OPTIONS =
            List.of("-Xms1600m", "-Xmx1600m", "-Xmn650m", "-XX:+UseSerialGC");

    private static final List<String> FLEET_OPTIONS = List.of("-Xms2300m", "-Xmx2300m", "-Xmn900m", "-XX:+UseSerialGC");

    /**
     * How large it is.
     *
     * @param cores that each host offers, and as many GiB of memory
     * @param sets that will be made
     * @param warmUp sets that are made and deleted first
     * @param controllerOptions further JVM options of the controller
     * @param fleetOptions further JVM options of the simulated hosts
     */
    record Size(
            int hosts, int cores, int sets, int warmUp, List<String> controllerOptions, List<String> fleetOptions) {}

    /** Hosts of one zone. */
    static BenchCluster start(BenchParts parts, String name, Size size) throws IOException, InterruptedException {
        return start(parts, name, size, List.of());
    }

    /** @param more arguments of {@code mos simhosts} */
    static BenchCluster start(BenchParts parts, String name, Size size, List<String> more)
            throws IOException, InterruptedException {
        int hosts = size.hosts();
        ControllerRig rig = parts.add(ControllerRig.start(name, joined(CONTROLLER_OPTIONS, size.controllerOptions())));
        MosaicClient client = parts.add(rig.client());
        long begin = System.nanoTime();
        JavaProcess fleet = rig.startFleet(
                hosts,
                joined(FLEET_OPTIONS, size.fleetOptions()),
                joined(List.of("--cores", Integer.toString(size.cores()), "--memory", size.cores() + "Gi"), more));
        int ready = 0;
        while (ready < hosts) {
            if (!fleet.alive() || !rig.controller().alive()) {
                throw new IOException(
                        "ended: " + fleet.quoteLog() + rig.controller().quoteLog());
            }
            Thread.sleep(POLL_MILLIS);
            ready = (int) client.hosts().list().items().stream()
                    .filter(host -> host.status().state() == HostState.READY)
                    .count();
        }
        System.out.printf(
                Locale.ROOT, "%d hosts joined and are READY after %.1f s%n", hosts, (System.nanoTime() - begin) / 1e9);
        return new BenchCluster(rig, fleet, client);
    }

    private static List<String> joined(List<String> first, List<String> more) {
        List<String> all = new ArrayList<>(first);
        all.addAll(more);
        return all;
    }
}
