package io.mosaic.proof.rig;

import io.mosaic.cli.local.JvmOptions;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Mosaic on one machine as a user has it: a controller with its embedded PostgreSQL and an agent, each a process of its
 * own, in a {@code MOS_HOME} of their own, over a rig's Docker daemon. {@link #close} ends them and removes everything.
 *
 * <p>Not thread-safe.
 */
public final class Installation implements AutoCloseable {

    /** The agent's host name. */
    public static final String HOST = "host-1";

    private static final Duration READY_DEADLINE = Duration.ofSeconds(90);

    private final DockerRig docker;
    private final Path home;
    private final @Nullable SmallDisk disk;
    private final MosaicHome places;
    private final int apiPort;
    private final int linkPort;
    private final JavaProcess controller;
    private final JavaProcess agent;
    private final JavaProcess images;
    /** Null: it has no image repository. */
    private final @Nullable CountingProxy toImages;

    private final int imagesPort;

    private Installation(DockerRig docker, Path home, @Nullable SmallDisk disk, boolean withImages) throws IOException {
        this.imagesPort = FreePorts.next();
        this.toImages = withImages ? CountingProxy.before(imagesPort) : null;
        this.docker = docker;
        this.home = home;
        this.disk = disk;
        this.places = MosaicHome.at(home.toString());
        this.apiPort = FreePorts.next();
        this.linkPort = FreePorts.next();
        Map<String, String> environment = Map.of("MOS_HOME", home.toString());
        controller = new JavaProcess(
                "controller",
                JvmOptions.controller(environment),
                "io.mosaic.controller.Main",
                List.of(),
                environment,
                home);
        images = new JavaProcess(
                "images",
                List.of("-Xmx256m", "--enable-native-access=ALL-UNNAMED"),
                "io.mosaic.images.Main",
                List.of(),
                environment,
                home);
        agent = new JavaProcess(
                "agent", JvmOptions.agent(environment), "io.mosaic.agent.Main", List.of(), environment, home);
    }

    /** Starts controller and agent over that daemon and waits until the host is READY. */
    public static Installation start(DockerRig docker, String name) throws IOException, InterruptedException {
        return start(docker, RigDirectory.create(name), null, false);
    }

    /**
     * With an image repository, in a process of its own and over TLS, to which hosts come through {@link #toImages}; its data directory is
     * on a disk of that many bytes.
     */
    public static Installation startWithImages(DockerRig docker, String name, long bytes)
            throws IOException, InterruptedException {
        Path home = RigDirectory.create(name);
        SmallDisk disk = SmallDisk.mount(
                docker.directory().resolve("small-disk.img"),
                MosaicHome.at(home.toString()).lib(),
                bytes);
        return start(docker, home, disk, true);
    }

    /** The same, with its data directory on a disk of that many bytes. */
    public static Installation startOnSmallDisk(DockerRig docker, String name, long bytes)
            throws IOException, InterruptedException {
        Path home = RigDirectory.create(name);
        SmallDisk disk = SmallDisk.mount(
                docker.directory().resolve("small-disk.img"),
                MosaicHome.at(home.toString()).lib(),
                bytes);
        return start(docker, home, disk, false);
    }

    private static Installation start(DockerRig docker, Path home, @Nullable SmallDisk disk, boolean withImages)
            throws IOException, InterruptedException {
        Installation mosaic = new Installation(docker, home, disk, withImages);
        try {
            mosaic.writeControllerConfig();
            mosaic.controller.start();
            mosaic.awaitController();
            if (withImages) {
                mosaic.startImages();
            }
            mosaic.writeAgentConfig();
            mosaic.agent.start();
            mosaic.awaitHost("READY");
            return mosaic;
        } catch (IOException | InterruptedException | RuntimeException e) {
            IOException told = new IOException(e.getMessage() + "\n" + mosaic.quoteLogs(), e);
            mosaic.close();
            throw told;
        }
    }

