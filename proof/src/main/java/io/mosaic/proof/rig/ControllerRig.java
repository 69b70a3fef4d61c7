package io.mosaic.proof.rig;

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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A controller with its embedded PostgreSQL, as {@code mos up} runs them, in a {@code MOS_HOME} of its own and with no
 * host; simulated hosts run beside it in a process of their own. {@link #close} ends all and removes everything.
 *
 * <p>Not thread-safe.
 */
public final class ControllerRig implements AutoCloseable {

    private static final Duration READY_DEADLINE = Duration.ofSeconds(90);
    private static final long POLL_MILLIS = 50;

    /** Keys of thousands of hosts are kept in memory only, so what guards a key file on disk is left out. */
    private static final List<String> CHEAP_KEY_STORES = List.of(
            "-Dkeystore.pkcs12.keyPbeIterationCount=1",
            "-Dkeystore.pkcs12.certPbeIterationCount=1",
            "-Dkeystore.pkcs12.macIterationCount=1");

    /** In memory: thousands of agents on one disk would wait for its fsyncs as no real ones do. */
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path home;
    private final Path fleetHome;
    private final MosaicHome places;
    private final int apiPort = FreePorts.next();
    private final int linkPort = FreePorts.next();
    private final JavaProcess controller;
    private final List<JavaProcess> fleets = new ArrayList<>();

    private ControllerRig(Path home, List<String> jvmOptions) throws IOException {
        this.home = home;
        this.fleetHome = MEMORY.resolve("mosaic-" + home.getFileName());
        this.places = MosaicHome.at(home.toString());
        List<String> options =
                new ArrayList<>(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        options.addAll(jvmOptions);
        controller = new JavaProcess(
                "controller",
                options,
                "io.mosaic.controller.Main",
                List.of(),
                Map.of("MOS_HOME", home.toString()),
                home);
    }

    /**
     * Starts one and waits until it is ready.
     *
     * @param jvmOptions of the controller, such as {@code -Xmx2g}
     */
    public static ControllerRig start(String name, List<String> jvmOptions) throws IOException, InterruptedException {
        ControllerRig rig = new ControllerRig(RigDirectory.create(name), jvmOptions);
        try {
            rig.writeConfig();
            rig.controller.start();
            rig.awaitReady();
            return rig;
        } catch (IOException | InterruptedException | RuntimeException e) {
            IOException told = new IOException(e.getMessage() + "\n" + rig.controller.quoteLog(), e);
            rig.close();
            throw told;
        }
    }

    private void writeConfig() throws IOException {
        for (Path place : List.of(places.etc(), places.lib(), places.run())) {
            Files.createDirectories(
                    place, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
        Files.writeString(
                places.etc().resolve("controller.json"),
                Json.pretty(Map.of(
                        "api", Map.of("bind", "127.0.0.1", "port", apiPort),
                        "link", Map.of("bind", "127.0.0.1", "port", linkPort))));
    }

    private void awaitReady() throws IOException, InterruptedException {
        long end = System.nanoTime() + READY_DEADLINE.toNanos();
        while (true) {
            String fault;
            try {
                RawApi.Answer answer =
                        RawApi.of(server(), authority(), adminToken()).get("/readyz");
                if (answer.status() == 200) {
                    return;
                }
                fault = answer.text();
            } catch (IOException e) {
                fault = e.toString();
            }
            if (!controller.alive() || System.nanoTime() > end) {
                throw new IOException("the controller is not ready: " + fault);
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /**
     * Starts simulated hosts in a process of their own; returns at once.
     *
     * @param jvmOptions of that process
     * @param arguments further ones of {@code mos simhosts}
     */
    public JavaProcess startFleet(int hosts, List<String> jvmOptions, List<String> arguments) throws IOException {
        List<String> options = new ArrayList<>(List.of(
                "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-Dmosaic.log=ERROR"));
        options.addAll(CHEAP_KEY_STORES);
        options.addAll(jvmOptions);
        List<String> all = new ArrayList<>(List.of(
                "--hosts", Integer.toString(hosts),
                "--server", server().toString(),
                "--controllers", "127.0.0.1:" + linkPort,
                "--admin-token", places.etc().resolve("admin.token").toString(),
                "--ca", authority().toString(),
                "--directory", fleetHome.toString()));
        all.addAll(arguments);
        JavaProcess fleet = new JavaProcess(
                "fleet-" + fleets.size(), options, "io.mosaic.proof.simhosts.Main", all, Map.of(), home);
        fleets.add(fleet);
        fleet.start();
        return fleet;
    }

    public JavaProcess controller() {
        return controller;
    }

    public Path home() {
        return home;
    }

    public URI server() {
        return URI.create("https://127.0.0.1:" + apiPort);
    }

    /** PEM of the cluster's certificate authority. */
    public Path authority() {
        return places.etc().resolve("ca.pem");
    }

    /** The administrator's token. */
    public String adminToken() throws IOException {
        return Files.readString(places.etc().resolve("admin.token")).strip();
    }

    /** The API through the Java client, as the administrator; the caller closes it. */
    public MosaicClient client() throws IOException {
        return new MosaicClient(ClientSettings.of(server(), adminToken(), Files.readString(authority())));
    }

    /** Pids of the embedded PostgreSQL, its postmaster first. */
    public List<Long> postgres() throws IOException {
        return EmbeddedServer.pids(places.lib().resolve("postgres"));
    }

    /** By revision, when the controller wrote each change after that one: just before its commit. */
    public Map<Long, Instant> commitTimes(long after) throws IOException {
        Path postgres = places.lib().resolve("postgres");
        // The fourth line of PostgreSQL's own file is its port.
        int port = Integer.parseInt(Files.readAllLines(postgres.resolve("data/postmaster.pid"))
                .get(3)
                .strip());
        String secret = Files.readString(postgres.resolve("secret")).strip();
        return LoggedChange.times(
                PostgresConfig.of("jdbc:postgresql://127.0.0.1:" + port + "/mosaic", "mosaic", secret), after);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        List<String> faults = new ArrayList<>();
        List<JavaProcess> processes = new ArrayList<>(fleets);
        processes.add(controller);
        for (JavaProcess process : processes) {
            try {
                process.close();
            } catch (IOException e) {
                faults.add(e.toString());
            }
        }
        // A PostgreSQL whose controller was killed runs on.
        HostProcesses.kill(postgres());
        RigDirectory.delete(fleetHome);
        RigDirectory.clear(home);
        if (!faults.isEmpty()) {
            throw new IOException(String.join("; ", faults));
        }
    }
}
