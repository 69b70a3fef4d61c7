package io.mosaic.cli.local;

import io.mosaic.model.HostResource;
import io.mosaic.model.HostState;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.ServerUnreachableException;
import io.mosaic.model.client.TokenCalls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Brings the parts of an installation up, in order, each only when it is not up. */
final class Bringup {

    /** The first start of the embedded database takes some seconds, and more on a busy machine. */
    private static final Duration START = Duration.ofSeconds(90);

    private static final Duration HOST_READY = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(100);
    private static final String DATABASE_USER = "mosaic";

    private final Installation installation;
    private final DockerDaemon docker;
    private final Path socket;
    private final Map<String, String> environment;
    private final Steps steps;

    Bringup(Installation installation, Map<String, String> environment, Steps steps) {
        this.installation = installation;
        this.socket = Installation.dockerSocket(environment);
        this.docker = DockerDaemon.ofSystem(socket, installation.dockerd());
        this.environment = Map.copyOf(environment);
        this.steps = steps;
    }

    DockerDaemon docker() {
        return docker;
    }

    /** Everything up to a host that takes sets. */
    void all() throws StepFailedException, InterruptedException {
        control();
        // Starts beside the agent; nobody needs it before there is an image.
        boolean running = launchImages();
        host();
        steps.step("images", () -> awaitImages(running));
    }

    /** As far as the API answers. */
    void control() throws StepFailedException, InterruptedException {
        daemon();
        steps.step("controller", this::controller);
    }

    /** The machine's Docker daemon. */
    void daemon() throws StepFailedException, InterruptedException {
        steps.step("docker", this::dockerd);
    }

    /** This machine as a host, once the API answers. */
    void host() throws StepFailedException, InterruptedException {
        steps.step("agent", this::agent);
    }

    private String dockerd() throws StepFailedException, InterruptedException {
        String version = docker.version();
        if (version != null) {
            return "dockerd " + version + " answers on " + socket;
        }
        String said = docker.start();
        installation.writeMade(installation.readMade().withDockerd());
        return said;
    }

    private String controller() throws StepFailedException, InterruptedException {
        LockedProcess controller = installation.controller();
        BackgroundProcess process = controller.process();
        boolean running = controller.runs();
        if (!running) {
            installation.configureImages();
            installation.configureController();
            noteUser();
            process.start(java("controller", installation.controllerConfig(), options(JvmOptions::controller)));
        }
        awaitController(controller);
        return (running ? "runs" : "started") + " on https://127.0.0.1:" + installation.port("api", 8443);
    }

    /** Before PostgreSQL is started, which makes its user when there is none. */
    void noteUser() throws StepFailedException {
        if (!userExists()) {
            installation.writeMade(installation.readMade().withUser());
        }
    }

    private void awaitController(LockedProcess controller) throws StepFailedException, InterruptedException {
        await(controller, "The controller", () -> {
            if (!Files.exists(installation.adminToken())
                    || !Files.exists(installation.home().etc().resolve("ca.pem"))) {
                return "it did not say why";
            }
            try (MosaicClient client = installation.client()) {
                client.ready();
                return null;
            }
        });
    }

    /** Begins its start, if it does not run; whether it did. */
    private boolean launchImages() throws StepFailedException {
        LockedProcess images = installation.images();
        if (images.runs()) {
            return true;
        }
        installation.configureImages();
        images.process().start(java("images", installation.imagesConfig(), options(JvmOptions::images)));
        return false;
    }

    private String awaitImages(boolean running) throws StepFailedException, InterruptedException {
        URI url = installation.imagesUrl();
        await(installation.images(), "The image repository", () -> {
            try (MosaicClient client = installation.imagesClient()) {
                client.ready();
                return null;
            }
        });
        return (running ? "runs" : "started") + " on " + url;
    }

    /** Why a part is not ready, or null. */
    private interface Fault {
        @Nullable
        String now() throws StepFailedException;
    }

