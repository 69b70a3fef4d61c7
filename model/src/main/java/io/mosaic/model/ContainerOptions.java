package io.mosaic.model;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a container of a set is started.
 *
 * @param cpuPercent percent of the set's cores, 1 to 100, a hard limit; absent: an equal part of what others leave
 * @param memoryPercent percent of the set's memory, likewise
 * @param env environment variables
 * @param entrypoint replaces the image's entry point when not empty
 * @param command replaces the image's command when not empty; an argument array, never a shell line
 * @param ports ports of the set's address that this container serves
 * @param health how to tell that it is up; absent: it is up when its process runs
 * @param ulimits by name, such as {@code nofile}
 * @param user {@code uid[:gid]} or a name that the image knows
 * @param workdir absolute path
 * @param mounts where it sees the set's volume; empty: at the volume's own mount path
 * @param capabilities Linux capabilities beyond Docker's default, each of which the operator must have allowed
 * @param stopSignal asks its main process to end, such as {@code SIGQUIT}; absent: the image's, else SIGTERM
 * @param stopGrace from the stop signal to the kill; absent: {@link #STOP_GRACE_DEFAULT}
 * @param preStop run in it before the stop signal; absent: nothing
 */
@JsonPropertyOrder({"CPU", "MEM", "env", "entrypoint", "command", "ports", "health"})
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ContainerOptions(
        @JsonProperty("CPU") @JsonAlias({"cpu", "Cpu"}) @Nullable
        Integer cpuPercent,

        @JsonProperty("MEM") @JsonAlias({"mem", "Mem", "memory"}) @Nullable
        Integer memoryPercent,

        @JsonAlias("Env") Map<String, String> env,
        @JsonAlias("Entrypoint") List<String> entrypoint,
        @JsonAlias("Command") List<String> command,
        @JsonAlias("Ports") List<Port> ports,
        @JsonAlias("Health") @Nullable HealthCheck health,
        @JsonAlias("Ulimits") Map<String, Ulimit> ulimits,
        @JsonAlias("User") @Nullable String user,
        @JsonAlias("Workdir") @Nullable String workdir,
        @JsonAlias("Mounts") List<Mount> mounts,
        @JsonAlias("Capabilities") List<String> capabilities,
        @JsonAlias("StopSignal") @Nullable String stopSignal,
        @JsonAlias("StopGrace") @Nullable Interval stopGrace,
        @JsonAlias("PreStop") @Nullable PreStop preStop) {

    public static final ContainerOptions NONE = new ContainerOptions(
            null, null, Map.of(), List.of(), List.of(), List.of(), null, Map.of(), null, null, List.of(), List.of());

    /** As long as Docker's own. */
    public static final Interval STOP_GRACE_DEFAULT = Interval.ofSeconds(10);

    public ContainerOptions {
        env = Lists.sorted(env);
        entrypoint = Lists.copy(entrypoint);
        command = Lists.copy(command);
        ports = Lists.copy(ports);
        ulimits = Lists.sorted(ulimits);
        mounts = Lists.copy(mounts);
        capabilities = Lists.copy(capabilities);
    }

    /** That ends as the image says. */
    public ContainerOptions(
            @Nullable Integer cpuPercent,
            @Nullable Integer memoryPercent,
            Map<String, String> env,
            List<String> entrypoint,
            List<String> command,
            List<Port> ports,
            @Nullable HealthCheck health,
            Map<String, Ulimit> ulimits,
            @Nullable String user,
            @Nullable String workdir,
            List<Mount> mounts,
            List<String> capabilities) {
        this(
                cpuPercent,
                memoryPercent,
                env,
                entrypoint,
                command,
                ports,
                health,
                ulimits,
                user,
                workdir,
                mounts,
                capabilities,
                null,
                null,
                null);
    }

    public ContainerOptions withShares(@Nullable Integer cpu, @Nullable Integer memory) {
        return new ContainerOptions(
                cpu,
                memory,
                env,
                entrypoint,
                command,
                ports,
                health,
                ulimits,
                user,
                workdir,
                mounts,
                capabilities,
                stopSignal,
                stopGrace,
                preStop);
    }

    /**
     * Only what a container is made with: without its part of the set, its health check, how it is ended, and its ports,
     * which belong to the infra container. Two that differ otherwise need two containers.
     */
    public ContainerOptions asMade() {
        return new ContainerOptions(
                null,
                null,
                env,
                entrypoint,
                command,
                List.of(),
                null,
                ulimits,
                user,
                workdir,
                mounts,
                capabilities,
                stopSignal,
                null,
                null);
    }

    /** From the stop signal to the kill. */
    public Interval stopGraceOrDefault() {
        return stopGrace == null ? STOP_GRACE_DEFAULT : stopGrace;
    }

    public ContainerOptions withPorts(List<Port> changed) {
        return new ContainerOptions(
                cpuPercent,
                memoryPercent,
                env,
                entrypoint,
                command,
                changed,
                health,
                ulimits,
                user,
                workdir,
                mounts,
                capabilities,
                stopSignal,
                stopGrace,
                preStop);
    }

    /**
     * A command that prepares a container for its end, run in it by its own user.
     *
     * @param command argument array
     * @param timeout after which it is killed and the container is stopped all the same
     */
    public record PreStop(
            @JsonAlias("Command") List<String> command,
            @JsonAlias("Timeout") Interval timeout) {
        public static final Interval TIMEOUT_DEFAULT = Interval.ofSeconds(10);

        public PreStop {
            command = Lists.copy(command);
            timeout = timeout == null ? TIMEOUT_DEFAULT : timeout;
        }
    }

    /**
     * A port that the container serves on the set's address.
     *
     * @param container port inside the set, 1 to 65535
     * @param host port of the host that leads to it; absent: only the set's own address serves it
     * @param protocol {@code tcp} or {@code udp}
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Port(int container, @Nullable Integer host, String protocol) {
        public Port {
            protocol = protocol == null ? "tcp" : protocol;
        }

        /** Reads the object, a bare port number, or Docker's short form {@code "8080:80/udp"}. */
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        public static Port parse(Object raw) {
            return switch (raw) {
                case Integer number -> new Port(number, null, "tcp");
                case String text -> PortText.parse(text);
                case Map<?, ?> map -> PortText.parse(map);
                case null, default ->
                    throw new IllegalArgumentException("a port is a number, \"host:container/protocol\" or an object");
            };
        }
    }

    /**
     * A limit of setrlimit(2).
     *
     * @param soft the limit in force
     * @param hard the most that the container may raise it to
     */
    public record Ulimit(long soft, long hard) {
        /** Reads {@code {"soft": n, "hard": n}} or a bare number for both. */
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        public static Ulimit parse(Object raw) {
            if (raw instanceof Integer || raw instanceof Long) {
                long both = ((Number) raw).longValue();
                return new Ulimit(both, both);
            }
            if (raw instanceof Map<?, ?> map
                    && map.size() == 2
                    && map.get("soft") instanceof Number soft
                    && map.get("hard") instanceof Number hard) {
                return new Ulimit(soft.longValue(), hard.longValue());
            }
            throw new IllegalArgumentException("a ulimit is a number, or an object with soft and hard");
        }
    }

    /**
     * Where a container sees the set's volume.
     *
     * @param path absolute path in the container
     * @param subPath directory of the volume, relative; absent: its root
     * @param readOnly whether writes are refused
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Mount(@Nullable String path, @Nullable String subPath, boolean readOnly) {}
}
