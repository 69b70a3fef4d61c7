package io.mosaic.cli.local;

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
import tools.jackson.databind.JsonNode;

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
     * @param etc where the admin token and the CA's certificate are
     */
    record Front(int api, int link, Path etc) {}

    private static final int API_PORT = 8443;
    private static final int LINK_PORT = 8444;

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

    /** Writes the controller's configuration, with free ports, unless there is one. */
    void configureController() throws StepFailedException {
        if (Files.exists(controllerConfig())) {
            return;
        }
        int api = own ? freePort() : API_PORT;
        int link = own ? freePort() : LINK_PORT;
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("api", Map.of("bind", "127.0.0.1", "port", api));
        config.put("link", Map.of("bind", "127.0.0.1", "port", link));
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
        try {
            return new MosaicClient(ClientSettings.of(
                    URI.create("https://127.0.0.1:" + port("api", API_PORT)),
                    Files.readString(adminToken()).strip(),
                    Files.readString(credentials().resolve("ca.pem"))));
        } catch (IOException e) {
            throw new StepFailedException("the controller's token or certificate cannot be read: " + e.getMessage(), e);
        }
    }

    int port(String part, int otherwise) throws StepFailedException {
        if (front != null) {
            return part.equals("api") ? front.api() : front.link();
        }
        try {
            if (!Files.exists(controllerConfig())) {
                return otherwise;
            }
            JsonNode port = Json.mapper()
                    .readTree(Files.readString(controllerConfig()))
                    .path(part)
                    .path("port");
            return port.isInt() ? port.asInt() : otherwise;
        } catch (IOException | tools.jackson.core.JacksonException e) {
            throw new StepFailedException(controllerConfig() + " cannot be read: " + e.getMessage(), e);
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
