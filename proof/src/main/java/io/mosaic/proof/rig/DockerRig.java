package io.mosaic.proof.rig;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A Docker daemon of its own: its own directories, socket, bridge and cgroup tree, apart from any daemon of the machine.
 * It can be stopped, killed and frozen; {@link #close} removes its containers, processes, mounts, bridge, cgroups and
 * directories, whatever state a test left it in.
 *
 * <p>Needs root, dockerd, iproute2. Not thread-safe.
 */
public final class DockerRig implements AutoCloseable {

    private static final Duration START_DEADLINE = Duration.ofSeconds(40);
    private static final Duration STOP_DEADLINE = Duration.ofSeconds(30);

    private final Path directory;
    private final RigBridge bridge;
    private final List<String> options;
    private final LogFile log;
    private final DockerSocket docker;
    private @Nullable Process process;
    private boolean killed;

    private DockerRig(Path directory, RigBridge bridge, List<String> options) {
        this.directory = directory;
        this.bridge = bridge;
        this.options = options;
        this.log = new LogFile(directory.resolve("dockerd.log"));
        this.docker = new DockerSocket(socket());
    }

    /** Starts a daemon that keeps containers over its own restarts ({@code --live-restore}) and holds the test image. */
    public static DockerRig start(String name) throws IOException, InterruptedException {
        return start(name, List.of("--live-restore"));
    }

    /**
     * Starts a daemon on which Swarm can be: it does not go with {@code --live-restore}, so containers end with the
     * daemon.
     */
    public static DockerRig startForSwarm(String name) throws IOException, InterruptedException {
        return start(name, List.of());
    }

    private static DockerRig start(String name, List<String> options) throws IOException, InterruptedException {
        Path directory = RigDirectory.create(name);
        RigBridge bridge = RigBridge.create();
        Files.writeString(directory.resolve(RigDirectory.BRIDGE), bridge.name());
        DockerRig rig = new DockerRig(directory, bridge, options);
        try {
            rig.start();
            BusyBoxImage.importInto(rig.docker);
            return rig;
        } catch (IOException | InterruptedException | RuntimeException e) {
            e.addSuppressed(new IOException(rig.quoteLog()));
            rig.close();
            throw e;
        }
    }

    /** Where its socket, data and log are. */
    public Path directory() {
        return directory;
    }

    public Path socket() {
        return directory.resolve("docker.sock");
    }

    /** The daemon, spoken to by hand. */
    public DockerSocket docker() {
        return docker;
    }

    /** Starts the daemon and waits until it answers; nothing happens when it runs. */
    public void start() throws IOException, InterruptedException {
        if (running()) {
            return;
        }
        deleteStalePidFiles();
        List<String> command = new ArrayList<>(List.of(
                // A session of its own: Ctrl-C in the terminal ends the benchmark, which then ends the daemon in order.
                "setsid",
                "dockerd",
                "--data-root=" + directory.resolve("data"),
                "--exec-root=" + directory.resolve("exec"),
                "--pidfile=" + directory.resolve("docker.pid"),
                "--host=unix://" + socket(),
                "--bridge=" + bridge.name(),
                "--cgroup-parent=/" + bridge.name(),
                // What it says of every container at level info would bury what a failed test needs to see.
                "--log-level=warn",
                "--iptables=false",
                "--ip-masq=false",
                "--ip-forward=false"));
        command.addAll(options);
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.path().toFile()))
                .redirectInput(new File("/dev/null"))
                .start();
        awaitAnswer();
    }

    /**
     * Removes the pid files that a killed daemon left: by now the pid may be another process's. Its containerd died with
     * it, and dockerd takes a zombie, which a machine without a reaping init keeps, or whoever got the pid since, for a
     * containerd that still runs. {@code StalePidFiles} of the command line knows the same of the machine's own daemon.
     */
    private void deleteStalePidFiles() throws IOException {
        Files.deleteIfExists(directory.resolve("docker.pid"));
        Path containerd = directory.resolve("exec/containerd/containerd.pid");
        if (Files.exists(containerd)) {
            long pid = Long.parseLong(Files.readString(containerd).strip());
            String command = HostProcesses.commandLine(pid);
            String config = directory.resolve("exec/containerd/containerd.toml").toString();
            if (!HostProcesses.alive(pid) || command == null || !command.contains(config)) {
                Files.delete(containerd);
            }
        }
    }

    /** Waits until the daemon answers. */
    public void awaitAnswer() throws IOException, InterruptedException {
        long end = System.nanoTime() + START_DEADLINE.toNanos();
        while (true) {
            try {
                docker.ping(Duration.ofSeconds(2));
                return;
            } catch (IOException e) {
                if (!running() || System.nanoTime() > end) {
                    throw new IOException("dockerd does not answer (" + e.getMessage() + ")\n" + quoteLog(), e);
                }
                Thread.sleep(20);
            }
        }
    }

    /** Ends the daemon in order; its containers run on. */
    public void stop() throws InterruptedException {
        Process current = process;
        if (current != null) {
            current.destroy();
            if (!current.waitFor(STOP_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
                current.destroyForcibly().waitFor();
            }
        }
    }

    /** Stops and starts it. */
    public void restart() throws IOException, InterruptedException {
        stop();
        start();
    }

    /** Kills the daemon itself; its containerd dies with it, shims and containers run on. */
    public void kill9() throws InterruptedException {
        Process current = process;
        if (current != null) {
            killed = true;
            current.destroyForcibly().waitFor();
        }
    }

    /** Whether it was ever killed: then it may have left what it was in the middle of. */
    boolean wasKilled() {
        return killed;
    }

    /** Freezes the daemon itself: it accepts connections and answers nothing. */
    public void sigstop() throws IOException, InterruptedException {
        HostProcesses.freeze(pid());
    }

    /** Thaws it. */
    public void sigcont() throws IOException, InterruptedException {
        HostProcesses.thaw(pid());
    }

    public boolean running() {
        return process != null && process.isAlive();
    }

    /** @throws IllegalStateException when it was never started */
    public long pid() {
        if (process == null) {
            throw new IllegalStateException("dockerd was not started");
        }
        return process.pid();
    }

    /** Keeps its log in the report directory and quotes a few lines of it, for the message of a failure. */
    public String quoteLog() throws IOException {
        return log.quote();
    }

    /** Processes inside of the rig's containers, whether or not the daemon still knows those. */
    List<HostProcesses.Found> containerProcesses() throws IOException {
        List<HostProcesses.Found> found = new ArrayList<>();
        for (long pid : Cgroups.pidsIn(bridge.name())) {
            String command = HostProcesses.commandLine(pid);
            if (command != null && HostProcesses.alive(pid)) {
                found.add(new HostProcesses.Found(pid, command));
            }
        }
        return found;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        if (running()) {
            sigcont();
            removeContainers();
            stop();
        }
        // What is still there now belongs to a daemon that was killed: its shims and containers.
        RigDirectory.clear(directory);
    }

    private void removeContainers() throws IOException {
        try {
            awaitAnswer();
            for (JsonNode container : docker.containers(null)) {
                docker.remove(container.path("Id").asString());
            }
        } catch (IOException | InterruptedException e) {
            // Ended by force below; a daemon that fails to tidy up is a fact to see, not a reason to leave more.
            System.err.println("the rig's daemon did not remove its containers: " + e.getMessage());
        }
    }
}
