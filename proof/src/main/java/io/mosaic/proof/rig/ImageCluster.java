package io.mosaic.proof.rig;

import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.client.MosaicClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Real hosts that fetch images: one controller, the image repository in a process of its own and over TLS, and hosts with a daemon and an
 * agent each, which reach both over a network that can be cut. {@link #close} ends everything and removes it.
 *
 * <p>Hosts and processes may be handled from several threads; the rest is of one thread.
 */
public final class ImageCluster implements AutoCloseable {

    private static final Duration READY_DEADLINE = Duration.ofSeconds(90);
    private static final long POLL_MILLIS = 50;

    /** Cores that a host says it has, whatever the machine has. */
    private static final int CORES = 4;

    private final ClusterRig cluster;
    private final @Nullable CountingProxy toImages;
    /** Of this machine on the hosts' network. */
    private final String address;

    private final int port;
    private final JavaProcess images;
    private final HttpClient http;
    private final List<HostRig> hosts = new ArrayList<>();

    private ImageCluster(ClusterRig cluster, String address, @Nullable CountingProxy toImages, int port)
            throws IOException {
        this.cluster = cluster;
        this.toImages = toImages;
        this.address = address;
        this.port = port;
        this.http = RawApi.trusting(cluster.authorityFile());
        Path home = home(cluster);
        Files.writeString(
                MosaicHome.at(home.toString()).etc().resolve("images.json"),
                Json.pretty(Map.of("api", Map.of("bind", address, "port", port), "database", cluster.database())));
        this.images = new JavaProcess(
                "images",
                List.of("-Xmx512m", "--enable-native-access=ALL-UNNAMED"),
                "io.mosaic.images.Main",
                List.of(),
                Map.of("MOS_HOME", home.toString()),
                home);
    }

    private static Path home(ClusterRig cluster) {
        return cluster.members().getFirst().home();
    }

    /**
     * Starts all of it, and waits until every host is READY: {@code host-1} to {@code host-N}, which carry their name as label {@code host}
     * too. They come to the repository through {@link #toImages}.
     *
     * @param agent further keys of the agents' configuration
     */
    public static ImageCluster start(String name, int hosts, Map<String, Object> agent)
            throws IOException, InterruptedException {
        return start(name, hosts, agent, true, 0);
    }

    /** One host whose daemon and whose agent have a disk of that many bytes each. */
    public static ImageCluster startOnSmallDisks(String name, long bytes, Map<String, Object> agent)
            throws IOException, InterruptedException {
        return start(name, 1, agent, true, bytes);
    }

    /** The same; hosts come to the repository straight. */
    public static ImageCluster startUncounted(String name, int hosts) throws IOException, InterruptedException {
        return start(name, hosts, Map.of(), false, 0);
    }

    private static ImageCluster start(
            String name, int hosts, Map<String, Object> agent, boolean counted, long diskBytes)
            throws IOException, InterruptedException {
        RigBridge bridge = RigBridge.create();
        CountingProxy proxy = null;
        ClusterRig controllers;
        int port = FreePorts.next();
        try {
            bridge.passBetweenHosts();
            String address = bridge.address(0, 1);
            proxy = counted ? CountingProxy.before(InetAddress.getByName(address), port) : null;
            int called = proxy == null ? port : proxy.port();
            controllers = ClusterRig.start(
                    name, 1, bridge, Map.of("images", Map.of("url", "https://" + address + ":" + called)));
        } catch (IOException | InterruptedException | RuntimeException e) {
            if (proxy != null) {
                proxy.close();
            }
            bridge.delete();
            throw e;
        }
        ImageCluster all;
        try {
            all = new ImageCluster(controllers, bridge.address(0, 1), proxy, port);
        } catch (IOException | RuntimeException e) {
            if (proxy != null) {
                proxy.close();
            }
            controllers.close();
            throw e;
        }
        try {
            all.startImages();
            for (int i = 1; i <= hosts; i++) {
                HostRig host = HostRig.start("host-" + i, bridge, i, diskBytes);
                all.hosts.add(host);
                Map<String, Object> config = new HashMap<>(agent);
                config.put("cpu", CORES);
                config.put("labels", Map.of("host", host.name()));
                controllers.join(host, config);
            }
            return all;
        } catch (IOException | InterruptedException | RuntimeException e) {
            IOException told = new IOException(e.getMessage() + "\n" + all.quoteLogs(), e);
            all.close();
            throw told;
        }
    }

    /** Starts the image repository, and waits until it serves; nothing happens when it runs. */
    public void startImages() throws IOException, InterruptedException {
        images.start();
        long end = System.nanoTime() + READY_DEADLINE.toNanos();
        RawApi repository = RawApi.of(registry(), cluster.authorityFile(), cluster.adminToken());
        while (true) {
            String fault;
            try {
                RawApi.Answer answer = repository.get("/readyz");
                if (answer.status() == 200) {
                    return;
                }
                fault = answer.text();
            } catch (IOException e) {
                fault = e.toString();
            }
            if (!images.alive() || System.nanoTime() > end) {
                throw new IOException("the image repository does not start: " + fault);
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    public ClusterRig cluster() {
        return cluster;
    }

    /** The repository's process. */
    public JavaProcess images() {
        return images;
    }

    /** Address of this machine, at which hosts reach what listens there. */
    public String address() {
        return address;
    }

    /** Where the repository listens, on the hosts' network. */
    public URI registry() {
        return URI.create("https://" + address + ":" + port);
    }

    /**
     * Between the hosts and the repository.
     *
     * @throws IllegalStateException when there is nothing
     */
    public CountingProxy toImages() {
        if (toImages == null) {
            throw new IllegalStateException("hosts come to the repository straight");
        }
        return toImages;
    }

    public List<HostRig> hosts() {
        return Collections.unmodifiableList(hosts);
    }

    /** Pushes the image as {@code default/NAME:TAG}. */
    public void push(LayeredImage image, String name, String tag) throws IOException, InterruptedException {
        push(image, registry(), cluster.adminToken(), "default/" + name, tag);
    }

    /**
     * Pushes the image to any registry whose certificate is of the cluster's CA.
     *
     * @param token absent: that registry takes what comes
     */
    public void push(LayeredImage image, URI registry, @Nullable String token, String repository, String tag)
            throws IOException, InterruptedException {
        image.push(http, registry, token, repository, tag);
    }

    /** A client of the controller; the caller closes it. */
    public MosaicClient client() throws IOException {
        return cluster.client(cluster.members().getFirst().server());
    }

    /** What every log tells, for the message of a failed test. */
    public String quoteLogs() throws IOException {
        StringBuilder all = new StringBuilder(cluster.quoteLogs()).append(images.quoteLog());
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
        http.close();
        if (toImages != null) {
            toImages.close();
        }
        try {
            images.close();
        } catch (IOException e) {
            faults.add(e.toString());
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
