package io.mosaic.agent.desired;

import io.mosaic.agent.cgroup.KernelKeys;
import io.mosaic.agent.docker.Docker;
import io.mosaic.model.AppRoles;
import io.mosaic.model.CgroupKey;
import io.mosaic.model.ContainerOptions;
import io.mosaic.model.ContainerSpec;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.Cpuset;
import io.mosaic.model.IoLimits;
import io.mosaic.model.Json;
import io.mosaic.model.SetSpec;
import io.mosaic.model.Shares;
import io.mosaic.model.link.DesiredSet;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The containers that a set is made of, as Docker is to be told. Pure: the same set and rules give the same blueprint.
 *
 * <p>Thread-safe.
 */
public final class Blueprint {
    /** 24 MiB: BusyBox needs one, but runc's own start needs about 15 in the container's cgroup. */
    private static final long INFRA_MEMORY_BYTES = 24L << 20;

    /** The infra container sleeps; the quota is for runc's start inside its cgroup, the least shares keep it out of the way. */
    private static final Docker.Limits INFRA_LIMITS =
            new Docker.Limits(Docker.Limits.CPU_PERIOD_MICROS, 2, INFRA_MEMORY_BYTES, null);

    /** Docker's and the kernel's least. */
    private static final int SHARES_MIN = 2;

    private static final int HOSTNAME_CHARS_MAX = 63;

    /** Says how a hash was made. One made in another way is not compared: an upgrade must not replace containers. */
    private static final String HASH_SCHEME = "2:";

    /** Counted health check and ports of a business container, and all ports of the infra container. */
    private static final String OLD_HASH_SCHEME = "1:";

    private static final List<String> INFRA_COMMAND = List.of("/bin/sleep", "2147483647");

    private final DesiredSet set;
    private final AgentRules rules;
    private final List<ContainerSpec> containers;
    /** By container, once somebody asked: planning does, again and again, while nothing changes. */
    private final Map<String, String> hashes = new ConcurrentHashMap<>();

    public Blueprint(DesiredSet set, AgentRules rules) {
        this.set = set;
        this.rules = rules;
        this.containers = set.spec().inStartOrder();
    }

    public DesiredSet set() {
        return set;
    }

    /** Business containers in start order. */
    public List<ContainerSpec> business() {
        return containers;
    }

    /** Infra first, then in start order. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        names.add(ContainerStatus.INFRA);
        containers.forEach(container -> names.add(container.nameOrEmpty()));
        return names;
    }

    /** The container of that name, or whose place the one with that key is to take; null: there is none. */
    public @Nullable ContainerSpec business(String key) {
        String name = Successor.original(key);
        for (ContainerSpec container : containers) {
            if (container.nameOrEmpty().equals(name)) {
                return container;
            }
        }
        return null;
    }

    /** The name that a container has in Docker. */
    public String dockerName(String container) {
        String own = "mos-" + set.tenant() + "-" + set.name() + "-" + Successor.original(container) + "-"
                + set.uid().toString().substring(0, 8);
        return Successor.is(container) ? Successor.dockerName(own) : own;
    }

    public String image(String name) {
        ContainerSpec container = business(name);
        return container == null ? rules.infraImage() : container.imageOrEmpty();
    }

    /** A sysctl that neither Docker nor the operator allows; null when all are fine. */
    public @Nullable String refusedSysctl() {
        for (String key : set.spec().sysctls().keySet()) {
            if (!Sysctls.namespaced(key) && !rules.allowedSysctls().contains(key)) {
                return key;
            }
        }
        return null;
    }

    /** Those that a privileged infra container sets by a command of its own. */
    public Map<String, String> privilegedSysctls() {
        return sysctls(false);
    }

    public Docker.Limits limits(String name) {
        ContainerSpec container = business(name);
        if (container == null) {
            return INFRA_LIMITS;
        }
        Shares shares = Shares.of(set.spec(), container);
        long millis = shares.cpu().millis();
        Cpuset cpuset = set.cpuset();
        return new Docker.Limits(
                millis * (Docker.Limits.CPU_PERIOD_MICROS / 1000),
                (int) Math.max(SHARES_MIN, millis * 1024 / 1000),
                shares.memory().value(),
                cpuset == null ? null : cpuset.cpus(),
                cpuset == null ? null : Integer.toString(cpuset.node()));
    }

