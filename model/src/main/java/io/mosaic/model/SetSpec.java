package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a user asks for: one set, the unit of placement, start, stop and update. An infra container holds the set's
 * network, IPC and volume; the business containers join it in the order of their index.
 *
 * <p>The published description of the platform writes {@code Index}, {@code Image}, {@code Options}; those spellings are
 * read as well, and the lower-case ones are written. {@link SetSpecRules#check} holds the rules that a type cannot.
 *
 * @param name unique in the tenant, {@link Names#RULE}
 * @param kind {@code container}; {@code vm} is a later kind
 * @param resources what the whole set may use; containers take percentages of it
 * @param containers 1 to {@value SetSpecRules#CONTAINERS_MAX}, in any order; {@code index} decides
 * @param volume the set's one volume, or none
 * @param sysctls applied in the infra container, before any business container starts
 * @param restart what happens when a container ends
 * @param labels free for the user; {@code io.mosaic.*} is reserved
 * @param placement where it may go and would rather go; absent: anywhere
 * @param drain how long the set is told to serve no more before its containers are stopped; absent: not at all
 */
public record SetSpec(
        @JsonAlias("Name") @Nullable String name,
        @JsonAlias("Kind") @Nullable String kind,
        @JsonAlias("Resources") @Nullable Resources resources,
        @JsonAlias("Containers") List<ContainerSpec> containers,
        @JsonAlias("Volume") @Nullable VolumeClaim volume,
        @JsonAlias("Sysctls") Map<String, String> sysctls,
        @JsonAlias("Restart") RestartPolicy restart,
        @JsonAlias("Labels") Map<String, String> labels,
        @JsonAlias("Placement") @Nullable Placement placement,
        @JsonAlias("Drain") @Nullable Interval drain) {

    public static final String KIND_CONTAINER = "container";

    public SetSpec {
        kind = kind == null ? KIND_CONTAINER : kind;
        containers = Lists.copy(containers);
        sysctls = Lists.sorted(sysctls);
        restart = restart == null ? RestartPolicy.DEFAULT : restart;
        labels = Lists.sorted(labels);
    }

    /** Without rules of placement. */
    public SetSpec(
            @Nullable String name,
            @Nullable String kind,
            @Nullable Resources resources,
            List<ContainerSpec> containers,
            @Nullable VolumeClaim volume,
            Map<String, String> sysctls,
            RestartPolicy restart,
            Map<String, String> labels) {
        this(name, kind, resources, containers, volume, sysctls, restart, labels, null, null);
    }

    /** That is stopped at once. */
    public SetSpec(
            @Nullable String name,
            @Nullable String kind,
            @Nullable Resources resources,
            List<ContainerSpec> containers,
            @Nullable VolumeClaim volume,
            Map<String, String> sysctls,
            RestartPolicy restart,
            Map<String, String> labels,
            @Nullable Placement placement) {
        this(name, kind, resources, containers, volume, sysctls, restart, labels, placement, null);
    }

    /**
     * What the whole set may use.
     *
     * @param cpu hard limit by quota, shared out among the containers by percent
     * @param memory hard limit, shared out likewise
     * @param rootDisk cap of each container's own root filesystem, where the host's storage driver can
     * @param cpuPolicy how it gets its cores; absent: shared
     * @param io what it may read and write, shared out among the containers as the cores are; absent: no limit
     * @param cgroup further keys of the kernel's cgroups, by name, for each of the containers; {@link CgroupKey} has them
     */
    public record Resources(
            @JsonAlias("CPU") @Nullable Cpu cpu,
            @JsonAlias({"MEM", "mem"}) @Nullable Bytes memory,
            @Nullable Bytes rootDisk,
            @Nullable CpuPolicy cpuPolicy,
            @JsonAlias({"IO", "Io"}) @Nullable IoLimits io,

            @JsonAlias("Cgroup") @JsonInclude(JsonInclude.Include.NON_EMPTY)
            Map<String, String> cgroup) {

        public Resources {
            cgroup = Lists.sorted(cgroup);
        }

        /** With shared cores. */
        public Resources(@Nullable Cpu cpu, @Nullable Bytes memory, @Nullable Bytes rootDisk) {
            this(cpu, memory, rootDisk, null);
        }

        /** Without limits on input and output. */
        public Resources(
                @Nullable Cpu cpu, @Nullable Bytes memory, @Nullable Bytes rootDisk, @Nullable CpuPolicy cpuPolicy) {
            this(cpu, memory, rootDisk, cpuPolicy, null, Map.of());
        }

        /** Whether it asks for cores and memory of one NUMA node for itself. */
        @JsonIgnore
        public boolean numa() {
            return cpuPolicy == CpuPolicy.NUMA;
        }

        /** The cores, which a checked spec has. */
        public Cpu cpuOrZero() {
            return cpu == null ? Cpu.ZERO : cpu;
        }

        /** The memory, which a checked spec has. */
        public Bytes memoryOrZero() {
            return memory == null ? Bytes.ZERO : memory;
        }
    }

    /**
     * The set's volume.
     *
     * @param size hard capacity
     * @param mount absolute path at which every container sees it, unless its own {@code mounts} say otherwise
     */
    public record VolumeClaim(
            @JsonAlias("Size") @Nullable Bytes size,
            @JsonAlias("Mount") @Nullable String mount) {}

    /** What a checked spec has: its name. */
    public String nameOrEmpty() {
        return name == null ? "" : name;
    }

    /** What a checked spec has: its resources. */
    public Resources resourcesOrNone() {
        return resources == null ? new Resources(null, null, null) : resources;
    }

    /** The containers in start order. */
    public List<ContainerSpec> inStartOrder() {
        return containers.stream()
                .sorted(java.util.Comparator.comparingInt(ContainerSpec::indexOrZero))
                .toList();
    }

    /** Bytes of disk that placing the set takes on its host. */
    public Bytes diskNeeded() {
        return volume == null || volume.size() == null ? Bytes.ZERO : volume.size();
    }

    /** Host ports that the set wants for itself, in no particular order. */
    public List<ContainerOptions.Port> hostPorts() {
        return containers.stream()
                .flatMap(container -> container.options().ports().stream())
                .filter(port -> port.host() != null)
                .toList();
    }

    public SetSpec withResources(Resources changed) {
        return new SetSpec(name, kind, changed, containers, volume, sysctls, restart, labels, placement, drain);
    }

    public SetSpec withContainers(List<ContainerSpec> changed) {
        return new SetSpec(name, kind, resources, changed, volume, sysctls, restart, labels, placement, drain);
    }

    public SetSpec withLabels(Map<String, String> changed) {
        return new SetSpec(name, kind, resources, containers, volume, sysctls, restart, changed, placement, drain);
    }

    public SetSpec withVolume(@Nullable VolumeClaim changed) {
        return new SetSpec(name, kind, resources, containers, changed, sysctls, restart, labels, placement, drain);
    }

    /** The same, with as large a volume as that other one, of which it is to take the place: volumes never shrink. */
    public SetSpec keepingVolume(SetSpec other) {
        return volume != null && other.volume != null && diskNeeded().compareTo(other.diskNeeded()) < 0
                ? withVolume(new VolumeClaim(other.diskNeeded(), volume.mount()))
                : this;
    }

    public SetSpec withPlacement(@Nullable Placement changed) {
        return new SetSpec(name, kind, resources, containers, volume, sysctls, restart, labels, changed, drain);
    }

    /** The spec of an instance of that app, with this one as its template. */
    public SetSpec instance(String app, int number) {
        Map<String, String> own = new TreeMap<>(labels);
        own.put(Placement.APP_LABEL, app);
        return withLabels(own).withName(AppSpecRules.instanceName(app, number));
    }

    /** The same under another name. */
    public SetSpec withName(@Nullable String changed) {
        return new SetSpec(changed, kind, resources, containers, volume, sysctls, restart, labels, placement, drain);
    }

    /** The rules of placement; none when nothing is said. */
    public Placement placementOrAnywhere() {
        return placement == null ? Placement.ANYWHERE : placement;
    }
}
