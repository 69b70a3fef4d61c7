package io.mosaic.cli.connect;

import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** The controller of this machine's own installation, as its files tell. */
public final class LocalServer {
    public static final int API_PORT = 8443;
    private static final int IMAGES_PORT = 8445;

    private final MosaicHome home;

    public LocalServer(MosaicHome home) {
        this.home = home;
    }

    /** Whether there is an installation. */
    public boolean exists() {
        return Files.exists(home.etc().resolve("admin.token")) || Files.exists(controllerFile());
    }

    public Path controllerFile() {
        return home.etc().resolve("controller.json");
    }

    /** Where its API answers. */
    public URI uri() throws IOException {
        return address("https", read(controllerFile()), API_PORT);
    }

    /** Where its image repository answers, as its images.json tells; null when there is neither that nor an installation. */
    public @Nullable URI images() throws IOException {
        Path file = home.etc().resolve("images.json");
        if (!Files.exists(file) && !exists()) {
            return null;
        }
        JsonNode config = read(file);
        String bind = config.path("api").path("bind").asString("127.0.0.1");
        // As the repository itself decides it: plain on loopback addresses, unless told otherwise.
        boolean loopback = InetAddress.getByName(bind).isLoopbackAddress();
        return address(config.path("tls").asBoolean(!loopback) ? "https" : "http", config, IMAGES_PORT);
    }

    private static URI address(String scheme, JsonNode config, int otherPort) {
        JsonNode api = config.path("api");
        String bind = api.path("bind").asString("127.0.0.1");
        String host = bind.equals("0.0.0.0") || bind.equals("::") ? "127.0.0.1" : bind;
        return URI.create(scheme + "://" + (host.contains(":") ? "[" + host + "]" : host) + ":"
                + api.path("port").asInt(otherPort));
    }

    private static JsonNode read(Path file) throws IOException {
        try {
            return Json.mapper().readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Json.mapper().readTree("{}");
        } catch (JacksonException e) {
            throw new IOException(file + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The cluster's CA certificate, or null before the first start. */
    public @Nullable String authority() throws IOException {
        Path file = home.etc().resolve("ca.pem");
        return Files.isReadable(file) ? Files.readString(file) : null;
    }

    /** The first admin token, or null when it was removed. */
    public @Nullable String token() throws IOException {
        Path file = home.etc().resolve("admin.token");
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            return null;
        } catch (AccessDeniedException e) {
            throw new CliException(
                    ExitCode.DENIED,
                    file + " may be read by root only: run as root, or give --token-file, MOS_TOKEN or --context");
        }
    }

    /** The installation that this environment names. */
    public static LocalServer of(Map<String, String> environment) {
        return new LocalServer(MosaicHome.of(environment));
    }
}