    /**
     * What the container's cgroups should say beside its limits; nothing for the infra container.
     *
     * @param volume where the set's volume is mounted
     */
    public KernelKeys keys(String name, @Nullable Path volume) {
        ContainerSpec container = business(name);
        SetSpec.Resources resources = set.spec().resourcesOrNone();
        if (container == null || (resources.cgroup().isEmpty() && resources.io() == null)) {
            return KernelKeys.NONE;
        }
        Map<String, String> values = new TreeMap<>();
        resources.cgroup().forEach((key, value) -> {
            CgroupKey known = CgroupKey.of(key);
            values.put(key, known == null ? value : known.kernelValue(value));
        });
        IoLimits io = resources.io();
        return new KernelKeys(values, io == null ? null : io.percent(Shares.cpuPercent(set.spec(), container)), volume);
    }

    /** Whether those limits are the ones that the container should have. */
    public boolean limitsHold(String name, Docker.Limits actual) {
        Docker.Limits wanted = limits(name);
        return actual.cpuQuotaMicros() == wanted.cpuQuotaMicros()
                && actual.cpuShares() == wanted.cpuShares()
                && actual.memoryBytes() == wanted.memoryBytes()
                && covers(wanted.cpusetCpus(), actual.cpusetCpus())
                && covers(wanted.cpusetMems(), actual.cpusetMems());
    }

    /** Docker keeps a list as it was written; one that is not asked for cannot be taken back. */
    private static boolean covers(@Nullable String wanted, @Nullable String actual) {
        return wanted == null || wanted.equals(actual);
    }

    /** Whether a container made with that hash must be made anew. */
    public boolean outdated(String name, @Nullable String hash) {
        if (hash == null) {
            return false;
        }
        if (hash.startsWith(OLD_HASH_SCHEME)) {
            // Nothing that an infra container of before was made with can change while its set lives.
            ContainerSpec container = business(name);
            return container != null && !hash.equals(oldHash(container));
        }
        return hash.startsWith(HASH_SCHEME) && !hash.equals(hash(name));
    }

    /**
     * Hash of what can only change by making the container anew: {@link ContainerSpec#asMade}, and what all of the set share.
     */
    public String hash(String name) {
        return hashes.computeIfAbsent(name, this::computeHash);
    }

    private String computeHash(String name) {
        ContainerSpec container = business(name);
        Map<String, Object> parts = sharedParts(container);
        if (container == null) {
            parts.put("sysctls", set.spec().sysctls());
            // In an order of their own: which container says so does not matter.
            parts.put(
                    "ports",
                    set.spec().hostPorts().stream()
                            .sorted(Comparator.comparing(ContainerOptions.Port::toString))
                            .toList());
        } else {
            parts.put("container", container.asMade());
        }
        return HASH_SCHEME + sha256(Json.bytes(parts));
    }

    private String oldHash(ContainerSpec container) {
        Map<String, Object> parts = sharedParts(container);
        parts.put("container", container.withOptions(container.options().withShares(null, null)));
        return OLD_HASH_SCHEME + sha256(Json.bytes(parts));
    }

    private Map<String, Object> sharedParts(@Nullable ContainerSpec container) {
        Map<String, Object> parts = new TreeMap<>();
        SetSpec.VolumeClaim volume = set.spec().volume();
        if (volume != null && volume.mount() != null) {
            parts.put("volume", volume.mount());
        }
        SetSpec.Resources resources = set.spec().resourcesOrNone();
        if (container != null && resources.rootDisk() != null) {
            parts.put("rootDisk", resources.rootDisk());
        }
        if (container != null && set.intent().role() != null) {
            parts.put("roles", AppRoles.MOUNT);
        }
        return parts;
    }

    /** How that container is ended: as the spec says now, unless it is one of an older spec. */
    Stopping stopping(ObservedContainer container) {
        ContainerSpec spec = business(container.name());
        return spec == null || outdated(container.name(), container.hash())
                ? container.stopping()
                : Stopping.of(spec.options());
    }

    public Docker.ContainerConfig infra(@Nullable Path volume) {
        List<Docker.PortBinding> published = new ArrayList<>();
        List<Integer> exposed = new ArrayList<>();
        for (ContainerOptions.Port port : ports()) {
            if (port.host() != null) {
                published.add(new Docker.PortBinding(port.container(), port.host(), port.protocol()));
            } else if (port.protocol().equals("tcp")) {
                exposed.add(port.container());
            }
        }
        String hostname =
                set.name().substring(0, Math.min(HOSTNAME_CHARS_MAX, set.name().length()));
        return new Docker.ContainerConfig(
                dockerName(ContainerStatus.INFRA),
                rules.infraImage(),
                labels(ContainerStatus.INFRA),
                List.of(),
                INFRA_COMMAND,
                Map.of(),
                null,
                null,
                hostname,
                "bridge",
                "shareable",
                volumeAtItsMount(volume),
                published,
                exposed,
                sysctls(true),
                List.of(),
                List.of(),
                !privilegedSysctls().isEmpty(),
                true,
                0,
                INFRA_LIMITS);
    }

