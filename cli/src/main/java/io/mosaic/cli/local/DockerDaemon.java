package io.mosaic.cli.local;

import io.mosaic.cli.local.Programs.Ended;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The machine's Docker daemon, by its own command line. */
final class DockerDaemon {

    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration WORK = Duration.ofSeconds(60);

    private final Path socket;
    private final BackgroundProcess process;
    private final StalePidFiles stale;
    private final List<String> options;

    /** @param options of dockerd, beside its socket; must agree with {@code stale} */
    DockerDaemon(Path socket, BackgroundProcess process, StalePidFiles stale, List<String> options) {
        this.socket = socket;
        this.process = process;
        this.stale = stale;
        this.options = options;
    }

    /** With dockerd's own defaults for everything but the socket. */
    static DockerDaemon ofSystem(Path socket, BackgroundProcess process) {
        return new DockerDaemon(
                socket,
                process,
                new StalePidFiles(Path.of("/var/run/docker.pid"), Path.of("/var/run/docker")),
                List.of());
    }

    /** The version of the daemon that answers on the socket, or null when none does. */
    @Nullable
    String version() throws StepFailedException, InterruptedException {
        if (!Files.exists(socket)) {
            return null;
        }
        Ended ended = docker(ANSWER, "version", "--format", "{{.Server.Version}}");
        return ended.ok() ? ended.lastLine() : null;
    }

    /**
     * Starts a daemon for the socket, with live restore, so that containers outlive it.
     *
     * @return what there is to say of it
     */
    String start() throws StepFailedException, InterruptedException {
        if (process.alive()) {
            String version = await();
            if (version != null) {
                return "dockerd " + version + " answers";
            }
            throw new StepFailedException("dockerd runs but does not answer on " + socket + ". " + process.logTail());
        }
        stale.remove();
        process.start(command(true));
        String version = await();
        if (version != null) {
            return "started dockerd " + version;
        }
        process.stop(ANSWER);
        // Some kernels have no NAT table for Docker's rules; published ports then go through its userland proxy.
        stale.remove();
        process.start(command(false));
        version = await();
        if (version != null) {
            return "started dockerd " + version
                    + " without iptables rules (it could not set them): containers have no way out"
                    + " of this machine, published ports work";
        }
        process.stop(ANSWER);
        throw new StepFailedException("dockerd does not start. " + process.logTail());
    }

    private List<String> command(boolean iptables) {
        List<String> command = new ArrayList<>(List.of("dockerd", "--live-restore", "-H", "unix://" + socket));
        command.addAll(options);
        if (!iptables) {
            command.addAll(List.of("--iptables=false", "--ip-masq=false"));
        }
        return command;
    }

    private @Nullable String await() throws StepFailedException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline && process.alive()) {
            String version = version();
            if (version != null) {
                return version;
            }
            Thread.sleep(200);
        }
        return null;
    }

    boolean hasImage(String image) throws StepFailedException, InterruptedException {
        return docker(ANSWER, "image", "inspect", "--format", "{{.Id}}", image).ok();
    }

    /** The names that an image has, none when it has only its id; null when there is no such image. */
    @Nullable
    List<String> imageNames(String id) throws StepFailedException, InterruptedException {
        Ended ended = docker(ANSWER, "image", "inspect", "--format", "{{range .RepoTags}}{{println .}}{{end}}", id);
        return ended.ok()
                ? ended.output().lines().filter(line -> !line.isBlank()).toList()
                : null;
    }

    /** Makes an image from another by adding a folder to it. */
    void addFolder(String base, Path folder, String target, String image)
            throws StepFailedException, InterruptedException {
        String id = must("create", base).lastLine();
        try {
            must("cp", folder + "/.", id + ":" + target);
            must("commit", id, image);
        } finally {
            docker(WORK, "rm", "-f", id);
        }
    }

    /**
     * Pushes an image to the registry that its name begins with.
     *
     * @param image such as {@code 127.0.0.1:8445/default/demo:1}
     * @param credentials folder of a {@code config.json} with the registry's, as docker's own login writes it
     */
    void push(String image, Path credentials) throws StepFailedException, InterruptedException {
        Ended ended = run(WORK, List.of("--config", credentials.toString(), "push", "--quiet", image));
        if (!ended.ok()) {
            throw new StepFailedException("docker push " + image + ": " + ended.lastLine());
        }
    }

    /** Removes the image if nothing uses it; says whether it is gone. */
    boolean removeImage(String image) throws StepFailedException, InterruptedException {
        return docker(WORK, "rmi", image).ok();
    }

    private Ended must(String... arguments) throws StepFailedException, InterruptedException {
        Ended ended = docker(WORK, arguments);
        if (!ended.ok()) {
            throw new StepFailedException("docker " + String.join(" ", arguments) + ": " + ended.lastLine());
        }
        return ended;
    }

    private Ended docker(Duration deadline, String... arguments) throws StepFailedException, InterruptedException {
        return run(deadline, List.of(arguments));
    }

    private Ended run(Duration deadline, List<String> arguments) throws StepFailedException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("docker", "-H", "unix://" + socket));
        command.addAll(arguments);
        return Programs.run(deadline, command);
    }
}
