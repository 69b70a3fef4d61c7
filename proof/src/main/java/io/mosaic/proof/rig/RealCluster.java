package io.mosaic.proof.rig;

import io.mosaic.model.client.MosaicClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * What an operator has, on one machine: three controllers over a PostgreSQL primary with its synchronous replica, nginx before
 * them, and hosts of their own, each with its own daemon and agent, that reach the controllers over a network which can be
 * cut. {@link #close} ends everything and removes it.
 *
 * <p>Hosts and processes may be handled from several threads; the rest is of one thread.
 */
public final class RealCluster implements AutoCloseable {

    private static final int CONTROLLERS = 3;

    /** Cores that a host says it has: sets of a test are small, and a busy test machine has few. */
    private static final int CORES = 4;

    private final ClusterRig cluster;
    private final List<HostRig> hosts = new ArrayList<>();

    private RealCluster(ClusterRig cluster) {
        this.cluster = cluster;
    }

    /**
     * Starts all of it, and waits until every host is READY: {@code host-1} to {@code host-N}, which carry their name as label
     * {@code host} too.
     */
    public static RealCluster start(String name, int hosts) throws IOException, InterruptedException {
        RigBridge bridge = RigBridge.create();
        ClusterRig controllers;
        try {
            controllers = ClusterRig.startReplicated(name, CONTROLLERS, bridge);
        } catch (IOException | InterruptedException | RuntimeException e) {
            bridge.delete();
            throw e;
        }
        RealCluster cluster = new RealCluster(controllers);
        try {
            controllers.startNginx();
            for (int i = 1; i <= hosts; i++) {
                HostRig host = HostRig.start("host-" + i, bridge, i);
                cluster.hosts.add(host);
                controllers.join(host, Map.of("cpu", CORES, "labels", Map.of("host", host.name())));
            }
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    public ClusterRig cluster() {
        return cluster;
    }

    public List<HostRig> hosts() {
        return Collections.unmodifiableList(hosts);
    }

    /** @throws IllegalArgumentException when there is none of that name */
    public HostRig host(String name) {
        return hosts.stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no host " + name));
    }

    /** A client that reaches the controllers through nginx, as users do; the caller closes it. */
    public MosaicClient client() throws IOException {
        return cluster.client(cluster.front());
    }

    /** What every log tells, for the message of a failed test. */
    public String quoteLogs() throws IOException {
        StringBuilder all = new StringBuilder(cluster.quoteLogs());
        for (HostRig host : hosts) {
            all.append(host.quoteLogs());
        }
        return all.toString();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        List<String> faults = new ArrayList<>();
        for (HostRig host : hosts) {
            try {
                host.close();
            } catch (IOException e) {
                faults.add(e.toString());
            }
        }
        try {
            cluster.close();
        } catch (IOException e) {
            faults.add(e.toString());
        }
        if (!faults.isEmpty()) {
            throw new IOException(String.join("; ", faults));
        }
    }
}
