package io.mosaic.agent;

import io.mosaic.agent.desired.Reconciler;
import io.mosaic.agent.images.ImageCache;
import io.mosaic.agent.link.Address;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.HostSpec;
import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.Names;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The agent's configuration, {@code agent.json}. Every key may be left out.
 *
 * @param name of this host in the cluster; else the machine's host name made valid
 * @param controllers {@code host:port} of each controller's agent port
 * @param joinToken lets this host in, once; of no use after that
 * @param zone data centre that this host is in
 * @param pool group of hosts that it belongs to
 * @param labels free for the operator
 * @param dockerSocket the daemon's
 * @param infraImage made from {@code busybox} when the daemon has none
 * @param allowedSysctls sysctls beyond Docker's namespaced ones that sets may set, from a privileged infra container
 * @param busybox a static BusyBox
 * @param concurrency heavy Docker calls at once
 * @param diskFreeMin free space of the data directory below which the host takes no new sets
 * @param cpu cores that sets may share out, more than the machine has to overcommit it; absent: the machine's
 * @param sweep how often limits are compared with the kernel's
 * @param images when images that are no longer used go, and how fast others come
 * @param share how this host passes large blobs of images on to others; absent: it fetches them from the image repository alone
 */
public record AgentConfig(
        @Nullable String name,
        List<String> controllers,
        @Nullable String joinToken,
        String zone,
        String pool,
        Map<String, String> labels,
        String dockerSocket,
        String infraImage,
        List<String> allowedSysctls,
        String busybox,
        Integer concurrency,
        Bytes diskFreeMin,
        @Nullable Cpu cpu,
        Interval sweep,
        Images images,
        @Nullable Share share) {

    /**
     * When images that the agent brought and nothing uses any more are removed, and how fast it fetches them.
     *
     * @param every how often it looks; absent: each minute
     * @param high percent of Docker's disk that are taken, above which they go; absent: 85
     * @param low percent that they go down to; absent: 75
     * @param fetchRate bytes a second that this host fetches from the image repository at most, over all that it fetches at once; what
     *     comes from other hosts does not count; absent: no limit
     */
    public record Images(
            @Nullable Interval every,
            @Nullable Integer high,
            @Nullable Integer low,
            @Nullable Bytes fetchRate) {

        /** With less, each of some transfers at once would come so slowly that the repository took it for dead. */
        private static final Bytes FETCH_RATE_MIN = new Bytes(256 << 10);

        private static final int HIGH = 85;
        private static final int LOW = 75;

        /** Bytes a second, 0: no limit. */
        long fetchBytes() {
            return fetchRate == null ? 0 : fetchRate.value();
        }

        ImageCache.Settings settings() {
            return new ImageCache.Settings(
                    every == null ? Duration.ofMinutes(1) : every.duration(),
                    high == null ? HIGH : high,
                    low == null ? LOW : low);
        }
    }

    /** One above the image repository's. */
    private static final int SHARE_PORT = 8446;

    private static final Bytes KEEP = Bytes.mebi(2048);

    /**
     * How blobs are shared.
     *
     * @param bind address that other hosts are served at
     * @param port likewise, TCP
     * @param address host name or IP by which other hosts reach this one; absent: the address from which it reaches the controllers
     * @param uplink bytes a second that it sends others at most; absent: no limit
     * @param keep bytes of blobs that are kept for others for some minutes
     */
    public record Share(
            String bind,
            Integer port,
            @Nullable String address,
            @Nullable Bytes uplink,
            Bytes keep) {

        public Share {
            bind = bind == null ? "0.0.0.0" : bind;
            port = port == null ? SHARE_PORT : port;
            keep = keep == null ? KEEP : keep;
            require(port >= 0 && port <= 65535, "/share/port", "must be 0 to 65535");
            require(
                    address == null || address.matches("[A-Za-z0-9.-]{1,253}|[0-9A-Fa-f:.]{2,45}"),
                    "/share/address",
                    "must be a host name or an address");
        }

        /** Bytes a second, 0: no limit. */
        long uplinkBytes() {
            return uplink == null ? 0 : uplink.value();
        }
    }

    public AgentConfig {
        controllers = controllers == null ? List.of("127.0.0.1:8444") : List.copyOf(controllers);
        zone = zone == null ? HostSpec.DEFAULT_ZONE : zone;
        pool = pool == null ? HostSpec.DEFAULT_POOL : pool;
        labels = labels == null ? Map.of() : Map.copyOf(labels);
        dockerSocket = dockerSocket == null ? "/var/run/docker.sock" : dockerSocket;
        infraImage = infraImage == null ? "mosaic/infra:1" : infraImage;
        allowedSysctls = allowedSysctls == null ? List.of() : List.copyOf(allowedSysctls);
        busybox = busybox == null ? "/bin/busybox" : busybox;
        concurrency = concurrency == null ? Reconciler.Settings.CONCURRENCY_DEFAULT : concurrency;
        diskFreeMin = diskFreeMin == null ? Reconciler.Settings.DISK_FREE_MIN_DEFAULT : diskFreeMin;
        sweep = sweep == null ? new Interval(Reconciler.Settings.SWEEP_DEFAULT.toMillis()) : sweep;
        images = images == null ? new Images(null, null, null, null) : images;
        ImageCache.Settings cache = images.settings();
        require(
                cache.low() >= 0 && cache.low() <= cache.high() && cache.high() <= 100,
                "/images",
                "high and low must be 0 to 100, and low not above high");
        require(cache.every().compareTo(Duration.ofSeconds(1)) >= 0, "/images/every", "must be at least 1s");
        require(
                images.fetchRate() == null || images.fetchRate().compareTo(Images.FETCH_RATE_MIN) >= 0,
                "/images/fetchRate",
                "must be at least " + Images.FETCH_RATE_MIN);
        require(!controllers.isEmpty(), "/controllers", "needs at least one host:port");
        require(concurrency >= 1 && concurrency <= 64, "/concurrency", "must be 1 to 64");
        require(sweep.duration().compareTo(Duration.ofSeconds(1)) >= 0, "/sweep", "must be at least 1s");
        require(name == null || Names.valid(name), "/name", Names.RULE);
        require(Names.valid(zone), "/zone", Names.RULE);
        require(Names.valid(pool), "/pool", Names.RULE);
        require(Names.validImage(infraImage), "/infraImage", "must be an image reference");
    }

    /**
     * Reads the file; one that does not exist is an empty one.
     *
     * @throws ProblemException naming the field and the rule
     */
    static AgentConfig read(Path file) throws IOException {
        try {
            return Json.read(Files.readAllBytes(file), AgentConfig.class);
        } catch (NoSuchFileException e) {
            return Json.read("{}", AgentConfig.class);
        }
    }

    /** @throws ProblemException when one is not {@code host:port} */
    List<Address> addresses() {
        try {
            return controllers.stream().map(Address::parse).toList();
        } catch (IllegalArgumentException e) {
            throw ProblemException.field("/controllers", String.valueOf(e.getMessage()), null);
        }
    }

    Set<String> sysctls() {
        return Set.copyOf(allowedSysctls);
    }

    /** The configured name, or the machine's made valid. */
    String hostName() throws IOException {
        return name == null ? valid(InetAddress.getLocalHost().getHostName()) : name;
    }

    /** Turns any host name into one that follows {@link Names#RULE}. */
    static String valid(String machine) {
        String first = machine.toLowerCase(Locale.ROOT).split("\\.", 2)[0];
        String plain = first.replaceAll("[^a-z0-9-]", "-").replaceAll("^-+", "");
        String cut = plain.substring(0, Math.min(63, plain.length())).replaceAll("-+$", "");
        return cut.isEmpty() ? "host" : cut;
    }

    private static void require(boolean holds, String pointer, String rule) {
        if (!holds) {
            throw ProblemException.field(pointer, rule, null);
        }
    }
}
