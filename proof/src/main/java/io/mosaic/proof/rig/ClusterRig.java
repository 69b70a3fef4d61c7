package io.mosaic.proof.rig;

import io.mosaic.controller.store.embedded.EmbeddedPostgres;
import io.mosaic.controller.store.embedded.PostgresPair;
import io.mosaic.kit.tls.ClusterAuthority;
import io.mosaic.kit.tls.Credentials;
import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.sql.PostgresConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several controllers over one PostgreSQL, each a process of its own, with nginx before them if asked for, and agents over
 * Docker daemons of rigs. {@link #close} ends all that and removes its files.
 *
 * <p>Not thread-safe.
 */
public final class ClusterRig implements AutoCloseable {

    private static final Duration READY = Duration.ofMinutes(2);

    private static final String LOOPBACK = "127.0.0.1";

    private static final Logger LOG = LoggerFactory.getLogger(ClusterRig.class);

    private final Path root;
    /** Address at which controllers take agents. */
    private final String linkAddress;

    private final AutoCloseable database;
    private final PostgresConfig databaseConfig;
    private final @Nullable String readUrl;
    private final ClusterAuthority authority;
    /** Of each controller's configuration, beside what every one has. */
    private final Map<String, Object> more;

    private final List<Member> members = new ArrayList<>();
    private final List<JavaProcess> agents = new ArrayList<>();
    private @Nullable Nginx nginx;

    /** One controller. */
    public record Member(String name, Path home, int apiPort, int linkPort, JavaProcess process) {
        public URI server() {
            return URI.create("https://127.0.0.1:" + apiPort);
        }
    }

    private ClusterRig(
            Path root,
            String linkAddress,
            AutoCloseable database,
            PostgresConfig databaseConfig,
            @Nullable String readUrl,
            ClusterAuthority authority,
            Map<String, Object> more) {
        this.more = Map.copyOf(more);
        this.root = root;
        this.linkAddress = linkAddress;
        this.database = database;
        this.databaseConfig = databaseConfig;
        this.readUrl = readUrl;
        this.authority = authority;
    }

    /** Starts so many controllers, one after the other, and waits until each is ready. */
    public static ClusterRig start(String name, int controllers) throws IOException, InterruptedException {
        return start(RigDirectory.create(name), controllers, LOOPBACK, Map.of());
    }

    /**
     * The same; agents reach the controllers over that bridge, which goes with the cluster.
     *
     * @param more of the controllers' configuration
     */
    static ClusterRig start(String name, int controllers, RigBridge bridge, Map<String, Object> more)
            throws IOException, InterruptedException {
        Path root = RigDirectory.create(name);
        Files.writeString(root.resolve(RigDirectory.BRIDGE), bridge.name());
        return start(root, controllers, bridge.address(0, 1), more);
    }

    private static ClusterRig start(Path root, int controllers, String linkAddress, Map<String, Object> more)
            throws IOException, InterruptedException {
        try {
            EmbeddedPostgres postgres = EmbeddedPostgres.start(root.resolve("postgres"), step -> {});
            ClusterRig rig = new ClusterRig(
                    root,
                    linkAddress,
                    postgres,
                    postgres.config(),
                    null,
                    ClusterAuthority.loadOrCreate(root.resolve("ca")),
                    more);
            rig.startControllers(controllers);
            return rig;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /** The same over a primary and its synchronous replica. */
    public static ClusterRig startReplicated(String name, int controllers) throws IOException, InterruptedException {
        return startReplicated(RigDirectory.create(name), controllers, LOOPBACK);
    }

    /** The same; agents reach the controllers over that bridge, which goes with the cluster. */
    static ClusterRig startReplicated(String name, int controllers, RigBridge bridge)
            throws IOException, InterruptedException {
        Path root = RigDirectory.create(name);
        Files.writeString(root.resolve(RigDirectory.BRIDGE), bridge.name());
        return startReplicated(root, controllers, bridge.address(0, 1));
    }

    private static ClusterRig startReplicated(Path root, int controllers, String linkAddress)
            throws IOException, InterruptedException {
        try {
            PostgresPair pair = PostgresPair.start(root.resolve("pair"), step -> {});
            ClusterRig rig = new ClusterRig(
                    root,
                    linkAddress,
                    pair,
                    pair.config(),
                    pair.readUrl(),
                    ClusterAuthority.loadOrCreate(root.resolve("ca")),
                    Map.of());
            rig.startControllers(controllers);
            return rig;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /**
     * The two servers of a cluster that was started with a replica.
     *
     * @throws IllegalStateException when it was not
     */
    public PostgresPair pair() {
        if (database instanceof PostgresPair pair) {
            return pair;
        }
        throw new IllegalStateException("there is one server only");
    }

    private void startControllers(int controllers) throws IOException, InterruptedException {
        try {
            for (int i = 1; i <= controllers; i++) {
                Member member = member("c" + i);
                members.add(member);
                member.process().start();
                awaitReady(member);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            IOException told = new IOException(e.getMessage() + "\n" + quoteLogs(), e);
            close();
            throw told;
        }
    }

    private Member member(String name) throws IOException {
        Path home = Files.createDirectory(root.resolve(name));
        MosaicHome places = MosaicHome.at(home.toString());
        Files.createDirectories(places.etc());
        Path ca = Files.createDirectory(
                places.etc().resolve("ca"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        for (String file : List.of("ca.pem", "ca.key")) {
            Files.copy(root.resolve("ca").resolve(file), ca.resolve(file));
        }
        Path password = places.etc().resolve("database.password");
        Files.createFile(password, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(password, databaseConfig.password() + "\n");
        int api = FreePorts.next();
        int link = FreePorts.next();
        Map<String, Object> config = new LinkedHashMap<>(more);
        config.put("name", name);
        config.put("api", Map.of("bind", LOOPBACK, "port", api));
        config.put("link", Map.of("bind", linkAddress, "port", link));
        Map<String, Object> database = new LinkedHashMap<>(database(password));
        if (readUrl != null) {
            database.put("readUrl", readUrl);
        }
        config.put("database", database);
        Files.writeString(places.etc().resolve("controller.json"), Json.pretty(config));
        JavaProcess process = new JavaProcess(
                name,
                List.of(
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED"),
                "io.mosaic.controller.Main",
                List.of(),
                Map.of("MOS_HOME", home.toString()),
                home);
        return new Member(name, home, api, link, process);
    }

    /** How another process of the cluster comes to its database, as its configuration has it. */
    private Map<String, Object> database(Path password) {
        return Map.of("url", databaseConfig.url(), "user", databaseConfig.user(), "passwordFile", password.toString());
    }

    /** The same, with the first controller's password file. */
    Map<String, Object> database() {
        return database(
                MosaicHome.at(members.getFirst().home().toString()).etc().resolve("database.password"));
    }

    /** Starts nginx before the controllers, as {@code dist/nginx/mosaic.conf} has it. */
    public void startNginx() throws IOException, InterruptedException {
        try {
            Path directory = Files.createDirectory(root.resolve("nginx"));
            Credentials credentials = authority.issueServer(List.of("localhost", "127.0.0.1"));
            nginx = Nginx.start(
                    directory,
                    credentials,
                    root.resolve("ca/ca.pem"),
                    members.stream()
                            .map(member -> LOOPBACK + ":" + member.apiPort())
                            .toList(),
                    links());
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    /** Where users reach any controller: nginx. */
    public URI front() {
        return URI.create("https://127.0.0.1:" + nginx().apiPort());
    }

    /** The API behind nginx, spoken by hand as the administrator. */
    public RawApi frontApi() throws IOException {
        return RawApi.of(front(), root.resolve("ca/ca.pem"), adminToken());
    }

    /** @throws IllegalStateException when it was not started */
    public Nginx nginx() {
        if (nginx == null) {
            throw new IllegalStateException("nginx was not started");
        }
        return nginx;
    }

    /** {@code host:port} at which each controller takes agents. */
    private List<String> links() {
        return members.stream()
                .map(member -> linkAddress + ":" + member.linkPort())
                .toList();
    }

    public List<Member> members() {
        return List.copyOf(members);
    }

    /** Starts an agent over that daemon, which knows every controller, and waits until its host is READY. */
    public JavaProcess startAgent(String host, DockerRig docker) throws IOException, InterruptedException {
        String token = joinToken(host);
        Path home = Files.createDirectory(root.resolve(host));
        MosaicHome places = MosaicHome.at(home.toString());
        Files.createDirectories(places.etc());
        Map<String, Object> config = new LinkedHashMap<>();
        config.put("name", host);
        config.put("controllers", links());
        config.put("joinToken", token);
        config.put("dockerSocket", docker.socket().toString());
        config.put("infraImage", "mosaic/infra:1");
        Files.writeString(places.etc().resolve("agent.json"), Json.pretty(config));
        JavaProcess agent = new JavaProcess(
                host,
                List.of(
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED"),
                "io.mosaic.agent.Main",
                List.of(),
                Map.of("MOS_HOME", home.toString()),
                home);
        agents.add(agent);
        agent.start();
        awaitHost(host, "READY");
        return agent;
    }

    /**
     * Starts the agent of a host of its own, which knows every controller, and waits until it is READY.
     *
     * @param more of its configuration
     */
    void join(HostRig host, Map<String, Object> more) throws IOException, InterruptedException {
        host.configure(links(), joinToken(host.name()), more);
        host.startAgent();
        awaitHost(host.name(), "READY");
    }

    private String joinToken(String host) throws IOException, InterruptedException {
        RawApi.Answer token = api(members.getFirst())
                .post("/v1/tokens", "{\"name\":\"join-" + host + "\",\"purpose\":\"join\",\"ttl\":\"1h\"}");
        if (token.status() != 201) {
            throw new IOException("no join token: " + token.status() + " " + token.text());
        }
        return token.json().path("token").asString();
    }

    /** Waits until any controller that answers says that the host is in that state. */
    public void awaitHost(String host, String state) throws IOException, InterruptedException {
        long end = System.nanoTime() + READY.toNanos();
        String last = "no answer";
        while (System.nanoTime() < end) {
            for (Member member : members) {
                try {
                    RawApi.Answer answer = api(member).get("/v1/hosts/" + host);
                    last = answer.text();
                    if (state.equals(answer.json().path("status").path("state").asString())) {
                        return;
                    }
                } catch (IOException e) {
                    last = e.toString();
                }
            }
            Thread.sleep(100);
        }
        throw new IOException("host " + host + " does not become " + state + ": " + last + "\n" + quoteLogs());
    }

    public void awaitReady(Member member) throws IOException, InterruptedException {
        long end = System.nanoTime() + READY.toNanos();
        String fault = "no answer";
        while (System.nanoTime() < end) {
            try {
                // The first controller makes the token; others are asked with it too.
                RawApi.Answer answer = RawApi.of(member.server(), root.resolve("ca/ca.pem"), null)
                        .get("/readyz");
                if (answer.status() == 200) {
                    return;
                }
                fault = answer.status() + " " + answer.text();
            } catch (IOException e) {
                fault = e.toString();
            }
            if (!member.process().alive()) {
                throw new IOException("controller " + member.name() + " ended");
            }
            Thread.sleep(50);
        }
        throw new IOException("controller " + member.name() + " is not ready: " + fault);
    }

    /** The controller that leads, or null when none says so just now. */
    public @Nullable Member leader() throws IOException, InterruptedException {
        for (Member member : members) {
            if (member.process().alive()) {
                try {
                    if (metric(member, "mosaic_leading") == 1) {
                        return member;
                    }
                } catch (IOException e) {
                    LOG.debug("{} is on its way down or up, and so does not lead", member.name(), e);
                }
            }
        }
        return null;
    }

    public String adminToken() throws IOException {
        return Files.readString(MosaicHome.at(members.getFirst().home().toString())
                        .etc()
                        .resolve("admin.token"))
                .strip();
    }

    /** The API of that controller, spoken by hand as the administrator. */
    public RawApi api(Member member) throws IOException {
        return RawApi.of(member.server(), root.resolve("ca/ca.pem"), adminToken());
    }

    /** A client of that server; the caller closes it. */
    public MosaicClient client(URI server) throws IOException {
        return new MosaicClient(ClientSettings.of(server, adminToken(), Files.readString(root.resolve("ca/ca.pem"))));
    }

    /** What one metric of that controller says, 0 when it has none of that name. */
    public double metric(Member member, String name) throws IOException, InterruptedException {
        return api(member)
                .get("/metrics")
                .text()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    /** PEM of the cluster's certificate authority. */
    public Path authorityFile() {
        return root.resolve("ca/ca.pem");
    }

    /** The cluster's certificate authority. */
    public ClusterAuthority authority() {
        return authority;
    }

    public Path root() {
        return root;
    }

    /** The log of changes up to that revision, oldest first, read from the database itself. */
    public List<LoggedChange> changes(long upTo) throws IOException {
        return LoggedChange.read(databaseConfig, upTo);
    }

    /** What every log tells, for the message of a failed test. */
    public String quoteLogs() throws IOException {
        StringBuilder tails = new StringBuilder();
        for (Member member : members) {
            tails.append(member.process().quoteLog());
        }
        for (JavaProcess agent : agents) {
            tails.append(agent.quoteLog());
        }
        return tails.toString();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        List<String> faults = new ArrayList<>();
        List<JavaProcess> processes = new ArrayList<>(agents);
        members.forEach(member -> processes.add(member.process()));
        for (JavaProcess process : processes) {
            try {
                process.close();
            } catch (IOException e) {
                faults.add(e.toString());
            }
        }
        Nginx front = nginx;
        if (front != null) {
            front.close();
        }
        try {
            database.close();
        } catch (Exception e) {
            faults.add(e.toString());
        }
        RigDirectory.clear(root);
        if (!faults.isEmpty()) {
            throw new IOException(String.join("; ", faults));
        }
    }
}