    /**
     * A business container.
     *
     * @param key the container's name, or its successor's key
     * @param roles the directory that tells the set's role; null: it has none
     */
    public Docker.ContainerConfig business(
            String key, ContainerSpec container, String infraId, @Nullable Path volume, @Nullable Path roles) {
        ContainerOptions options = container.options();
        String name = container.nameOrEmpty();
        SetSpec.Resources resources = set.spec().resourcesOrNone();
        return new Docker.ContainerConfig(
                dockerName(key),
                container.imageOrEmpty(),
                labels(name),
                options.entrypoint(),
                options.command(),
                options.env(),
                options.user(),
                options.workdir(),
                null,
                "container:" + infraId,
                "container:" + infraId,
                withRole(binds(options, volume), roles),
                List.of(),
                List.of(),
                Map.of(),
                options.ulimits().entrySet().stream()
                        .map(entry -> new Docker.Ulimit(
                                entry.getKey(),
                                entry.getValue().soft(),
                                entry.getValue().hard()))
                        .toList(),
                options.capabilities(),
                false,
                false,
                resources.rootDisk() == null ? 0 : resources.rootDisk().value(),
                limits(name),
                options.stopSignal());
    }

    /** Directories of the volume, relative, that the container's mounts name. */
    public List<String> subPaths(String name) {
        ContainerSpec container = business(name);
        return container == null
                ? List.of()
                : container.options().mounts().stream()
                        .map(ContainerOptions.Mount::subPath)
                        .filter(subPath -> subPath != null)
                        .toList();
    }

    private static List<Docker.Bind> withRole(List<Docker.Bind> binds, @Nullable Path roles) {
        if (roles == null) {
            return binds;
        }
        List<Docker.Bind> all = new ArrayList<>(binds);
        all.add(new Docker.Bind(roles.toString(), AppRoles.MOUNT, true));
        return all;
    }

    private List<Docker.Bind> binds(ContainerOptions options, @Nullable Path volume) {
        if (volume == null || options.mounts().isEmpty()) {
            return volumeAtItsMount(volume);
        }
        List<Docker.Bind> binds = new ArrayList<>();
        for (ContainerOptions.Mount mount : options.mounts()) {
            Path source = mount.subPath() == null ? volume : volume.resolve(mount.subPath());
            binds.add(new Docker.Bind(source.toString(), String.valueOf(mount.path()), mount.readOnly()));
        }
        return binds;
    }

    private List<Docker.Bind> volumeAtItsMount(@Nullable Path volume) {
        SetSpec.VolumeClaim claim = set.spec().volume();
        return volume == null || claim == null || claim.mount() == null
                ? List.of()
                : List.of(new Docker.Bind(volume.toString(), claim.mount(), false));
    }

    private List<ContainerOptions.Port> ports() {
        return containers.stream()
                .flatMap(container -> container.options().ports().stream())
                .toList();
    }

    private Map<String, String> sysctls(boolean namespaced) {
        Map<String, String> chosen = new TreeMap<>();
        set.spec().sysctls().forEach((key, value) -> {
            if (Sysctls.namespaced(key) == namespaced) {
                chosen.put(key, value);
            }
        });
        return chosen;
    }

    private Map<String, String> labels(String name) {
        Map<String, String> labels = new HashMap<>();
        labels.put(SetLabels.SET, set.uid().toString());
        labels.put(SetLabels.TENANT, set.tenant());
        labels.put(SetLabels.NAME, set.name());
        labels.put(SetLabels.CONTAINER, name);
        labels.put(SetLabels.GENERATION, Long.toString(set.generation()));
        labels.put(SetLabels.HASH, hash(name));
        labels.put(SetLabels.HOST, rules.host());
        Stopping stopping = stopping(name);
        if (!stopping.equals(Stopping.DEFAULT)) {
            labels.put(SetLabels.STOP, stopping.label());
        }
        return labels;
    }

    /** How a container that is made now is ended. */
    Stopping stopping(String name) {
        ContainerSpec container = business(name);
        return container == null ? Stopping.DEFAULT : Stopping.of(container.options());
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
