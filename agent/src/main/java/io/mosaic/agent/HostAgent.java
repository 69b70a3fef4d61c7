package io.mosaic.agent;

import io.mosaic.agent.cgroup.ContainerCounters;
import io.mosaic.agent.cgroup.ContainerProcesses;
import io.mosaic.agent.collect.UsageCollector;
import io.mosaic.agent.desired.AgentRules;
import io.mosaic.agent.desired.CgroupLimits;
import io.mosaic.agent.desired.DesiredState;
import io.mosaic.agent.desired.HealthProbe;
import io.mosaic.agent.desired.HostDrivers;
import io.mosaic.agent.desired.HostLease;
import io.mosaic.agent.desired.LeaseFile;
import io.mosaic.agent.desired.Reconciler;
import io.mosaic.agent.desired.RoleDirectories;
import io.mosaic.agent.desired.SetGoal;
import io.mosaic.agent.docker.BusyBoxImage;
import io.mosaic.agent.docker.DockerClient;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.health.ProbeResult;
import io.mosaic.agent.health.Probes;
import io.mosaic.agent.images.ImageCache;
import io.mosaic.agent.images.ImageSaver;
import io.mosaic.agent.images.ImageStock;
import io.mosaic.agent.images.ImageWatch;
import io.mosaic.agent.images.PeerBlobs;
import io.mosaic.agent.images.RepositoryClient;
import io.mosaic.agent.images.RepositoryImages;
import io.mosaic.agent.link.AgentIdentity;
import io.mosaic.agent.link.LinkClient;
import io.mosaic.agent.link.Outbox;
import io.mosaic.agent.link.SideStreams;
import io.mosaic.agent.share.HostShare;
import io.mosaic.agent.share.RateLimit;
import io.mosaic.agent.share.ShareSettings;
import io.mosaic.agent.volume.LoopVolumes;
import io.mosaic.agent.volume.VolumeDriver;
import io.mosaic.model.MosaicHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of the agent, put together. */
final class HostAgent implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HostAgent.class);
    private static final Duration DAEMON_RETRY = Duration.ofSeconds(1);

    /** What is known of the host goes with hello; a daemon that is slow to answer does not hold the link up for long. */
    private static final Duration FIRST_LOOK = Duration.ofSeconds(5);

    /**
     * How long a host that comes up waits for a controller's word before it goes by what it was told last. Connecting takes a second;
     * when no controller answers, sets start that much later.
     */
    private static final Duration FIRST_WORD = Duration.ofSeconds(10);

    private final String host;
    private final AgentConfig config;
    private final DockerClient docker;
    private final Reconciler reconciler;
    private final LinkedHost linked;
    private final LinkClient link;
    private final UsageCollector usage;
    private final RepositoryClient repository;
    private final ImageCache cache;
    private final ImageWatch imageWatch;
    private final @Nullable PeerBlobs peers;
    private final Thread begin;
    private final Thread image;

    private HostAgent(
            String host,
            AgentConfig config,
            DockerClient docker,
            Reconciler reconciler,
            LinkedHost linked,
            LinkClient link,
            UsageCollector usage,
            RepositoryClient repository,
            ImageCache cache,
            ImageWatch imageWatch,
            @Nullable PeerBlobs peers) {
        this.peers = peers;
        this.usage = usage;
        this.cache = cache;
        this.imageWatch = imageWatch;
        this.repository = repository;
        this.host = host;
        this.config = config;
        this.docker = docker;
        this.reconciler = reconciler;
        this.linked = linked;
        this.link = link;
        this.begin = Thread.ofVirtual().name("begin").unstarted(this::begin);
        this.image = Thread.ofVirtual().name("infra-image").unstarted(this::ensureInfraImage);
    }

    /** Builds the parts; nothing acts before {@link #start}. */
    static HostAgent open(MosaicHome home, AgentConfig config)
            throws StartException, IOException, GeneralSecurityException {
        String host = config.hostName();
        Path socket = Path.of(config.dockerSocket());
        Path directory = socket.toAbsolutePath().getParent();
        if (!Files.exists(socket) && (directory == null || !Files.isDirectory(directory))) {
            throw new StartException("there is no Docker here: neither " + socket + " nor its directory exists");
        }
        Path data = home.lib().resolve("agent");
        AgentIdentity identity = AgentIdentity.open(data.resolve("identity"), host);
        if (!identity.joined() && config.joinToken() == null) {
            throw new StartException("this host has not joined a cluster: put a joinToken into its configuration");
        }
        DockerClient docker = new DockerClient(socket);
        LinkGrants grants = new LinkGrants();
        RepositoryClient repository = new RepositoryClient(
                identity::trust, new RateLimit(config.images().fetchBytes()));
        LinkTracker tracker = new LinkTracker();
        AgentConfig.Share sharing = config.share();
        PeerBlobs peers = sharing == null
                ? null
                : new PeerBlobs(repository, host, () -> share(config, sharing, data, identity, tracker));
        RepositoryImages images = RepositoryImages.open(
                data.resolve("images"),
                config.diskFreeMin().value(),
                docker,
                grants,
                repository,
                peers == null ? repository : peers,
                Clock.systemUTC());
        ImageSaver saver = new ImageSaver(
                docker,
                repository,
                images,
                data.resolve("images").resolve("save"),
                config.diskFreeMin().value());
        VolumeDriver volumes = volumes(home, config);
        DesiredState desired = DesiredState.open(data.resolve("desired.json"));
        AgentRules rules = new AgentRules(host, config.infraImage(), config.sysctls());
        Outbox outbox = new Outbox();
        CgroupLimits limits = new CgroupLimits(Path.of("/"));
        Files.createDirectories(home.run());
        HostLease lease =
                new HostLease(LeaseFile.bootClock(), LeaseFile.open(home.run().resolve("agent.lease")));
        Reconciler reconciler = new Reconciler(
                new Reconciler.Settings(
                        rules, config.concurrency(), config.sweep().duration(), data, config.diskFreeMin()),
                new HostDrivers(
                        docker,
                        volumes,
                        health(new Probes(docker)),
                        limits,
                        new ContainerProcesses(Path.of("/"))::end,
                        new RoleDirectories(data.resolve("roles")),
                        images),
                desired,
                outbox,
                Clock.systemUTC(),
                lease);
        UsageCollector usage = new UsageCollector(
                new ContainerCounters(Path.of("/")), new MeasuredSets(reconciler::containers, docker));
        ImageStock stock = ImageStock.of(docker, images, () -> uses(desired, images));
        ImageWatch imageWatch = ImageWatch.of(stock, images);
        LinkedHost linked = new LinkedHost(config, docker, volumes, desired, reconciler, usage, lease, imageWatch);
        SideStreams streams = new SideStreams(
                docker,
                new HostContainers(reconciler, limits, docker, usage, saver),
                new ImagesForStreams(images, stock));
        try {
            LinkClient link = new LinkClient(
                    config.addresses(),
                    identity,
                    config.joinToken(),
                    linked,
                    outbox,
                    streams,
                    Clock.systemUTC(),
                    new SecureRandom());
            grants.by(link);
            tracker.by(link);
            ImageCache cache = ImageCache.of(docker, images, config.images().settings(), () -> wanted(desired));
            return new HostAgent(
                    host, config, docker, reconciler, linked, link, usage, repository, cache, imageWatch, peers);
        } catch (IllegalArgumentException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Before a controller has said what is wanted, nothing is known to be of no use. */
    private static @Nullable Set<UUID> wanted(DesiredState desired) {
        return desired.whole()
                ? desired.goals().stream().map(goal -> goal.set().uid()).collect(Collectors.toSet())
                : null;
    }

    /** Which images the sets name that the host is to have. */
    private static List<ImageStock.Use> uses(DesiredState desired, RepositoryImages images) {
        return desired.goals().stream()
                .map(SetGoal::set)
                .flatMap(set -> set.spec().containers().stream()
                        .map(container -> new ImageStock.Use(
                                set.uid(), set.tenant(), images.made(set.uid(), container.imageOrEmpty()))))
                .toList();
    }

    /** This host's part in sharing blobs, once it has joined. */
    private static HostShare share(
            AgentConfig config, AgentConfig.Share share, Path data, AgentIdentity identity, LinkTracker tracker)
            throws IOException, GeneralSecurityException {
        String address =
                share.address() == null ? OwnAddress.towards(config.addresses().getFirst()) : share.address();
        ShareSettings settings = new ShareSettings(
                data.resolve("share"),
                share.bind(),
                share.port(),
                address,
                share.uplinkBytes(),
                ShareSettings.UPLOADS,
                share.keep().value(),
                ShareSettings.KEEP,
                config.diskFreeMin().value(),
                ShareSettings.PICKER);
        return new HostShare(
                settings, identity::credentials, identity.authority(), tracker, Clock.systemUTC(), new SecureRandom());
    }

    private static HealthProbe health(Probes probes) {
        return (check, containerId, infra) -> {
            ProbeResult result = probes.check(check, infra.pid(), containerId);
            return new HealthProbe.Result(result.healthy(), result.words());
        };
    }

    private static VolumeDriver volumes(MosaicHome home, AgentConfig config) throws StartException {
        try {
            return new LoopVolumes(home.lib().resolve("volumes"), config.diskFreeMin());
        } catch (VolumeDriver.VolumeException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    String host() {
        return host;
    }

    void start() {
        begin.start();
    }

    /** A daemon that is down is waited for; the host shows as degraded meanwhile. */
    private void begin() {
        try {
            reconciler.awaitWord(FIRST_WORD);
            reconciler.attendRoles();
            image.start();
            image.join(FIRST_LOOK);
            reconciler.awaitWord(FIRST_WORD);
            reconciler.start();
            if (!reconciler.awaitFirstLook(FIRST_LOOK) || !reconciler.awaitReports(FIRST_LOOK)) {
                LOG.warn("the Docker daemon did not answer yet");
            }
            linked.inventory();
            link.start();
            usage.start();
            cache.start();
            imageWatch.start();
            reconnectWithInventory();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A hello that went out while the daemon said nothing told of an empty host. */
    private void reconnectWithInventory() throws InterruptedException {
        while (!linked.inventoryKnown()) {
            Thread.sleep(DAEMON_RETRY);
            if (!linked.inventoryKnown()) {
                linked.inventory();
                if (linked.inventoryKnown()) {
                    link.reconnect();
                }
            }
        }
    }

    private void ensureInfraImage() {
        boolean told = false;
        try {
            while (true) {
                try {
                    BusyBoxImage.ensure(docker, config.infraImage(), Path.of(config.busybox()));
                    return;
                } catch (DockerException | IOException e) {
                    if (!told) {
                        LOG.warn("the infra image is not ready yet, trying on: {}", e.getMessage());
                        told = true;
                    }
                }
                Thread.sleep(DAEMON_RETRY);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops deciding and leaves the cluster's connection; every container runs on. */
    @Override
    public void close() throws IOException {
        begin.interrupt();
        image.interrupt();
        try {
            begin.join();
            image.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        link.close();
        usage.close();
        cache.close();
        imageWatch.close();
        reconciler.close();
        if (peers != null) {
            peers.close();
        }
        repository.close();
        docker.close();
    }
}