    private void writeControllerConfig() throws IOException {
        for (Path place : List.of(places.etc(), places.lib(), places.run())) {
            Files.createDirectories(
                    place, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("api", Map.of("bind", "127.0.0.1", "port", apiPort));
        config.put("link", Map.of("bind", "127.0.0.1", "port", linkPort));
        if (toImages != null) {
            config.put("images", Map.of("url", "https://127.0.0.1:" + toImages.port()));
            Files.writeString(
                    places.etc().resolve("images.json"),
                    Json.pretty(Map.of("api", Map.of("port", imagesPort), "tls", true, "reserve", "1Mi")));
        }
        Files.writeString(places.etc().resolve("controller.json"), Json.pretty(config));
    }

    /** What the host offers, whatever the machine has. */
    public static final int OFFERED_CORES = 32;

    private void writeAgentConfig() throws IOException, InterruptedException {
        RawApi.Answer answer =
                api().post("/v1/tokens", "{\"name\":\"join-host-1\",\"purpose\":\"join\",\"ttl\":\"1h\"}");
        if (answer.status() != 201) {
            throw new IOException("no join token: " + answer.status() + " " + answer.text());
        }
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("name", HOST);
        config.put("controllers", List.of("127.0.0.1:" + linkPort));
        config.put("joinToken", answer.json().path("token").asString());
        config.put("dockerSocket", docker.socket().toString());
        config.put("infraImage", "mosaic/infra:1");
        // Bursts of 50 sets want more than a small machine has; what they measure is starting, not running.
        config.put("cpu", OFFERED_CORES);
        if (toImages != null) {
            // As if the disk were always nearly full.
            config.put("images", Map.of("every", "1s", "high", 0, "low", 0));
        }
        Files.writeString(places.etc().resolve("agent.json"), Json.pretty(config));
    }

    /** Waits until the controller says that it is ready. */
    public void awaitController() throws IOException, InterruptedException {
        long end = System.nanoTime() + READY_DEADLINE.toNanos();
        while (true) {
            String fault;
            try {
                RawApi.Answer answer = api().get("/readyz");
                if (answer.status() == 200) {
                    return;
                }
                fault = answer.status() + " " + answer.text();
            } catch (IOException e) {
                fault = e.toString();
            }
            if (!controller.alive()) {
                throw new IOException("the controller ended");
            }
            if (System.nanoTime() > end) {
                throw new IOException("the controller is not ready: " + fault);
            }
            Thread.sleep(50);
        }
    }

    /** Waits until the host is in that state. */
    public void awaitHost(String state) throws IOException, InterruptedException {
        long end = System.nanoTime() + READY_DEADLINE.toNanos();
        String last = "no answer";
        while (System.nanoTime() < end) {
            try {
                RawApi.Answer answer = api().get("/v1/hosts/" + HOST);
                last = answer.text();
                if (answer.status() == 200
                        && state.equals(
                                answer.json().path("status").path("state").asString())) {
                    return;
                }
            } catch (IOException e) {
                last = e.toString();
            }
            if (!agent.alive()) {
                throw new IOException("the agent ended");
            }
            Thread.sleep(50);
        }
        throw new IOException("the host does not become " + state + ": " + last);
    }

    public DockerRig docker() {
        return docker;
    }

    /**
     * The small disk that it was started on.
     *
     * @throws IllegalStateException when there is none
     */
    public SmallDisk disk() {
        if (disk == null) {
            throw new IllegalStateException("not on a small disk");
        }
        return disk;
    }

    /** Starts the image repository, and waits until it serves. */
    public void startImages() throws IOException, InterruptedException {
        images.start();
        long end = System.nanoTime() + READY_DEADLINE.toNanos();
        RawApi repository = RawApi.of(URI.create("https://127.0.0.1:" + imagesPort), authority(), adminToken());
        while (true) {
            try {
                if (repository.get("/readyz").status() == 200) {
                    return;
                }
            } catch (IOException e) {
                if (!images.alive() || System.nanoTime() > end) {
                    throw new IOException("the image repository does not start: " + e + images.quoteLog(), e);
                }
            }
            Thread.sleep(50);
        }
    }

    /** The image repository's process. */
    public JavaProcess images() {
        return images;
    }

    /** Where the image repository itself listens, on loopback. */
    public int imagesPort() {
        return imagesPort;
    }

    /** Between hosts and the image repository. */
    public CountingProxy toImages() {
        if (toImages == null) {
            throw new IllegalStateException("has no image repository");
        }
        return toImages;
    }

    public JavaProcess controller() {
        return controller;
    }

    public JavaProcess agent() {
        return agent;
    }

    /** Where agents find the controller, on loopback. */
    public int linkPort() {
        return linkPort;
    }

    /** Its {@code MOS_HOME}. */
    public Path home() {
        return home;
    }

    public MosaicHome places() {
        return places;
    }

    public URI server() {
        return URI.create("https://127.0.0.1:" + apiPort);
    }

    /** The administrator's token. */
    public String adminToken() throws IOException {
        return Files.readString(places.etc().resolve("admin.token")).strip();
    }

    /** PEM of the cluster's certificate authority. */
    public Path authority() {
        return places.etc().resolve("ca.pem");
    }

    /** The API spoken by hand, as the administrator. */
    public RawApi api() throws IOException {
        return RawApi.of(server(), authority(), adminToken());
    }

    /** The API through the Java client, as the administrator; the caller closes it. */
    public MosaicClient client() throws IOException {
        return new MosaicClient(ClientSettings.of(server(), adminToken(), Files.readString(authority())));
    }

    /** Pids of the embedded PostgreSQL, its postmaster first. */
    public List<Long> postgres() throws IOException {
        return EmbeddedServer.pids(places.lib().resolve("postgres"));
    }

    /** Kills the postmaster of the embedded PostgreSQL; its backends notice and end. */
    public void killPostgres() throws IOException, InterruptedException {
        List<Long> pids = postgres();
        if (pids.isEmpty()) {
            throw new IOException("no PostgreSQL below " + places.lib());
        }
        HostProcesses.kill(List.of(pids.getFirst()));
    }

    /** Files of volumes that are on the disk. */
    public List<Path> volumeFiles() throws IOException {
        Path volumes = places.lib().resolve("volumes");
        if (!Files.isDirectory(volumes)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(volumes, 1)) {
            return files.filter(file -> !file.equals(volumes)).toList();
        }
    }

    /** Keeps every log in the report directory and quotes a few lines of each, for the message of a failed test. */
    public String quoteLogs() throws IOException {
        return controller.quoteLog()
                + agent.quoteLog()
                + (toImages == null ? "" : images.quoteLog())
                + docker.quoteLog();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        List<String> faults = new ArrayList<>();
        if (toImages != null) {
            toImages.close();
        }
        for (JavaProcess process : List.of(agent, images, controller)) {
            try {
                process.close();
            } catch (IOException e) {
                faults.add(e.toString());
            }
        }
        // A PostgreSQL whose controller was killed runs on; so may a helper of the agent.
        HostProcesses.kill(postgres());
        RigDirectory.clear(home);
        if (!faults.isEmpty()) {
            throw new IOException(String.join("; ", faults));
        }
    }
}
