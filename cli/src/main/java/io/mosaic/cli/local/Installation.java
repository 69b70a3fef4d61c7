package io.mosaic.cli.local;

import io.mosaic.cli.connect.LocalServer;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Where one installation keeps its files on this machine, and how its parts are reached.
 *
 * @param dist the project's folder, with the built jars
 * @param own whether it lives below a {@code MOS_HOME} of its own, beside another
 * @param front the cluster that its agent belongs to; absent: the controller of the same home
 */
record Installation(
        MosaicHome home, Path dist, boolean own, @Nullable Front front) {

    /**
     * How a cluster of several controllers is reached on this machine.
     *
     * @param images of its image repository
     * @param etc where the admin token and the CA's certificate are
     */
    record Front(int api, int link, int images, Path etc) {}

    private static final int API_PORT = 8443;
    private static final int LINK_PORT = 8444;
    private static final int IMAGES_PORT = 8445;

    static Installation of(Map<String, String> environment) throws StepFailedException {
        String dist = System.getProperty("mosaic.dist");
        if (dist == null) {
            throw new StepFailedException("run it through ./mos, which knows where Mosaic is");
        }
        String own = environment.get("MOS_HOME");
        return new Installation(MosaicHome.of(environment), Path.of(dist), own != null && !own.isEmpty(), null);
    }

    Path controllerConfig() {
        return home.etc().resolve("controller.json");
    }

    Path agentConfig() {
        return home.etc().resolve("agent.json");
    }

    /** Where the agent notes which images it brought. */
    Path agentLedger() {
        return home.lib().resolve("agent").resolve("images").resolve("ledger.json");
    }

    Path imagesConfig() {
        return home.etc().resolve("images.json");
    }

    Path adminToken() {
        return credentials().resolve("admin.token");
    }

    private Path credentials() {
        return front == null ? home.etc() : front.etc();
    }

    /** What quickstart and up made, so that purge can take it back. */
    Path made() {
        return home.lib().resolve("made.json");
    }

    LockedProcess controller() {
        return new LockedProcess(
                process("controller"),
                home.lib().resolve("controller.lock"),
                "mosaic-controller.jar",
                "io.mosaic.controller.Main");
    }

    LockedProcess agent() {
        return new LockedProcess(
                process("agent"),
                home.lib().resolve("agent").resolve("lock"),
                "mosaic-agent.jar",
                "io.mosaic.agent.Main");
    }

    LockedProcess images() throws StepFailedException {
        return new LockedProcess(
                process("images"), imagesDirectory().resolve("lock"), "mosaic-images.jar", "io.mosaic.images.Main");
    }

    /** Where the repository keeps its content: as its configuration says, or where it does so by itself. */
    private Path imagesDirectory() throws StepFailedException {
        String named = Files.exists(imagesConfig())
                ? read(imagesConfig()).path("directory").asString("")
                : "";
        return named.isEmpty() ? home.lib().resolve("images") : Path.of(named);
    }

    /** For when its controller has ended. */
    OrphanedDatabase database() {
        return new OrphanedDatabase(home.lib().resolve("postgres"));
    }

    BackgroundProcess dockerd() {
        return process("dockerd");
    }

    private BackgroundProcess process(String name) {
        return new BackgroundProcess(
                name, home.run().resolve(name + ".pid"), home.run().resolve(name + ".log"));
    }

    /** The daemon's socket: of {@code DOCKER_HOST} when that names one, else the system's. */
    static Path dockerSocket(Map<String, String> environment) {
        String host = environment.get("DOCKER_HOST");
        return host != null && host.startsWith("unix://")
                ? Path.of(host.substring("unix://".length()))
                : Path.of("/var/run/docker.sock");
    }

    /** This host's name in the cluster: the machine's, made valid, and apart from other installations on it. */
    String hostName() {
        String name;
        try {
            name = InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            name = "localhost";
        }
        String valid =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]+", "-").replaceAll("^-+|-+$", "");
        String cut = valid.isEmpty()
                ? "host"
                : valid.substring(0, Math.min(50, valid.length())).replaceAll("-+$", "");
        return own ? cut + "-" + Integer.toHexString(home.lib().toString().hashCode()) : cut;
    }

    /** Writes the repository's configuration, with a free port, unless there is one. */
    void configureImages() throws StepFailedException {
        if (Files.exists(imagesConfig())) {
            return;
        }
        int port = own || !free(IMAGES_PORT) ? freePort() : IMAGES_PORT;
        writeSecret(imagesConfig(), Json.pretty(Map.of("api", Map.of("bind", "127.0.0.1", "port", port))) + "\n");
    }

    /** Where the image repository answers. */
    URI imagesUrl() throws StepFailedException {
        if (front != null) {
            return URI.create("https://127.0.0.1:" + front.images());
        }
        try {
            URI url = new LocalServer(home).images();
            if (url == null) {
                throw new StepFailedException("there is no " + imagesConfig());
            }
            return url;
        } catch (IOException e) {
            throw new StepFailedException(imagesConfig() + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A client of the image repository, with the admin token of this installation. */
    MosaicClient imagesClient() throws StepFailedException {
        return new MosaicClient(settings(imagesUrl()));
    }

    /**
     * Writes the controller's configuration, with free ports, unless there is one. One of an earlier version learns where the
     * image repository is.
     */
    void configureController() throws StepFailedException {
        if (Files.exists(controllerConfig())) {
            if (read(controllerConfig()) instanceof ObjectNode known && !known.has("images")) {
                known.putObject("images").put("url", imagesUrl().toString());
                writeSecret(controllerConfig(), Json.pretty(known) + "\n");
            }
            return;
        }
        int api = own ? freePort() : API_PORT;
        int link = own ? freePort() : LINK_PORT;
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("api", Map.of("bind", "127.0.0.1", "port", api));
        config.put("link", Map.of("bind", "127.0.0.1", "port", link));
        config.put("images", Map.of("url", imagesUrl().toString()));
        writeSecret(controllerConfig(), Json.pretty(config) + "\n");
    }

    /** Writes the agent's configuration with a join token, since it holds a secret for its owner alone. */
    void configureAgent(String joinToken, Path dockerSocket) throws StepFailedException {
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("name", hostName());
        config.put("controllers", java.util.List.of("127.0.0.1:" + port("link", LINK_PORT)));
        config.put("dockerSocket", dockerSocket.toString());
        config.put("joinToken", joinToken);
        writeSecret(agentConfig(), Json.pretty(config) + "\n");
    }

    /** Whether the agent has joined before, so that it needs no token. */
    boolean agentJoined() {
        return Files.exists(home.lib().resolve("agent").resolve("identity").resolve("host.pem"))
                && Files.exists(agentConfig());
    }

    /** A client with the admin token of this installation. */
    MosaicClient client() throws StepFailedException {
        return new MosaicClient(settings(URI.create("https://127.0.0.1:" + port("api", API_PORT))));
    }

    private ClientSettings settings(URI server) throws StepFailedException {
        try {
            return ClientSettings.of(
                    server,
                    Files.readString(adminToken()).strip(),
                    Files.readString(credentials().resolve("ca.pem")));
        } catch (IOException e) {
            throw new StepFailedException("the controller's token or certificate cannot be read: " + e.getMessage(), e);
        }
    }

    int port(String part, int otherwise) throws StepFailedException {
        if (front != null) {
            return part.equals("api") ? front.api() : front.link();
        }
        if (!Files.exists(controllerConfig())) {
            return otherwise;
        }
        JsonNode port = read(controllerConfig()).path(part).path("port");
        return port.isInt() ? port.asInt() : otherwise;
    }

    private static JsonNode read(Path config) throws StepFailedException {
        try {
            return Json.mapper().readTree(Files.readString(config));
        } catch (IOException | JacksonException e) {
            throw new StepFailedException(config + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** What was made so far. */
    Made readMade() throws StepFailedException {
        try {
            return Files.exists(made()) ? Json.read(Files.readAllBytes(made()), Made.class) : Made.NOTHING;
        } catch (IOException | ProblemException e) {
            throw new StepFailedException(made() + " cannot be read: " + e.getMessage(), e);
        }
    }

    void writeMade(Made changed) throws StepFailedException {
        writeSecret(made(), Json.pretty(changed) + "\n");
    }

    private static boolean free(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            // That it cannot be bound is the answer; why does not matter here.
            return false;
        }
    }

    static int freePort() throws StepFailedException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new StepFailedException("no free port: " + e.getMessage(), e);
        }
    }

    private static void writeSecret(Path file, String text) throws StepFailedException {
        try {
            Files.createDirectories(file.getParent());
            Path next = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(next);
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(next, text.getBytes(StandardCharsets.UTF_8));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | UncheckedIOException e) {
            throw new StepFailedException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
