package io.mosaic.agent.docker;

import io.mosaic.agent.docker.Docker.Bind;
import io.mosaic.agent.docker.Docker.ContainerConfig;
import io.mosaic.agent.docker.Docker.ContainerInfo;
import io.mosaic.agent.docker.Docker.ContainerSummary;
import io.mosaic.agent.docker.Docker.Limits;
import io.mosaic.agent.docker.Docker.PortBinding;
import io.mosaic.agent.docker.Docker.Ulimit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Containers as the daemon's API writes them. */
final class ContainerJson {

    /** A container that writes without end must not fill the host's disk. */
    private static final String LOG_FILE_SIZE = "10m";

    private static final String LOG_FILES = "3";

    private ContainerJson() {}

    static ObjectNode create(ContainerConfig config) {
        ObjectNode body = DockerJson.object();
        body.put("Image", config.image());
        config.labels().forEach(body.putObject("Labels")::put);
        if (!config.entrypoint().isEmpty()) {
            config.entrypoint().forEach(body.putArray("Entrypoint")::add);
        }
        if (!config.command().isEmpty()) {
            config.command().forEach(body.putArray("Cmd")::add);
        }
        ArrayNode env = body.putArray("Env");
        config.env().forEach((name, value) -> env.add(name + "=" + value));
        putIfPresent(body, "User", config.user());
        putIfPresent(body, "WorkingDir", config.workdir());
        putIfPresent(body, "Hostname", config.hostname());
        putIfPresent(body, "StopSignal", config.stopSignal());
        // An image's own check would run a process every few seconds whose result nobody reads: the set's check counts.
        body.putObject("Healthcheck").putArray("Test").add("NONE");
        ObjectNode exposed = body.putObject("ExposedPorts");
        config.exposedTcp().forEach(port -> exposed.putObject(port + "/tcp"));
        config.ports().forEach(port -> exposed.putObject(key(port)));
        hostConfig(body.putObject("HostConfig"), config);
        return body;
    }

    private static void hostConfig(ObjectNode host, ContainerConfig config) {
        host.put("NetworkMode", config.network());
        host.put("IpcMode", config.ipc());
        // The agent restarts what dies, with back-off and a reason; two that restart would fight.
        host.putObject("RestartPolicy").put("Name", "no");
        ObjectNode log = host.putObject("LogConfig").put("Type", "json-file").putObject("Config");
        log.put("max-size", LOG_FILE_SIZE).put("max-file", LOG_FILES);
        ArrayNode mounts = host.putArray("Mounts");
        config.binds().forEach(bind -> mount(mounts.addObject(), bind));
        ObjectNode bindings = host.putObject("PortBindings");
        for (PortBinding port : config.ports()) {
            bindings.withArrayProperty(key(port)).addObject().put("HostPort", Integer.toString(port.host()));
        }
        config.sysctls().forEach(host.putObject("Sysctls")::put);
        ArrayNode ulimits = host.putArray("Ulimits");
        for (Ulimit limit : config.ulimits()) {
            ulimits.addObject()
                    .put("Name", limit.name())
                    .put("Soft", limit.soft())
                    .put("Hard", limit.hard());
        }
        config.capabilities().forEach(host.putArray("CapAdd")::add);
        host.put("Privileged", config.privileged());
        host.put("ReadonlyRootfs", config.readOnlyRoot());
        if (config.rootDiskBytes() > 0) {
            host.putObject("StorageOpt").put("size", Long.toString(config.rootDiskBytes()));
        }
        if (config.limits() != null) {
            putLimits(host, config.limits());
        }
    }

    /** As a mount, not as a {@code Binds} text: a path may hold a colon, and a missing source must fail, not be made. */
    private static void mount(ObjectNode mount, Bind bind) {
        mount.put("Type", "bind")
                .put("Source", bind.source())
                .put("Target", bind.target())
                .put("ReadOnly", bind.readOnly());
    }

    static void putLimits(ObjectNode target, Limits limits) {
        target.put("CpuPeriod", Limits.CPU_PERIOD_MICROS);
        target.put("CpuQuota", limits.cpuQuotaMicros());
        target.put("CpuShares", limits.cpuShares());
        target.put("Memory", limits.memoryBytes());
        // The sum of memory and swap: equal means no swap on top.
        target.put("MemorySwap", limits.memoryBytes());
        putIfPresent(target, "CpusetCpus", limits.cpusetCpus());
        putIfPresent(target, "CpusetMems", limits.cpusetMems());
    }

    private static String key(PortBinding port) {
        return port.container() + "/" + port.protocol();
    }

    private static void putIfPresent(ObjectNode target, String name, @Nullable String value) {
        if (value != null) {
            target.put(name, value);
        }
    }

    static ContainerInfo info(JsonNode node) {
        JsonNode state = node.path("State");
        JsonNode config = node.path("Config");
        return new ContainerInfo(
                node.path("Id").asString(""),
                withoutSlash(node.path("Name").asString("")),
                config.path("Image").asString(""),
                DockerJson.texts(config.path("Labels")),
                state.path("Status").asString(""),
                state.path("Running").asBoolean(false),
                state.path("Pid").asInt(0),
                state.path("ExitCode").asInt(0),
                state.path("OOMKilled").asBoolean(false),
                state.path("Error").asString(""),
                DockerJson.time(state.path("StartedAt")),
                DockerJson.time(state.path("FinishedAt")),
                ip(node.path("NetworkSettings").path("Networks")),
                config.path("Tty").asBoolean(false),
                limits(node.path("HostConfig")));
    }

    private static @Nullable Limits limits(JsonNode host) {
        long quota = host.path("CpuQuota").asLong(0);
        int shares = host.path("CpuShares").asInt(0);
        long memory = host.path("Memory").asLong(0);
        String cpuset = host.path("CpusetCpus").asString("");
        String mems = host.path("CpusetMems").asString("");
        if (quota == 0 && shares == 0 && memory == 0 && cpuset.isEmpty() && mems.isEmpty()) {
            return null;
        }
        long period = host.path("CpuPeriod").asLong(0);
        // Somebody may have updated it with another period; the quota counts in relation to ours.
        long scaled = period <= 0 || period == Limits.CPU_PERIOD_MICROS
                ? quota
                : Math.round((double) quota * Limits.CPU_PERIOD_MICROS / period);
        return new Limits(scaled, shares, memory, cpuset.isEmpty() ? null : cpuset, mems.isEmpty() ? null : mems);
    }

    /** Per network: the field outside of the map is gone from newer daemons. */
    private static String ip(JsonNode networks) {
        for (Map.Entry<String, JsonNode> network : networks.properties()) {
            String ip = network.getValue().path("IPAddress").asString("");
            if (!ip.isEmpty()) {
                return ip;
            }
        }
        return "";
    }

    static ContainerSummary summary(JsonNode node) {
        return new ContainerSummary(
                node.path("Id").asString(""),
                name(node.path("Names")),
                DockerJson.texts(node.path("Labels")),
                node.path("State").asString(""));
    }

    /** Links add names of the form /other/alias; the container's own has one slash. */
    private static String name(JsonNode names) {
        List<String> own = names.valueStream()
                .map(name -> withoutSlash(name.asString("")))
                .filter(name -> name.indexOf('/') < 0)
                .toList();
        return own.isEmpty() ? "" : own.getFirst();
    }

    private static String withoutSlash(String name) {
        return name.startsWith("/") ? name.substring(1) : name;
    }
}
