package io.mosaic.model;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a {@link SetSpec} that its types cannot hold. Every broken rule is named, not just the first, so that one
 * answer is enough to mend a file.
 */
public final class SetSpecRules {

    public static final int CONTAINERS_MAX = 32;

    /** Docker refuses a memory limit below 6 MiB. */
    public static final Bytes CONTAINER_MEMORY_MIN = Bytes.mebi(6);

    /** The kernel refuses a CFS quota below 1 ms; at the period of 100 ms that is a hundredth of a core. */
    public static final Cpu CONTAINER_CPU_MIN = new Cpu(10);

    /** mkfs.xfs (xfsprogs 6) refuses a file system below 300 MB. */
    public static final Bytes VOLUME_MIN = Bytes.mebi(300);

    private static final int ENTRIES_MAX = 128;
    private static final int TEXT_CHARS_MAX = 32 * 1024;
    private static final int PATH_CHARS_MAX = 1024;
    private static final Pattern ENV_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,255}");
    private static final Pattern SYSCTL = Pattern.compile("[a-z0-9_]+(\\.[A-Za-z0-9_*-]+){1,8}");
    private static final Pattern USER =
            Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,31})?");
    private static final Pattern SIGNAL = Pattern.compile(
            "SIG(HUP|INT|QUIT|ABRT|KILL|USR1|USR2|ALRM|TERM|CONT|WINCH|PWR)|SIGRTMIN\\+([1-9]|[12][0-9])");
    private static final Interval STOP_GRACE_MAX = Interval.ofSeconds(600);
    private static final Interval PRE_STOP_MAX = Interval.ofSeconds(600);
    private static final Interval DRAIN_MAX = Interval.ofSeconds(600);
    private static final Pattern CAPABILITY = Pattern.compile("[A-Z][A-Z_]{1,39}");
    private static final Set<String> ULIMITS = Set.of(
            "core",
            "cpu",
            "data",
            "fsize",
            "locks",
            "memlock",
            "msgqueue",
            "nice",
            "nofile",
            "nproc",
            "rss",
            "rtprio",
            "rttime",
            "sigpending",
            "stack");

    private final List<Problem.FieldError> errors = new ArrayList<>();

    private SetSpecRules() {}

    /**
     * Returns the spec, checked.
     *
     * @throws ProblemException naming every broken rule
     */
    public static SetSpec require(SetSpec spec) {
        List<Problem.FieldError> errors = check(spec);
        if (!errors.isEmpty()) {
            Problem.FieldError first = errors.getFirst();
            String more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)";
            throw new ProblemException(Problem.Kind.INVALID.with(first.field() + ": " + first.rule() + more, errors));
        }
        return spec;
    }

    /** Every broken rule, none when the spec is good. */
    public static List<Problem.FieldError> check(SetSpec spec) {
        SetSpecRules rules = new SetSpecRules();
        rules.checkSet(spec);
        return rules.errors;
    }

    private void checkSet(SetSpec spec) {
        rule(spec.name() != null && Names.valid(spec.name()), "/name", Names.RULE, spec.name());
        rule(
                SetSpec.KIND_CONTAINER.equals(spec.kind()),
                "/kind",
                "must be \"container\", the one kind there is so far",
                spec.kind());
        SetSpec.Resources resources = spec.resourcesOrNone();
        rule(resources.cpu() != null, "/resources/cpu", "is required, such as 0.5", null);
        rule(
                resources.cpu() == null || resources.cpu().compareTo(CONTAINER_CPU_MIN) >= 0,
                "/resources/cpu",
                "must be at least " + CONTAINER_CPU_MIN,
                String.valueOf(resources.cpu()));
        rule(resources.memory() != null, "/resources/memory", "is required, such as \"512Mi\"", null);
        rule(
                resources.memory() == null || resources.memory().compareTo(CONTAINER_MEMORY_MIN) >= 0,
                "/resources/memory",
                "must be at least " + CONTAINER_MEMORY_MIN,
                String.valueOf(resources.memory()));
        rule(
                resources.rootDisk() == null || resources.rootDisk().compareTo(Bytes.mebi(16)) >= 0,
                "/resources/rootDisk",
                "must be at least 16Mi",
                String.valueOf(resources.rootDisk()));
        checkIo(resources.io());
        bounded(resources.cgroup(), "/resources/cgroup");
        resources.cgroup().forEach(this::checkCgroup);
        rule(
                spec.drain() == null || spec.drain().compareTo(DRAIN_MAX) <= 0,
                "/drain",
                "must be at most " + DRAIN_MAX,
                String.valueOf(spec.drain()));
        checkContainers(spec);
        PlacementRules.check(spec, errors);
        checkVolume(spec);
        checkRestart(spec.restart());
        bounded(spec.sysctls(), "/sysctls");
        spec.sysctls().forEach((key, value) -> {
            rule(SYSCTL.matcher(key).matches(), "/sysctls", "a key must be like net.core.somaxconn", key);
            rule(
                    value.length() <= 256 && value.chars().allMatch(c -> c >= 32 && c < 127),
                    "/sysctls/" + key,
                    "must be at most 256 printable characters",
                    value);
        });
        bounded(spec.labels(), "/labels");
        spec.labels().forEach((key, value) -> {
            rule(
                    Names.validLabelKey(key) && !key.startsWith("io.mosaic."),
                    "/labels",
                    "a key must be 1 to 127 of letters, digits and . _ / -, and not begin with io.mosaic.",
                    key);
            rule(
                    Names.validLabelValue(value),
                    "/labels/" + key,
                    "must be at most 128 of letters, digits and . _ : / @ + -",
                    value);
        });
    }

    private void checkIo(@Nullable IoLimits io) {
        if (io == null) {
            return;
        }
        bps(io.readBps(), "/resources/io/readBps");
        bps(io.writeBps(), "/resources/io/writeBps");
        iops(io.readIops(), "/resources/io/readIops");
        iops(io.writeIops(), "/resources/io/writeIops");
    }

    private void bps(@Nullable Bytes bps, String at) {
        rule(
                bps == null || (bps.compareTo(IoLimits.BPS_MIN) >= 0 && bps.compareTo(IoLimits.BPS_MAX) <= 0),
                at,
                "must be " + IoLimits.BPS_MIN + " to " + IoLimits.BPS_MAX + " a second",
                String.valueOf(bps));
    }

    private void iops(@Nullable Long iops, String at) {
        rule(
                iops == null || (iops >= 1 && iops <= IoLimits.IOPS_MAX),
                at,
                "must be 1 to " + IoLimits.IOPS_MAX + " a second",
                String.valueOf(iops));
    }

    private void checkCgroup(String name, String value) {
        CgroupKey key = CgroupKey.of(name);
        if (rule(key != null, "/resources/cgroup", "a key must be one of " + CgroupKey.names(), name) && key != null) {
            String fault = key.fault(value);
            rule(fault == null, "/resources/cgroup/" + name, String.valueOf(fault), value);
        }
    }

    private void checkContainers(SetSpec spec) {
        List<ContainerSpec> containers = spec.containers();
        rule(!containers.isEmpty(), "/containers", "must have at least one container", null);
        rule(
                containers.size() <= CONTAINERS_MAX,
                "/containers",
                "must have at most " + CONTAINERS_MAX + " containers",
                Integer.toString(containers.size()));
        Map<Integer, Integer> indexes = new HashMap<>();
        Map<String, Integer> names = new HashMap<>();
        for (int i = 0; i < containers.size(); i++) {
            ContainerSpec container = containers.get(i);
            String at = "/containers/" + i;
            Integer index = container.index();
            if (rule(index != null && index >= 1 && index <= 99, at + "/index", "is required, 1 to 99", str(index))) {
                Integer twin = indexes.putIfAbsent(container.indexOrZero(), i);
                rule(twin == null, at + "/index", "must differ from that of /containers/" + twin, str(index));
            }
            String name = container.nameOrEmpty();
            if (index != null || container.name() != null) {
                rule(Names.valid(name), at + "/name", Names.RULE, name);
                rule(!name.equals(ContainerStatus.INFRA), at + "/name", "infra is the platform's own container", name);
                Integer twin = names.putIfAbsent(name, i);
                rule(twin == null, at + "/name", "must differ from that of /containers/" + twin, name);
            }
            rule(
                    container.image() != null && Names.validImage(container.image()),
                    at + "/image",
                    "is required, such as web:1.2",
                    container.image());
            checkOptions(spec, container.options(), at + "/options");
        }
        Shares.check(spec).forEach(errors::add);
        checkPorts(containers);
    }

    private void checkOptions(SetSpec spec, ContainerOptions options, String at) {
        percent(options.cpuPercent(), at + "/CPU");
        percent(options.memoryPercent(), at + "/MEM");
        bounded(options.env(), at + "/env");
        options.env().forEach((key, value) -> {
            rule(ENV_NAME.matcher(key).matches(), at + "/env", "a name must be letters, digits and _ . -", key);
            // The value may be a secret, so it is never echoed.
            rule(plain(value), at + "/env/" + key, "must be at most 32768 characters without NUL", null);
        });
        texts(options.command(), at + "/command");
        texts(options.entrypoint(), at + "/entrypoint");
        rule(
                options.user() == null || USER.matcher(options.user()).matches(),
                at + "/user",
                "must be uid, name, uid:gid or name:group",
                options.user());
        rule(options.workdir() == null || absolute(options.workdir()), at + "/workdir", PATH_RULE, options.workdir());
        rule(options.ulimits().size() <= ENTRIES_MAX, at + "/ulimits", "too many", null);
        options.ulimits().forEach((name, limit) -> {
            rule(ULIMITS.contains(name), at + "/ulimits", "a name must be one of setrlimit's, such as nofile", name);
            rule(
                    limit.soft() >= -1
                            && limit.hard() >= -1
                            && (limit.hard() == -1 || limit.soft() <= limit.hard())
                            && !(limit.soft() == -1 && limit.hard() != -1),
                    at + "/ulimits/" + name,
                    "soft must not be above hard, and -1 (no limit) is the least",
                    limit.soft() + ":" + limit.hard());
        });
        for (int i = 0; i < options.mounts().size(); i++) {
            ContainerOptions.Mount mount = options.mounts().get(i);
            String here = at + "/mounts/" + i;
            rule(spec.volume() != null, here, "the set has no volume to mount", null);
            rule(mount.path() != null && absolute(mount.path()), here + "/path", PATH_RULE, mount.path());
            rule(
                    mount.subPath() == null || relative(mount.subPath()),
                    here + "/subPath",
                    "must be a relative path without . or .. parts",
                    mount.subPath());
        }
        rule(options.mounts().size() <= 16, at + "/mounts", "must have at most 16 mounts", null);
        for (String capability : options.capabilities()) {
            rule(CAPABILITY.matcher(capability).matches(), at + "/capabilities", "must be like NET_ADMIN", capability);
        }
        rule(options.capabilities().size() <= 41, at + "/capabilities", "too many", null);
        if (options.health() != null) {
            checkHealth(options.health(), at + "/health");
        }
        checkStop(options, at);
    }

    private void checkStop(ContainerOptions options, String at) {
        String signal = options.stopSignal();
        rule(
                signal == null || SIGNAL.matcher(signal).matches(),
                at + "/stopSignal",
                "must be a signal that ends a process, such as SIGTERM or SIGQUIT",
                signal);
        rule(
                options.stopGraceOrDefault().compareTo(STOP_GRACE_MAX) <= 0,
                at + "/stopGrace",
                "must be at most " + STOP_GRACE_MAX,
                options.stopGraceOrDefault().toString());
        ContainerOptions.PreStop preStop = options.preStop();
        if (preStop == null) {
            return;
        }
        rule(!preStop.command().isEmpty(), at + "/preStop/command", "is required, an argument array", null);
        texts(preStop.command(), at + "/preStop/command");
        rule(
                preStop.timeout().millis() >= 100 && preStop.timeout().compareTo(PRE_STOP_MAX) <= 0,
                at + "/preStop/timeout",
                "must be 100ms to " + PRE_STOP_MAX,
                preStop.timeout().toString());
    }

    private void checkHealth(HealthCheck health, String at) {
        int ways = (health.http() == null ? 0 : 1) + (health.tcp() == null ? 0 : 1) + (health.file() == null ? 0 : 1);
        rule(ways == 1, at, "must have exactly one of http, tcp and file", null);
        rule(
                health.http() == null || httpUrl(health.http()),
                at + "/http",
                "must be an http URL of localhost, such as http://localhost:8080/healthz",
                health.http());
        rule(health.tcp() == null || port(health.tcp()), at + "/tcp", PORT_RULE, str(health.tcp()));
        rule(health.file() == null || absolute(health.file()), at + "/file", PATH_RULE, health.file());
        rule(
                health.interval().millis() >= 100,
                at + "/interval",
                "must be at least 100ms",
                health.interval().toString());
        rule(
                health.timeout().millis() >= 10,
                at + "/timeout",
                "must be at least 10ms",
                health.timeout().toString());
        rule(
                health.timeout().millis() <= 60_000,
                at + "/timeout",
                "must be at most 60s",
                health.timeout().toString());
        rule(
                health.retries() >= 1 && health.retries() <= 100,
                at + "/retries",
                "must be 1 to 100",
                str(health.retries()));
        rule(
                health.deadline().millis() >= 100,
                at + "/deadline",
                "must be at least 100ms",
                health.deadline().toString());
    }

    private void checkPorts(List<ContainerSpec> containers) {
        Set<String> inside = new HashSet<>();
        Set<String> outside = new HashSet<>();
        for (int i = 0; i < containers.size(); i++) {
            List<ContainerOptions.Port> ports = containers.get(i).options().ports();
            rule(ports.size() <= ENTRIES_MAX, "/containers/" + i + "/options/ports", "too many", null);
            for (int j = 0; j < ports.size(); j++) {
                ContainerOptions.Port port = ports.get(j);
                String at = "/containers/" + i + "/options/ports/" + j;
                rule(port(port.container()), at + "/container", PORT_RULE, str(port.container()));
                rule(port.host() == null || port(port.host()), at + "/host", PORT_RULE, str(port.host()));
                rule(
                        port.protocol().equals("tcp") || port.protocol().equals("udp"),
                        at + "/protocol",
                        "must be tcp or udp",
                        port.protocol());
                rule(
                        inside.add(port.container() + "/" + port.protocol()),
                        at + "/container",
                        "is served by another container of the set",
                        str(port.container()));
                rule(
                        port.host() == null || outside.add(port.host() + "/" + port.protocol()),
                        at + "/host",
                        "is taken by another port of the set",
                        str(port.host()));
            }
        }
    }

    private void checkVolume(SetSpec spec) {
        if (spec.volume() == null) {
            return;
        }
        Bytes size = spec.volume().size();
        rule(
                size != null && size.compareTo(VOLUME_MIN) >= 0,
                "/volume/size",
                "is required, at least " + VOLUME_MIN + " (the least that XFS takes)",
                size == null ? null : size.toString());
        String mount = spec.volume().mount();
        rule(mount != null && absolute(mount), "/volume/mount", PATH_RULE, mount);
    }

    private void checkRestart(RestartPolicy restart) {
        rule(
                restart.initial().millis() >= 100,
                "/restart/initial",
                "must be at least 100ms",
                restart.initial().toString());
        rule(
                restart.max().compareTo(restart.initial()) >= 0,
                "/restart/max",
                "must not be below initial",
                restart.max().toString());
        rule(
                restart.attempts() == null || (restart.attempts() >= 0 && restart.attempts() <= 1000),
                "/restart/attempts",
                "must be 0 to 1000",
                str(restart.attempts()));
    }

    private static final String PATH_RULE = "must be an absolute path without . or .. parts";
    private static final String PORT_RULE = "must be 1 to 65535";

    private static boolean port(int port) {
        return port >= 1 && port <= 65535;
    }

    private static boolean plain(String text) {
        return text.length() <= TEXT_CHARS_MAX && text.indexOf('\0') < 0;
    }

    private static boolean absolute(String path) {
        return path.length() > 1 && path.startsWith("/") && relative(path.substring(1));
    }

    private static boolean relative(String path) {
        if (path.isEmpty()
                || path.length() > PATH_CHARS_MAX
                || path.chars().anyMatch(c -> c < 32 || c == 127 || c == ':')) {
            return false;
        }
        for (String part : path.split("/", -1)) {
            if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                return false;
            }
        }
        return true;
    }

    /** The check runs inside the set, so another host than its own would only be a way to reach elsewhere. */
    private static boolean httpUrl(String url) {
        if (url.length() > PATH_CHARS_MAX) {
            return false;
        }
        try {
            URI uri = new URI(url);
            return "http".equals(uri.getScheme())
                    && uri.getHost() != null
                    && (uri.getHost().equals("localhost") || uri.getHost().equals("127.0.0.1"))
                    && uri.getRawUserInfo() == null
                    && uri.getPort() != 0
                    && uri.getPort() <= 65535;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private void percent(@Nullable Integer percent, String at) {
        rule(
                percent == null || (percent >= 1 && percent <= 100),
                at,
                "must be 1 to 100, percent of the set",
                str(percent));
    }

    private void texts(List<String> texts, String at) {
        rule(texts.size() <= ENTRIES_MAX, at, "must have at most " + ENTRIES_MAX + " items", null);
        for (int i = 0; i < texts.size(); i++) {
            rule(plain(texts.get(i)), at + "/" + i, "must be at most 32768 characters without NUL", null);
        }
    }

    private void bounded(Map<String, ?> map, String at) {
        rule(map.size() <= ENTRIES_MAX, at, "must have at most " + ENTRIES_MAX + " entries", null);
    }

    private boolean rule(boolean holds, String field, String rule, @Nullable String value) {
        if (!holds) {
            errors.add(new Problem.FieldError(field, rule, value));
        }
        return holds;
    }

    private static @Nullable String str(@Nullable Integer number) {
        return number == null ? null : number.toString();
    }
}
