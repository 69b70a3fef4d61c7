package io.mosaic.agent.docker;

import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the agent needs of a Docker daemon. Each call has a deadline of its own and throws {@link DockerException}, whose
 * kind tells whether the daemon refused, does not answer or is gone.
 *
 * <p>Thread-safe.
 */
public interface Docker {

    /** Negotiates the API version and returns what the daemon says of itself. */
    DaemonInfo info() throws DockerException;

    /** Returns when the daemon answers, or throws within that time. */
    void ping(Duration deadline) throws DockerException;

    /** Whether the image is on the host, and what of its configuration matters; null when it is not there. */
    @Nullable
    ImageInfo image(String reference) throws DockerException;

    /** The images on the host, without their layers and in no particular order; none from a daemon that cannot tell. */
    default List<ImageInfo> images() throws DockerException {
        return List.of();
    }

    /** Ids of all images on the host, also of those without a name. */
    default List<String> imageIds() throws DockerException {
        return List.of();
    }

    /** Loads an image from a tar, as {@code docker load} takes it; reads it to its end. */
    default void load(InputStream tar, Duration deadline) throws DockerException {
        throw new DockerException(DockerException.Kind.REFUSED, "this daemon loads no images");
    }

    /**
     * Makes an image of what a container is now, which stands still for that moment; returns its id.
     *
     * @param changes Dockerfile instructions
     */
    default String commit(String container, List<String> changes) throws DockerException {
        throw new DockerException(DockerException.Kind.REFUSED, "this daemon commits no containers");
    }

    /** Gives an image one more name. */
    default void tag(String image, String repository, String tag) throws DockerException {
        throw new DockerException(DockerException.Kind.REFUSED, "this daemon tags no images");
    }

    /**
     * Pushes that name to the registry that is its first part, with no credentials.
     *
     * @param watch hears how far it is
     */
    default void push(String repository, String tag, Duration deadline, PushWatch watch) throws DockerException {
        throw new DockerException(DockerException.Kind.REFUSED, "this daemon pushes no images");
    }

    /** Hears how far a push is. */
    @FunctionalInterface
    interface PushWatch {
        /**
         * How far a layer is.
         *
         * @param id of the layer, short; of this push alone
         * @param ready whether the registry has it
         * @param bytes of its content that were packed and sent; 0 when that is not said
         * @param bytesAll of its content; 0 when that is not said
         */
        void layer(String id, boolean ready, long bytes, long bytesAll);
    }

    /** Takes that name, or the image of that id, away; nothing happens when there is none. In use: kind CONFLICT. */
    default void removeImage(String nameOrId) throws DockerException {
        throw new DockerException(DockerException.Kind.REFUSED, "this daemon removes no images");
    }

    /**
     * Pulls the image.
     *
     * @throws DockerException of kind NOT_FOUND when no registry has it, UNREACHABLE when none answers
     */
    void pull(String reference, Duration deadline) throws DockerException;

    /**
     * Makes an image of one layer from a root file system.
     *
     * @param changes Dockerfile instructions, such as {@code ENV PATH=/bin}
     */
    void importImage(String reference, InputStream tar, List<String> changes) throws DockerException;

    /**
     * Creates a container and returns its id. When one of that name exists: kind CONFLICT.
     */
    String create(ContainerConfig config) throws DockerException;

    /** Starts it; nothing happens when it runs. */
    void start(String id) throws DockerException;

    /**
     * Sends the stop signal, and kills after the grace period, which is rounded up to seconds; nothing happens when it has
     * ended. When there is none: kind NOT_FOUND.
     */
    void stop(String id, Duration grace) throws DockerException;

    /** Kills it; nothing happens when it has ended. When there is none: kind NOT_FOUND. */
    void kill(String id) throws DockerException;

    /** Removes it, killing it if it runs, with its anonymous volumes; nothing happens when it is gone. */
    void remove(String id) throws DockerException;

    /** Gives it another name. When that is taken: kind CONFLICT. */
    void rename(String id, String name) throws DockerException;

    /** Changes its limits while it runs. An absent cpuset leaves the one that it has. */
    void update(String id, Limits limits) throws DockerException;

