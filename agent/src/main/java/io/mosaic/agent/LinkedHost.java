package io.mosaic.agent;

import io.mosaic.agent.cgroup.NumaTopology;
import io.mosaic.agent.collect.UsageCollector;
import io.mosaic.agent.desired.DesiredState;
import io.mosaic.agent.desired.HostLease;
import io.mosaic.agent.desired.Reconciler;
import io.mosaic.agent.desired.SetGoal;
import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.images.ImageWatch;
import io.mosaic.agent.link.HostSide;
import io.mosaic.agent.volume.VolumeDriver;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpu;
import io.mosaic.model.HostInventory;
import io.mosaic.model.NumaNode;
import io.mosaic.model.link.AgentMessage;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.SetReport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The host as the link sees it. Thread-safe. */
final class LinkedHost implements HostSide {
    private static final Logger LOG = LoggerFactory.getLogger(LinkedHost.class);

    /** Left to the system, the daemon and the agent. */
    private static final int MEMORY_PERCENT = 95;

    private final AgentConfig config;
    private final Docker docker;
    private final VolumeDriver volumes;
    private final DesiredState desired;
    private final Reconciler reconciler;
    private final UsageCollector usage;
    private final HostLease lease;
    private final ImageWatch images;
    private Docker.@Nullable DaemonInfo known;

    LinkedHost(
            AgentConfig config,
            Docker docker,
            VolumeDriver volumes,
            DesiredState desired,
            Reconciler reconciler,
            UsageCollector usage,
            HostLease lease,
            ImageWatch images) {
        this.images = images;
        this.usage = usage;
        this.lease = lease;
        this.config = config;
        this.docker = docker;
        this.volumes = volumes;
        this.desired = desired;
        this.reconciler = reconciler;
    }

    /** With a daemon that does not answer, what it last said of itself counts; else nothing to share out. */
    @Override
    public synchronized HostInventory inventory() {
        try {
            known = docker.info();
        } catch (DockerException e) {
            LOG.warn("the daemon does not say what it has: {}", e.getMessage());
        }
        Docker.DaemonInfo info = known;
        Bytes disk = disk();
        String agent = version();
        return info == null
                ? new HostInventory(Cpu.ZERO, Bytes.ZERO, disk, "", "", "", "", 0, "", agent, address())
                : new HostInventory(
                        config.cpu() == null ? Cpu.ofCores(info.cpus()) : config.cpu(),
                        new Bytes(info.memoryBytes()).percent(MEMORY_PERCENT),
                        disk,
                        info.architecture(),
                        info.kernel(),
                        info.version(),
                        info.apiVersion(),
                        info.cgroupVersion(),
                        info.storageDriver(),
                        agent,
                        address(),
                        numa(),
                        images.look(),
                        rootFree(info),
                        volumeFree(disk));
    }

    private static List<NumaNode> numa() {
        try {
            return NumaTopology.read(Path.of("/"));
        } catch (IOException e) {
            LOG.warn("no set gets cores of its own here: {}", e.getMessage());
            return List.of();
        }
    }

    private static @Nullable Integer rootFree(Docker.DaemonInfo info) {
        try {
            FileStore store = Files.getFileStore(Path.of(info.rootDir()));
            return percent(store.getUsableSpace(), store.getTotalSpace());
        } catch (IOException e) {
            LOG.warn("the room for containers is not known: {}", e.getMessage());
            return null;
        }
    }

    /** Of what volumes may take in all. */
    private @Nullable Integer volumeFree(Bytes disk) {
        try {
            return percent(volumes.free().value(), disk.value());
        } catch (VolumeDriver.VolumeException e) {
            LOG.warn("the room for volumes is not known: {}", e.getMessage());
            return null;
        }
    }

    private static @Nullable Integer percent(long part, long whole) {
        return whole <= 0 ? null : (int) Math.clamp(part * 100.0 / whole, 0, 100);
    }

    /** Whether the daemon has said what it has. */
    synchronized boolean inventoryKnown() {
        return known != null;
    }

    /** What is free, and what volumes have taken already: the controller counts those itself. */
    private Bytes disk() {
        try {
            Set<UUID> made = Set.copyOf(volumes.list());
            long taken = desired.goals().stream()
                    .map(SetGoal::set)
                    .filter(set -> made.contains(set.uid()))
                    .mapToLong(set -> set.spec().diskNeeded().value())
                    .sum();
            return new Bytes(Math.min(Bytes.MAX, volumes.free().value() + taken));
        } catch (VolumeDriver.VolumeException e) {
            LOG.warn("the room for volumes is not known: {}", e.getMessage());
            return Bytes.ZERO;
        }
    }

    private static String version() {
        String version = LinkedHost.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }

    private static String address() {
        try {
            return InetAddress.getLocalHost().getHostAddress();
        } catch (UnknownHostException e) {
            return "";
        }
    }

    @Override
    public String zone() {
        return config.zone();
    }

    @Override
    public String pool() {
        return config.pool();
    }

    @Override
    public Map<String, String> labels() {
        return config.labels();
    }

    @Override
    public List<SetReport> sets() {
        return reconciler.reports();
    }

    @Override
    public @Nullable String degraded() {
        return reconciler.degraded();
    }

    @Override
    public AgentMessage.@Nullable Usage usage() {
        return usage.latest();
    }

    @Override
    public @Nullable List<String> images() {
        return images.latest();
    }

    @Override
    public boolean wantsAnswers() {
        return reconciler.hasRoles();
    }

    @Override
    public long moment() {
        return lease.moment();
    }

    @Override
    public void granted(long sent) {
        lease.granted(sent);
        reconciler.leaseHolds();
    }

    @Override
    public boolean continued(long sent) {
        return lease.continued(sent);
    }

    @Override
    public void desired(ControllerMessage.Desired message) {
        reconciler.apply(message);
    }

    @Override
    public void delta(ControllerMessage.Delta message) {
        reconciler.apply(message);
    }
}
