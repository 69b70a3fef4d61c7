package io.mosaic.proof.rig;

import io.mosaic.cli.local.JvmOptions;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A host of its own on this machine: mount, network, host name, IPC and process namespaces, with a dockerd and an agent
 * inside that use directories of its own and reach the rest over one network cable. It can lose its power (everything on it
 * is gone at once), boot again from the same disk, and have its cable pulled; its daemon and agent can be killed and frozen.
 * {@link #close} ends it and removes everything.
 *
 * <p>What a reboot takes from a real machine it takes here: processes, mounts, loop devices, control groups and what lay in
 * memory-backed directories. Thread-safe.
 */
public final class HostRig implements AutoCloseable {

    private static final Duration BOOT_DEADLINE = Duration.ofSeconds(60);
    private static final Duration DEATH_DEADLINE = Duration.ofSeconds(20);

    /** Inside the host; the same on every one, as nobody but its own containers uses it. */
    private static final String CONTAINER_NETWORK = "172.30.0.1/16";

    /** Directories that are memory on a real host, and that hosts on one machine must not share. */
    private static final List<String> MEMORY = List.of("/run/docker", "/run/netns", "/etc/docker");

    private final String name;
    private final Path directory;
    private final RigBridge bridge;
    private final int number;
    private final RigProcess daemon;
    private final JavaProcess agent;
    private final DockerSocket docker;
    private @Nullable SmallDisk daemonDisk;
    private @Nullable SmallDisk agentDisk;
    private @Nullable Process holder;
    private volatile long init;

    private HostRig(String name, Path directory, RigBridge bridge, int number) {
        this.name = name;
        this.directory = directory;
        this.bridge = bridge;
        this.number = number;
        this.docker = new DockerSocket(socket());
        this.daemon = new RigProcess(
                "dockerd",
                List.of(
                        "dockerd",
                        "--data-root=" + directory.resolve("data"),
                        "--exec-root=" + exec(),
                        "--pidfile=" + exec().resolve("docker.pid"),
                        "--host=unix://" + socket(),
                        "--bip=" + CONTAINER_NETWORK,
                        "--cgroup-parent=/" + cable(),
                        "--log-level=warn",
                        "--iptables=false",
                        "--ip-masq=false",
                        "--ip-forward=false",
                        "--live-restore"),
                Map.of(),
                directory,
                this::entering);
        this.agent = new JavaProcess(
                "agent",
                // As the platform starts it.
                JvmOptions.agent(Map.of()),
                "io.mosaic.agent.Main",
                List.of(),
                Map.of("MOS_HOME", home().toString()),
                directory,
                this::entering);
    }

    /**
     * Makes one and boots it, with its daemon and the test image but no agent yet.
     *
     * @param bridge where its cable ends
     * @param number of the host on that bridge, 1 to 250
     */
    static HostRig start(String name, RigBridge bridge, int number) throws IOException, InterruptedException {
        return start(name, bridge, number, 0);
    }

    /**
     * The same with a disk of that many bytes below its daemon's directory, and another below its agent's.
     *
     * @param diskBytes 0: this machine's own disk
     */
    static HostRig start(String name, RigBridge bridge, int number, long diskBytes)
            throws IOException, InterruptedException {
        Path directory = RigDirectory.create(name);
        HostRig host = new HostRig(name, directory, bridge, number);
        // Interface and cgroup tree have one name, as a rig's bridge has.
        Files.writeString(directory.resolve(RigDirectory.BRIDGE), host.cable());
        Files.createDirectories(host.exec());
        try {
            if (diskBytes > 0) {
                // Before its namespaces are made, which then have them.
                host.daemonDisk =
                        SmallDisk.mount(directory.resolve("daemon.img"), directory.resolve("data"), diskBytes);
                Path lib = MosaicHome.at(host.home().toString()).lib();
                host.agentDisk = SmallDisk.mount(directory.resolve("agent.img"), lib, diskBytes);
            }
            host.boot();
            BusyBoxImage.importInto(host.docker);
            return host;
        } catch (IOException | InterruptedException | RuntimeException e) {
            e.addSuppressed(new IOException(host.quoteLogs()));
            host.close();
            throw e;
        }
    }

    public String name() {
        return name;
    }

    /** The daemon, spoken to by hand from outside: its socket is a file. */
    public DockerSocket docker() {
        return docker;
    }

    public RigProcess daemon() {
        return daemon;
    }

    public JavaProcess agent() {
        return agent;
    }

    private Path home() {
        return directory.resolve("home");
    }

    private Path exec() {
        return directory.resolve("exec");
    }

    private Path socket() {
        return directory.resolve("docker.sock");
    }

    /** The outer end of the host's cable, and its tree of control groups. At most 15 characters are an interface's name. */
    private String cable() {
        return bridge.name() + "h" + number;
    }

    /** Writes the agent's configuration; it is started by {@link #startAgent} and by each boot. */
    void configure(List<String> controllers, String joinToken, Map<String, Object> more) throws IOException {
        MosaicHome places = MosaicHome.at(home().toString());
        Files.createDirectories(places.etc());
        Map<String, Object> config = new java.util.LinkedHashMap<>();
        config.put("name", name);
        config.put("controllers", controllers);
        config.put("joinToken", joinToken);
        config.put("dockerSocket", socket().toString());
        config.put("infraImage", "mosaic/infra:1");
        config.putAll(more);
        Files.writeString(places.etc().resolve("agent.json"), Json.pretty(config));
    }

    void startAgent() throws IOException {
        agent.start();
    }

    /** Whether it has power. */
    public synchronized boolean up() {
        return holder != null && holder.isAlive();
    }

    /** Gives it power: its daemon starts, and its agent when it has one. Nothing happens when it is up. */
    public synchronized void boot() throws IOException, InterruptedException {
        if (up()) {
            return;
        }
        // Its first process never waits for a child; with SIGCHLD ignored the kernel buries those that end.
        Process started = new ProcessBuilder(
                        "setsid",
                        "unshare",
                        "--mount",
                        "--net",
                        "--uts",
                        "--ipc",
                        "--pid",
                        "--fork",
                        "--kill-child",
                        "--mount-proc",
                        "--propagation",
                        "private",
                        "env",
                        "--ignore-signal=CHLD",
                        "sleep",
                        "infinity")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("init.log").toFile()))
                .redirectInput(new File("/dev/null"))
                .start();
        holder = started;
        init = awaitInit(started);
        run("hostname", name);
        run("mount", "-t", "tmpfs", "tmpfs", exec().toString());
        for (String place : MEMORY) {
            Files.createDirectories(Path.of(place));
            run("mount", "-t", "tmpfs", "tmpfs", place);
        }
        run("mkdir", "/run/docker/plugins");
        HostCommand.attempt("ip", "link", "delete", cable());
        HostCommand.run(
                "ip",
                "link",
                "add",
                cable(),
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                // The same after each boot, or neighbours would ask for the old one for a while.
                "address",
                String.format("02:6d:6f:%02x:00:%02x", bridge.block(), number),
                "netns",
                "/proc/" + init + "/ns/net");
        HostCommand.run("ip", "link", "set", cable(), "master", bridge.name(), "up");
        run("ip", "link", "set", "lo", "up");
        run("ip", "address", "add", bridge.address(1, number) + "/16", "dev", "eth0");
        run("ip", "link", "set", "eth0", "up");
        startDaemon();
        if (Files.exists(MosaicHome.at(home().toString()).etc().resolve("agent.json"))) {
            agent.start();
        }
    }

    /** The namespaces are there once its process is what it is to be. */
    private long awaitInit(Process started) throws IOException, InterruptedException {
        long end = System.nanoTime() + BOOT_DEADLINE.toNanos();
        while (System.nanoTime() < end && started.isAlive()) {
            var child = started.toHandle().children().findFirst();
            if (child.isPresent()) {
                String command = HostProcesses.commandLine(child.get().pid());
                if (command != null && command.startsWith("sleep")) {
                    return child.get().pid();
                }
            }
            Thread.sleep(5);
        }
        throw new IOException("host " + name + " does not boot: " + Files.readString(directory.resolve("init.log")));
    }

    private List<String> entering() {
        String target = Long.toString(init);
        return List.of("nsenter", "--target", target, "--mount", "--net", "--uts", "--ipc", "--pid", "--wd");
    }

    private String run(String... command) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(entering());
        all.addAll(List.of(command));
        return HostCommand.run(all.toArray(String[]::new));
    }

    /** Starts the daemon and waits until it answers; nothing happens when it runs. */
    public void startDaemon() throws IOException, InterruptedException {
        if (!daemon.alive()) {
            deleteStalePidFiles();
            daemon.start();
        }
        long end = System.nanoTime() + BOOT_DEADLINE.toNanos();
        while (true) {
            try {
                docker.ping(Duration.ofSeconds(2));
                return;
            } catch (IOException e) {
                if (!daemon.alive() || System.nanoTime() > end) {
                    throw new IOException("dockerd of " + name + " does not answer\n" + daemon.quoteLog(), e);
                }
                Thread.sleep(20);
            }
        }
    }

    /** As {@link DockerRig} has it: a killed daemon's pids may be others' by now. Seen from inside the host. */
    private void deleteStalePidFiles() throws IOException {
        Path root = Path.of("/proc/" + init + "/root");
        Path inside = root.resolve(exec().toString().substring(1));
        Files.deleteIfExists(inside.resolve("docker.pid"));
        Path containerd = inside.resolve("containerd/containerd.pid");
        if (Files.exists(containerd)) {
            Path process = root.resolve("proc")
                    .resolve(Files.readString(containerd).strip())
                    .resolve("cmdline");
            if (!Files.exists(process)
                    || !Files.readString(process, StandardCharsets.UTF_8).contains("containerd")) {
                Files.delete(containerd);
            }
        }
    }

    /**
     * Takes its power away. Processes end without a word, and nobody hears of it: the cable is gone with the namespace. Nothing
     * happens when it has none.
     */
    public synchronized void die() throws IOException, InterruptedException {
        Process current = holder;
        if (current != null && current.isAlive()) {
            HostCommand.attempt("kill", "-KILL", Long.toString(init));
            // The first process is gone only when all others are, and those that were started from outside are ours to
            // bury.
            daemon.thawEntering();
            agent.thawEntering();
            if (!current.waitFor(DEATH_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("host " + name + " does not end");
            }
        }
        HostMounts.detachLoopDevicesOn(directory);
        Cgroups.remove(cable());
    }

    /** Pulls the cable: nothing comes or goes, and nobody is told. */
    public void cut() throws IOException, InterruptedException {
        HostCommand.run("ip", "link", "set", cable(), "down");
    }

    /** Plugs the cable in again. */
    public void mend() throws IOException, InterruptedException {
        HostCommand.run("ip", "link", "set", cable(), "up");
    }

    /** Lets its daemon trust the registry at that {@code host:port} until it loses its power. */
    public void trust(String registry, Path authority) throws IOException {
        Path place = Path.of("/proc/" + init + "/root/etc/docker/certs.d").resolve(registry);
        Files.createDirectories(place);
        Files.copy(authority, place.resolve("ca.crt"));
    }

    /** Where its daemon listens. */
    public Path dockerSocket() {
        return socket();
    }

    /**
     * The disk that its daemon's directory is on.
     *
     * @throws IllegalStateException when it is this machine's own
     */
    public SmallDisk daemonDisk() {
        return required(daemonDisk);
    }

    /** Likewise its agent's. */
    public SmallDisk agentDisk() {
        return required(agentDisk);
    }

    private static SmallDisk required(@Nullable SmallDisk disk) {
        if (disk == null) {
            throw new IllegalStateException("not on a small disk");
        }
        return disk;
    }

    /** Where its daemon unpacks what it is given, before that becomes an image. */
    public Path daemonScratch() {
        return directory.resolve("data/tmp");
    }

    /** Where its agent keeps what it fetches of images. */
    public Path fetched() {
        return MosaicHome.at(home().toString()).lib().resolve("agent/images/fetch");
    }

    /** The containers of sets on it, running or not, inspected. */
    public List<JsonNode> containers() throws IOException {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode each : docker.containers("io.mosaic.set")) {
            JsonNode seen = docker.inspect(each.path("Id").asString());
            if (seen != null) {
                found.add(seen);
            }
        }
        return found;
    }

    /** Names of the sets that have containers on it. */
    public SortedSet<String> sets() throws IOException {
        SortedSet<String> names = new TreeSet<>();
        for (JsonNode each : docker.containers("io.mosaic.set")) {
            names.add(each.path("Labels").path("io.mosaic.name").asString());
        }
        return names;
    }

    /** What is mounted for volumes on it, as the host itself sees it; a volume's mount in a container is not counted. */
    public List<String> volumeMounts() throws IOException {
        String below = home() + "/";
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + init + "/mountinfo"))) {
            return lines.map(line -> line.split(" ", -1)[4])
                    .filter(point -> point.startsWith(below))
                    .toList();
        }
    }

    /** Loop devices over files of this host. */
    public List<String> loopDevices() throws IOException {
        return HostMounts.loopDevicesOn(directory);
    }

    /** Files of volumes on its disk. */
    public List<Path> volumeFiles() throws IOException {
        Path volumes = MosaicHome.at(home().toString()).lib().resolve("volumes");
        if (!Files.isDirectory(volumes)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(volumes, 1)) {
            return files.filter(file -> !file.equals(volumes)).toList();
        }
    }

    /** Processes in containers, whether or not the daemon still knows those. */
    public List<HostProcesses.Found> containerProcesses() throws IOException {
        List<HostProcesses.Found> found = new ArrayList<>();
        for (long pid : Cgroups.pidsIn(cable())) {
            String command = HostProcesses.commandLine(pid);
            if (command != null && HostProcesses.alive(pid)) {
                found.add(new HostProcesses.Found(pid, command));
            }
        }
        return found;
    }

    /** Keeps both logs in the report directory and quotes a few lines of each, for the message of a failure. */
    public String quoteLogs() throws IOException {
        return daemon.quoteLog() + agent.quoteLog();
    }

    @Override
    public synchronized void close() throws IOException, InterruptedException {
        die();
        RigDirectory.clear(directory);
    }
}