    /** Null when there is none. */
    @Nullable
    ContainerInfo inspect(String idOrName) throws DockerException;

    /** All containers that carry that label key, running or not. */
    List<ContainerSummary> list(String labelKey) throws DockerException;

    /** Whether that path exists in the container's file system, links followed inside of it; false without container. */
    boolean pathExists(String id, String path) throws DockerException;

    /**
     * What the container wrote; the caller closes it, from any thread. With {@code follow} it ends when the container does.
     *
     * @param tail how many last lines to begin with; negative for all
     */
    OutputStreams logs(String id, boolean tty, boolean follow, int tail, @Nullable Instant since, boolean timestamps)
            throws DockerException;

    /** Runs a command in a running container; the caller closes it. */
    ExecSession exec(String id, ExecConfig config) throws DockerException;

    /**
     * The daemon's events of containers with that label key, from now on; blocks in {@code next}; the caller closes it.
     */
    EventStream events(String labelKey) throws DockerException;

    /**
     * What a daemon says of itself.
     *
     * @param apiVersion the negotiated one
     * @param cgroupDriver {@code cgroupfs} or {@code systemd}
     * @param cgroupVersion 1 or 2
     * @param rootDir its data directory
     * @param memoryBytes of the machine
     */
    record DaemonInfo(
            String version,
            String apiVersion,
            int cpus,
            long memoryBytes,
            String storageDriver,
            String cgroupDriver,
            int cgroupVersion,
            String rootDir,
            String kernel,
            String architecture,
            boolean liveRestore) {}

    /**
     * An image.
     *
     * @param id {@code sha256:...}
     * @param diffIds digests of its layers' content, from the lowest up
     */
    record ImageInfo(String id, List<String> tags, long sizeBytes, List<String> diffIds) {

        /** Whose layers are of no concern. */
        public ImageInfo(String id, List<String> tags, long sizeBytes) {
            this(id, tags, sizeBytes, List.of());
        }
    }

    /**
     * Limits of a container.
     *
     * @param cpuQuotaMicros microseconds of processor time per period of 100 ms; a hard limit
     * @param cpuShares weight among containers when the processors are all busy
     * @param memoryBytes a hard limit, without swap on top
     * @param cpusetCpus processors it may use, such as {@code 0-3}; absent: all
     * @param cpusetMems NUMA nodes its memory comes from, such as {@code 0}; absent: all
     */
    record Limits(
            long cpuQuotaMicros,
            int cpuShares,
            long memoryBytes,
            @Nullable String cpusetCpus,
            @Nullable String cpusetMems) {
        public static final long CPU_PERIOD_MICROS = 100_000;

        /** With memory from any node. */
        public Limits(long cpuQuotaMicros, int cpuShares, long memoryBytes, @Nullable String cpusetCpus) {
            this(cpuQuotaMicros, cpuShares, memoryBytes, cpusetCpus, null);
        }
    }

    /** A directory of the host seen in a container. */
    record Bind(String source, String target, boolean readOnly) {}

    /** A port of the host that leads to one of the container. */
    record PortBinding(int container, int host, String protocol) {}

    /** A limit of setrlimit. */
    record Ulimit(String name, long soft, long hard) {}