    private static void await(LockedProcess part, String what, Fault fault)
            throws StepFailedException, InterruptedException {
        BackgroundProcess process = part.process();
        long deadline = System.nanoTime() + START.toNanos();
        String last = "it did not say why";
        while (System.nanoTime() < deadline) {
            if (!process.alive()) {
                throw new StepFailedException(what + " ended. " + process.logTail());
            }
            // Another one that answers in this home is not the one that was started.
            if (!part.holds()) {
                last = "it does not hold " + part.lock();
            } else {
                try {
                    String said = fault.now();
                    if (said == null) {
                        return;
                    }
                    last = said;
                } catch (ServerUnreachableException | ProblemException e) {
                    last = Objects.requireNonNullElse(e.getMessage(), last);
                }
            }
            Thread.sleep(POLL);
        }
        throw new StepFailedException(
                what + " is not ready after " + START.toSeconds() + " s: " + last + ". " + process.logTail());
    }

    private String agent() throws StepFailedException, InterruptedException {
        LockedProcess agent = installation.agent();
        BackgroundProcess process = agent.process();
        boolean running = agent.runs();
        try (MosaicClient client = installation.client()) {
            if (!running) {
                if (!installation.agentJoined()) {
                    installation.configureAgent(joinToken(client), socket);
                }
                process.start(java("agent", installation.agentConfig(), options(JvmOptions::agent)));
            }
            HostResource host = awaitHost(client, agent);
            return (running ? "runs" : "started") + ", host " + host.name() + " is READY";
        }
    }

    private String joinToken(MosaicClient client) {
        // A token of an earlier start that failed half-way is of no use to anybody.
        String name = "join-"
                + installation
                        .hostName()
                        .substring(0, Math.min(40, installation.hostName().length()));
        client.tokens().list().items().stream()
                .filter(token -> token.name().equals(name))
                .forEach(token -> client.tokens().delete(token.name()));
        return client.tokens().create(TokenCalls.NewToken.join(name, "1h")).token();
    }

    private HostResource awaitHost(MosaicClient client, LockedProcess agent)
            throws StepFailedException, InterruptedException {
        BackgroundProcess process = agent.process();
        long deadline = System.nanoTime() + HOST_READY.toNanos();
        String last = "it has not joined";
        while (System.nanoTime() < deadline) {
            if (!process.alive()) {
                throw new StepFailedException("The agent ended. " + process.logTail());
            }
            try {
                HostResource host = client.hosts().get(installation.hostName());
                boolean ready = host.status().state() == HostState.READY
                        || host.status().state() == HostState.CORDONED;
                if (ready && agent.holds()) {
                    return host;
                }
                last = ready
                        ? "the agent does not hold " + agent.lock()
                        : "it is " + host.status().state()
                                + (host.status().reason() == null
                                        ? ""
                                        : ": " + host.status().reason());
            } catch (ProblemException | ServerUnreachableException e) {
                last = Objects.requireNonNullElse(e.getMessage(), last);
            }
            Thread.sleep(POLL);
        }
        throw new StepFailedException(
                "The host is not ready after " + HOST_READY.toSeconds() + " s: " + last + ". " + process.logTail());
    }

    private List<String> options(Function<Map<String, String>, List<String>> of) throws StepFailedException {
        try {
            return of.apply(environment);
        } catch (IllegalArgumentException e) {
            throw new StepFailedException(String.valueOf(e.getMessage()), e);
        }
    }

    private List<String> java(String part, Path config, List<String> options) throws StepFailedException {
        Path jar = installation.dist().resolve(part).resolve("target").resolve("mosaic-" + part + ".jar");
        if (!Files.exists(jar)) {
            throw new StepFailedException("not built: " + jar + "; ./mos builds it");
        }
        List<String> command = new ArrayList<>();
        if (installation.front() != null) {
            // Our own MOS_HOME is the cluster's; this part has one below.
            command.addAll(
                    List.of("env", "MOS_HOME=" + installation.home().etc().getParent()));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-jar", jar.toString(), "--config", config.toString()));
        return command;
    }

    static boolean userExists() throws StepFailedException {
        try {
            return Files.readAllLines(Path.of("/etc/passwd")).stream()
                    .anyMatch(line -> line.startsWith(DATABASE_USER + ":"));
        } catch (IOException e) {
            throw new StepFailedException("cannot read /etc/passwd: " + e.getMessage(), e);
        }
    }
}
