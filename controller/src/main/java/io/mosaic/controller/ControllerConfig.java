package io.mosaic.controller;

import io.mosaic.controller.api.Admission;
import io.mosaic.controller.reconcile.Rebuild;
import io.mosaic.kit.http.HttpLimits;
import io.mosaic.model.Json;
import io.mosaic.model.Names;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code controller.json}. What is absent has a default; an unknown key is an error.
 *
 * @param name names this controller in logs and to agents; absent: the machine's host name
 * @param api where users connect
 * @param link where agents connect
 * @param advertise {@code host:port} at which other controllers of the cluster reach {@code link}; absent: where it listens,
 *     under the machine's host name when that is every address
 * @param database the operator's PostgreSQL; absent: one of the controller's own
 * @param names further names and addresses by which users and agents reach this controller, for its certificate
 * @param allowedCapabilities Linux capabilities beyond Docker's default that a set may ask for
 * @param allowedPrometheus Prometheus servers that an app's scaling may have asked, each as {@code http://host:port}
 * @param limits what this controller takes on; absent: as each of them says
 * @param images the image repository that hosts fetch from; absent: they have what their daemons can pull
 */
public record ControllerConfig(
        @Nullable String name,
        Endpoint api,
        Endpoint link,
        @Nullable String advertise,
        @Nullable Database database,
        List<String> names,
        List<String> allowedCapabilities,
        List<String> allowedPrometheus,
        @Nullable Limits limits,
        @Nullable ImageRepository images) {

    private static final int API_PORT = 8443;
    private static final int LINK_PORT = 8444;
    private static final Pattern ADVERTISE =
            Pattern.compile("([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\\[[0-9a-fA-F:.]+]):[0-9]{1,5}");

    private static final Pattern PROMETHEUS =
            Pattern.compile("https?://([A-Za-z0-9.-]{1,253}|\\[[0-9a-fA-F:.]+])(:[0-9]{1,5})?");

    public ControllerConfig {
        api = api == null ? new Endpoint(null, null) : api;
        link = link == null ? new Endpoint(null, null) : link;
        names = names == null ? List.of() : List.copyOf(names);
        allowedCapabilities = allowedCapabilities == null ? List.of() : List.copyOf(allowedCapabilities);
        allowedPrometheus = allowedPrometheus == null ? List.of() : List.copyOf(allowedPrometheus);
    }

    /**
     * Where to listen.
     *
     * @param bind address; absent: 127.0.0.1, so that nothing is reachable from outside unless somebody wants it
     * @param port absent: 8443 for the API and 8444 for agents; 0: any free one
     */
    public record Endpoint(@Nullable String bind, @Nullable Integer port) {
        public String bindOrLocal() {
            return bind == null ? "127.0.0.1" : bind;
        }
    }

    /**
     * A PostgreSQL that somebody else runs.
     *
     * @param url JDBC URL
     * @param passwordFile file that holds the password and nothing else but a newline
     * @param readUrl JDBC URL of a replica for events and audit; absent: they are read where they are written
     */
    public record Database(
            String url,
            String user,
            String passwordFile,
            @Nullable String readUrl) {}

    /**
     * Where the cluster's image repository is.
     *
     * @param url as hosts reach it, {@code https://host:port} with a certificate of the cluster's CA; {@code http} only on
     *     loopback
     */
    public record ImageRepository(String url) {}

    /**
     * What a controller takes on; what is absent has the default of {@link Admission.Limits} or {@link Rebuild.Limits}.
     *
     * @param writes changes under way at the same time
     * @param tenantWrites of one tenant
     * @param tenantRate of one tenant in a second
     * @param maxLostPercent of a zone's hosts: when more are silent at once, their sets are not rebuilt
     * @param connections of users at the same time; more wait until one ends
     */
    public record Limits(
            @Nullable Integer writes,
            @Nullable Integer tenantWrites,
            @Nullable Integer tenantRate,
            @Nullable Integer maxLostPercent,
            @Nullable Integer connections) {}

    private static final Limits NO_LIMITS = new Limits(null, null, null, null, null);

    Admission.Limits writeLimits() {
        Limits given = limits == null ? NO_LIMITS : limits;
        Admission.Limits otherwise = Admission.Limits.DEFAULT;
        return new Admission.Limits(
                given.writes() == null ? otherwise.writes() : given.writes(),
                given.tenantWrites() == null ? otherwise.tenantWrites() : given.tenantWrites(),
                given.tenantRate() == null ? otherwise.tenantRate() : given.tenantRate());
    }

    HttpLimits httpLimits() {
        Integer connections = limits == null ? null : limits.connections();
        return connections == null ? HttpLimits.DEFAULT : HttpLimits.DEFAULT.withConnections(connections);
    }

    Rebuild.Limits rebuildLimits() {
        Integer percent = limits == null ? null : limits.maxLostPercent();
        return percent == null ? Rebuild.Limits.DEFAULT : new Rebuild.Limits(percent);
    }

    private void checkLimits() {
        if (limits == null) {
            return;
        }
        checkLimit("/limits/writes", limits.writes(), 1_000_000);
        checkLimit("/limits/tenantWrites", limits.tenantWrites(), 1_000_000);
        checkLimit("/limits/tenantRate", limits.tenantRate(), 1_000_000);
        checkLimit("/limits/maxLostPercent", limits.maxLostPercent(), 100);
        checkLimit("/limits/connections", limits.connections(), 1_000_000);
    }

    private static void checkLimit(String pointer, @Nullable Integer limit, int max) {
        if (limit != null && (limit < 1 || limit > max)) {
            throw ProblemException.field(pointer, "must be 1 to " + max, Integer.toString(limit));
        }
    }

    public int apiPort() {
        return api.port() == null ? API_PORT : api.port();
    }

    public int linkPort() {
        return link.port() == null ? LINK_PORT : link.port();
    }

    /**
     * Reads and checks it.
     *
     * @param required whether the file must be there; else all defaults hold without it
     * @throws IOException in one line, naming file, key and rule
     */
    public static ControllerConfig read(Path file, boolean required) throws IOException {
        if (!Files.exists(file)) {
            if (required) {
                throw new IOException("no such file: " + file);
            }
            return Json.read("{}", ControllerConfig.class).checked();
        }
        try {
            return Json.read(Files.readAllBytes(file), ControllerConfig.class).checked();
        } catch (ProblemException e) {
            throw new IOException(file + ": " + e.getMessage());
        }
    }

    private ControllerConfig checked() {
        if (name != null) {
            Names.require("/name", name);
        }
        checkPrometheus();
        checkLimits();
        checkImages();
        checkPort("/api/port", apiPort());
        checkPort("/link/port", linkPort());
        if (apiPort() != 0 && apiPort() == linkPort()) {
            throw ProblemException.field("/link/port", "must differ from /api/port", Integer.toString(linkPort()));
        }
        if (advertise != null && !ADVERTISE.matcher(advertise).matches()) {
            throw ProblemException.field("/advertise", "must be host:port", advertise);
        }
        if (database != null
                && (database.url() == null || database.user() == null || database.passwordFile() == null)) {
            throw new ProblemException(Problem.Kind.INVALID, "/database: needs url, user and passwordFile");
        }
        return this;
    }

    private void checkImages() {
        if (images == null) {
            return;
        }
        String url = images.url();
        if (url == null || !isRepository(url)) {
            throw ProblemException.field(
                    "/images/url", "must be https://HOST:PORT with no path; http only on loopback", url);
        }
    }

    /** What is granted for it must not be read by others on the way. */
    private static boolean isRepository(String text) {
        try {
            URI uri = new URI(text);
            return uri.getHost() != null
                    && uri.getRawPath().isEmpty()
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null
                    && ("https".equals(uri.getScheme())
                            || ("http".equals(uri.getScheme()) && isLoopback(uri.getHost())));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("[::1]") || host.matches("127(\\.[0-9]{1,3}){3}");
    }

    private void checkPrometheus() {
        for (int i = 0; i < allowedPrometheus.size(); i++) {
            String server = allowedPrometheus.get(i);
            if (!PROMETHEUS.matcher(server).matches()) {
                throw ProblemException.field(
                        "/allowedPrometheus/" + i,
                        "must be http or https, host and port: http://10.0.0.9:9090",
                        server);
            }
        }
    }

    private static void checkPort(String pointer, int port) {
        if (port < 0 || port > 65535) {
            throw ProblemException.field(pointer, "must be 0 to 65535", Integer.toString(port));
        }
    }
}