    /**
     * How a container is created. Docker's default seccomp profile and capabilities always apply.
     *
     * @param network {@code bridge}, {@code none}, or {@code container:<id>} to join another's
     * @param ipc {@code shareable}, or {@code container:<id>} to join another's
     * @param hostname absent when it joins another's network
     * @param rootDiskBytes cap of its root file system, 0 for none
     * @param readOnlyRoot whether its root file system is read-only
     * @param stopSignal asks its main process to end; absent: as its image says
     */
    record ContainerConfig(
            String name,
            String image,
            Map<String, String> labels,
            List<String> entrypoint,
            List<String> command,
            Map<String, String> env,
            @Nullable String user,
            @Nullable String workdir,
            @Nullable String hostname,
            String network,
            String ipc,
            List<Bind> binds,
            List<PortBinding> ports,
            List<Integer> exposedTcp,
            Map<String, String> sysctls,
            List<Ulimit> ulimits,
            List<String> capabilities,
            boolean privileged,
            boolean readOnlyRoot,
            long rootDiskBytes,
            @Nullable Limits limits,
            @Nullable String stopSignal) {

        /** The same from that image, with one more label. */
        public ContainerConfig from(String otherImage, String label, String value) {
            Map<String, String> more = new HashMap<>(labels);
            more.put(label, value);
            return new ContainerConfig(
                    name,
                    otherImage,
                    Map.copyOf(more),
                    entrypoint,
                    command,
                    env,
                    user,
                    workdir,
                    hostname,
                    network,
                    ipc,
                    binds,
                    ports,
                    exposedTcp,
                    sysctls,
                    ulimits,
                    capabilities,
                    privileged,
                    readOnlyRoot,
                    rootDiskBytes,
                    limits,
                    stopSignal);
        }

        /** That ends as its image says. */
        public ContainerConfig(
                String name,
                String image,
                Map<String, String> labels,
                List<String> entrypoint,
                List<String> command,
                Map<String, String> env,
                @Nullable String user,
                @Nullable String workdir,
                @Nullable String hostname,
                String network,
                String ipc,
                List<Bind> binds,
                List<PortBinding> ports,
                List<Integer> exposedTcp,
                Map<String, String> sysctls,
                List<Ulimit> ulimits,
                List<String> capabilities,
                boolean privileged,
                boolean readOnlyRoot,
                long rootDiskBytes,
                @Nullable Limits limits) {
            this(
                    name,
                    image,
                    labels,
                    entrypoint,
                    command,
                    env,
                    user,
                    workdir,
                    hostname,
                    network,
                    ipc,
                    binds,
                    ports,
                    exposedTcp,
                    sysctls,
                    ulimits,
                    capabilities,
                    privileged,
                    readOnlyRoot,
                    rootDiskBytes,
                    limits,
                    null);
        }
    }

    /**
     * How a container is.
     *
     * @param status Docker's word: created, running, paused, restarting, removing, exited, dead
     * @param pid in the daemon's PID namespace, 0 when it does not run
     * @param ip on its first network, empty when it has none of its own
     */
    record ContainerInfo(
            String id,
            String name,
            String image,
            Map<String, String> labels,
            String status,
            boolean running,
            int pid,
            int exitCode,
            boolean oomKilled,
            String error,
            Instant started,
            Instant finished,
            String ip,
            boolean tty,
            @Nullable Limits limits) {}

    /** One line of a list. */
    record ContainerSummary(String id, String name, Map<String, String> labels, String status) {}

    /**
     * How a command is run.
     *
     * @param user absent: the container's own
     */
    record ExecConfig(
            List<String> command,
            boolean stdin,
            boolean tty,
            int columns,
            int rows,
            @Nullable String user) {}

    /** Output by channel, in the order it came. */
    interface OutputStreams extends AutoCloseable {
        /**
         * Blocks for the next piece; null at the end.
         */
        @Nullable
        Output next() throws DockerException;

        @Override
        void close();
    }

    /** A piece of output. */
    record Output(boolean stderr, byte[] bytes) {}

    /** A running command. */
    interface ExecSession extends OutputStreams {
        /** Blocks until the daemon took it. */
        void write(byte[] bytes) throws DockerException;

        /**
         * The command sees end of file; its output goes on. With a terminal, end of file is what a user types for it: it
         * counts at the start of a line and where the program has not turned it off.
         */
        void closeStdin() throws DockerException;

        void resize(int columns, int rows) throws DockerException;

        /**
         * Kills the command, and what it started, if it still runs: for when nobody is left to read what it says. The
         * daemon itself lets a command run on when its connection ends.
         */
        void kill() throws DockerException;

        /** Its exit code, once {@code next} has returned null. */
        int exitCode() throws DockerException;
    }

    /** The daemon's events. */
    interface EventStream extends AutoCloseable {
        /** Blocks for the next; throws kind UNREACHABLE when the daemon closes the stream. */
        DaemonEvent next() throws DockerException;

        @Override
        void close();
    }

    /**
     * One event.
     *
     * @param action such as start, die, oom, update, destroy
     */
    record DaemonEvent(String action, String containerId, Map<String, String> attributes) {}
}
