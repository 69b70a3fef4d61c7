package io.mosaic.cli.local;

import io.mosaic.model.Json;
import io.mosaic.model.MosaicHome;
import io.mosaic.model.ProblemException;
import io.mosaic.model.client.ClientSettings;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.ServerUnreachableException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A cluster on one machine, in one directory: {@code postgres} with both servers, {@code c1} to {@code c3}, each a home of a
 * controller, {@code images}, the home of the image repository, {@code nginx}, {@code run} with pid files and logs, and
 * {@code host}, the home of an agent when there is one.
 * Each part is started only when it does not run.
 */
final class LocalCluster {

    private static final Path HOME = Path.of("/var/lib/mosaic-cluster");
    private static final List<String> CONTROLLERS = List.of("c1", "c2", "c3");
    private static final Duration START = Duration.ofMinutes(2);
    /** Two PostgreSQL servers one after the other, on a slow disk. */
    private static final Duration STOP = Duration.ofSeconds(90);

    private static final Duration POLL = Duration.ofMillis(100);

    private static final List<String> HALF_GIGABYTE = List.of("-Xmx512m", "-XX:+ExitOnOutOfMemoryError");

    private final Path base;
    private final Path dist;
    private final Map<String, String> environment;
    private final Steps steps;

    private LocalCluster(Path base, Path dist, Map<String, String> environment, Steps steps) {
        this.base = base;
        this.dist = dist;
        this.environment = Map.copyOf(environment);
        this.steps = steps;
    }

    static LocalCluster of(Map<String, String> environment, Steps steps) throws StepFailedException {
        String dist = System.getProperty("mosaic.dist");
        if (dist == null) {
            throw new StepFailedException("run it through ./mos, which knows where Mosaic is");
        }
        String own = environment.get("MOS_HOME");
        Path base = own == null || own.isEmpty()
                ? HOME
                : Path.of(own).toAbsolutePath().normalize();
        return new LocalCluster(base, Path.of(dist), environment, steps);
    }

    /**
     * Starts what does not run.
     *
     * @param agent whether this machine's Docker is to be a host of it; one that was is one again
     */
    void up(boolean agent) throws StepFailedException, InterruptedException {
        control();
        boolean host = agent || Files.exists(host().agentConfig());
        if (host) {
            Bringup bringup = new Bringup(host(), environment, steps);
            bringup.daemon();
            bringup.host();
            steps.step("demo", () -> new DemoImages(host(), bringup.docker()).make());
        }
        tell(host);
    }

    private void control() throws StepFailedException, InterruptedException {
        steps.step("postgres", this::postgres);
        for (String name : CONTROLLERS) {
            steps.step(name, () -> controller(name));
        }
        steps.step("images", this::images);
        steps.step("nginx", this::nginx);
    }

    /** What a user wants to know next. */
    private void tell(boolean host) throws StepFailedException {
        steps.out().println("A command finds it with:");
        steps.out()
                .println("  export MOS_SERVER=https://127.0.0.1:"
                        + ports("nginx").api());
        steps.out().println("  export MOS_CA_FILE=" + place("c1").etc().resolve("ca.pem"));
        steps.out().println("  export MOS_TOKEN=$(cat " + place("c1").etc().resolve("admin.token") + ")");
        steps.out()
                .println("Agents connect to 127.0.0.1:" + ports("nginx").link()
                        + ", or to each controller: "
                        + String.join(", ", linkAddresses()));
        steps.out()
                .println("Images are pushed to " + imagesFront().getAuthority() + ", with that token as the password.");
        if (host) {
            steps.out().println("Then, for instance:");
            steps.out().println("  ./mos set create -f " + dist.resolve("examples/web.set.json") + " --wait");
        } else {
            steps.out().println("It has no host yet. This machine's Docker becomes one with:");
            steps.out().println("  ./mos cluster up --agent");
        }
    }

    /** Where nginx takes calls of the image repository. */
    private URI imagesFront() throws StepFailedException {
        return URI.create("https://127.0.0.1:" + ports("images").link());
    }

    /** The home of this machine's agent. */
    private Installation host() throws StepFailedException {
        Ports front = ports("nginx");
        return new Installation(
                place("host"),
                dist,
                true,
                new Installation.Front(
                        front.api(),
                        front.link(),
                        imagesFront().getPort(),
                        place("c1").etc()));
    }

    /** @param purge whether its files go as well, and the sets of this machine's agent with their data */
    void down(boolean purge) throws StepFailedException, InterruptedException {
        if (!Files.exists(base)) {
            steps.say("there is no cluster below " + base);
            return;
        }
        Installation host = host();
        Teardown teardown = new Teardown(host, environment, steps);
        if (purge && host.agentJoined()) {
            control();
            if (teardown.hasSets()) {
                // Only the host's agent can take containers and volumes away.
                Bringup bringup = new Bringup(host, environment, steps);
                bringup.daemon();
                bringup.host();
            }
            teardown.sets();
        }
        if (Files.exists(host.agentConfig())) {
            steps.step("agent", () -> host.agent().stop(STOP) ? "stopped" : "did not run");
        }
        List<String> parts = new ArrayList<>(List.of("nginx", "images"));
        parts.addAll(CONTROLLERS.reversed());
        parts.add("postgres");
        for (String part : parts) {
            steps.step(part, () -> process(part).stop(STOP) ? "stopped" : "did not run");
        }
        // Its keeper may have been killed, and not have ended the servers.
        if (new OrphanedDatabase(base.resolve("postgres")).stop(STOP)) {
            steps.say("PostgreSQL servers without a keeper were ended");
        }
        if (purge) {
            teardown.machine();
            steps.step("files", this::removeFiles);
        } else if (Files.exists(host.agentConfig())) {
            steps.out().println("The sets run on. './mos cluster up' takes them over again.");
        }
    }

    /** What we made, and the directory itself when nothing else is in it. */
    private String removeFiles() throws StepFailedException {
        for (String part : List.of("postgres", "nginx", "images", "c1", "c2", "c3", "host", "run")) {
            Trees.remove(base.resolve(part));
        }
        try (Stream<Path> left = Files.list(base)) {
            if (left.findAny().isPresent()) {
                return "removed, but for what else is in " + base;
            }
            Files.delete(base);
            return base + " removed";
        } catch (IOException e) {
            throw new StepFailedException("cannot remove " + base + ": " + e.getMessage(), e);
        }
    }

    void status() throws StepFailedException, InterruptedException {
        if (!Files.exists(base)) {
            steps.say("there is no cluster below " + base);
            return;
        }
        steps.step("postgres", () -> process("postgres").alive() ? "runs" : "does not run");
        for (String name : CONTROLLERS) {
            steps.step(name, () -> process(name).alive() ? "runs, " + readiness(name) : "does not run");
        }
        steps.step("images", () -> process("images").alive() ? "runs, " + readiness("images") : "does not run");
        steps.step("nginx", () -> process("nginx").alive() ? "runs, " + readiness("nginx") : "does not run");
        Installation host = host();
        if (Files.exists(host.agentConfig())) {
            steps.step("agent", () -> host.agent().runs() ? "runs, " + state(host) : "does not run");
        }
    }

    /** What the cluster says of this machine. */
    private static String state(Installation host) throws StepFailedException {
        try (MosaicClient client = host.client()) {
            return "host " + host.hostName() + " is "
                    + client.hosts().get(host.hostName()).status().state();
        } catch (ServerUnreachableException | ProblemException e) {
            return "host " + host.hostName() + ": " + e.getMessage();
        }
    }

    private String readiness(String part) throws StepFailedException {
        try (MosaicClient client = client(part)) {
            client.ready();
            return "ready on https://127.0.0.1:" + ports(part).api();
        } catch (ServerUnreachableException | ProblemException e) {
            return "not ready: " + e.getMessage();
        }
    }

    private MosaicHome place(String name) {
        return MosaicHome.at(base.resolve(name).toString());
    }

    private BackgroundProcess process(String name) {
        Path run = base.resolve("run");
        return new BackgroundProcess(name, run.resolve(name + ".pid"), run.resolve(name + ".log"));
    }

    private String postgres() throws StepFailedException, InterruptedException {
        BackgroundProcess process = process("postgres");
        Path said = base.resolve("postgres").resolve("pair.json");
        boolean running = process.alive();
        if (!running) {
            make(base);
            new Bringup(host(), environment, steps).noteUser();
            try {
                Files.deleteIfExists(said);
            } catch (IOException e) {
                throw new StepFailedException("cannot remove " + said + ": " + e.getMessage(), e);
            }
            process.start(java(
                    "controller",
                    "io.mosaic.controller.PostgresPairMain",
                    List.of("-Xmx64m"),
                    List.of(base.resolve("postgres").toString())));
        }
        await(process, "PostgreSQL", () -> Files.exists(said) ? null : "it has not said where it is");
        return (running ? "runs" : "started") + ": primary and synchronous replica";
    }

    private String controller(String name) throws StepFailedException, InterruptedException {
        BackgroundProcess process = process(name);
        boolean running = process.alive();
        if (!running) {
            configure(name);
            List<String> command = new ArrayList<>(List.of("env", "MOS_HOME=" + base.resolve(name)));
            command.addAll(java("controller", "io.mosaic.controller.Main", HALF_GIGABYTE, List.of()));
            process.start(command);
        }
        await(process, "controller " + name, () -> fault(name));
        return (running ? "runs" : "started") + " on https://127.0.0.1:"
                + ports(name).api();
    }

    private String images() throws StepFailedException, InterruptedException {
        BackgroundProcess process = process("images");
        boolean running = process.alive();
        if (!running) {
            configureImages();
            List<String> command = new ArrayList<>(List.of("env", "MOS_HOME=" + base.resolve("images")));
            command.addAll(java("images", "io.mosaic.images.Main", HALF_GIGABYTE, List.of()));
            process.start(command);
        }
        await(process, "the image repository", () -> fault("images"));
        return (running ? "runs" : "started") + " on https://127.0.0.1:"
                + ports("images").api();
    }

    /** Why that server cannot be used yet, or null. */
    private @Nullable String fault(String part) throws StepFailedException {
        Path ca = place("c1").etc().resolve("ca.pem");
        if (!Files.exists(ca) || !Files.exists(place("c1").etc().resolve("admin.token"))) {
            return "it has made no CA or token";
        }
        try (MosaicClient client = client(part)) {
            client.ready();
            return null;
        } catch (ServerUnreachableException | ProblemException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private MosaicClient client(String part) throws StepFailedException {
        try {
            Path etc = place("c1").etc();
            return new MosaicClient(ClientSettings.of(
                            URI.create("https://127.0.0.1:" + ports(part).api()),
                            Files.readString(etc.resolve("admin.token")).strip(),
                            Files.readString(etc.resolve("ca.pem")))
                    .withTimes(Duration.ofSeconds(5), Duration.ofSeconds(1)));
        } catch (IOException e) {
            throw new StepFailedException("the cluster's token or certificate cannot be read: " + e.getMessage(), e);
        }
    }

    /** @param link for agents; of the image repository: where nginx takes its calls */
    private record Ports(int api, int link) {}

    private interface Fault {
        @Nullable
        String now() throws StepFailedException;
    }

    private static void await(BackgroundProcess process, String what, Fault fault)
            throws StepFailedException, InterruptedException {
        long end = System.nanoTime() + START.toNanos();
        String last = fault.now();
        while (last != null) {
            if (!process.alive()) {
                throw new StepFailedException(what + " ended. " + process.logTail());
            }
            if (System.nanoTime() > end) {
                throw new StepFailedException(
                        what + " is not ready after " + START.toSeconds() + " s: " + last + ". " + process.logTail());
            }
            Thread.sleep(POLL);
            last = fault.now();
        }
    }

    /** Ports are chosen once and kept, as other parts know them. */
    private Ports ports(String part) throws StepFailedException {
        Path file = base.resolve("run").resolve(part + ".ports");
        try {
            if (Files.exists(file)) {
                return Json.read(Files.readAllBytes(file), Ports.class);
            }
            Ports chosen = new Ports(Installation.freePort(), Installation.freePort());
            make(base.resolve("run"));
            Files.write(file, Json.bytes(chosen));
            return chosen;
        } catch (IOException | ProblemException e) {
            throw new StepFailedException(file + " cannot be read or written: " + e.getMessage(), e);
        }
    }

    private List<String> linkAddresses() throws StepFailedException {
        List<String> addresses = new ArrayList<>();
        for (String name : CONTROLLERS) {
            addresses.add("127.0.0.1:" + ports(name).link());
        }
        return addresses;
    }

    private void configure(String name) throws StepFailedException {
        MosaicHome place = place(name);
        try {
            make(place.etc());
            if (!name.equals("c1")) {
                copyAuthority(place);
            }
            JsonNode pair = Json.mapper()
                    .readTree(Files.readString(base.resolve("postgres").resolve("pair.json")));
            Map<String, Object> config = new LinkedHashMap<>();
            config.put("name", name);
            config.put("api", Map.of("bind", "127.0.0.1", "port", ports(name).api()));
            config.put("link", Map.of("bind", "127.0.0.1", "port", ports(name).link()));
            config.put("database", pair);
            config.put("images", Map.of("url", imagesFront().toString()));
            Files.writeString(place.etc().resolve("controller.json"), Json.pretty(config) + "\n");
        } catch (IOException e) {
            throw new StepFailedException("cannot configure controller " + name + ": " + e.getMessage(), e);
        }
    }

    /** Encrypted although it is on loopback, as it is behind nginx on real machines. */
    private void configureImages() throws StepFailedException {
        MosaicHome place = place("images");
        try {
            make(place.etc());
            copyAuthority(place);
            JsonNode pair = Json.mapper()
                    .readTree(Files.readString(base.resolve("postgres").resolve("pair.json")));
            Map<String, Object> database = new LinkedHashMap<>();
            for (String key : List.of("url", "user", "passwordFile")) {
                database.put(key, pair.path(key).asString());
            }
            Map<String, Object> config = new LinkedHashMap<>();
            config.put(
                    "api", Map.of("bind", "127.0.0.1", "port", ports("images").api()));
            config.put("tls", true);
            config.put("database", database);
            Files.writeString(place.etc().resolve("images.json"), Json.pretty(config) + "\n");
        } catch (IOException e) {
            throw new StepFailedException("cannot configure the image repository: " + e.getMessage(), e);
        }
    }

    /** All controllers sign with one CA: the first one's. */
    private void copyAuthority(MosaicHome place) throws IOException {
        Path own = place.etc().resolve("ca");
        if (Files.exists(own.resolve("ca.pem"))) {
            return;
        }
        Files.createDirectories(
                own, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path first = place("c1").etc().resolve("ca");
        for (String file : List.of("ca.key", "ca.pem")) {
            // Keeps the key's mode: it is for its owner alone.
            Files.copy(first.resolve(file), own.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    private String nginx() throws StepFailedException, InterruptedException {
        BackgroundProcess process = process("nginx");
        boolean running = process.alive();
        if (!running) {
            Path directory = base.resolve("nginx");
            make(directory);
            List<String> issue = java(
                    "controller",
                    "io.mosaic.controller.CertificateMain",
                    List.of("-Xmx64m"),
                    List.of(
                            place("c1").etc().resolve("ca").toString(),
                            directory.resolve("nginx").toString(),
                            "localhost",
                            "127.0.0.1"));
            Programs.Ended issued = Programs.run(Duration.ofSeconds(30), issue);
            if (!issued.ok()) {
                throw new StepFailedException("no certificate for nginx: " + issued.lastLine());
            }
            Path config = writeNginx(directory);
            process.start(List.of("nginx", "-p", directory.toString(), "-c", config.toString(), "-g", "daemon off;"));
        }
        await(process, "nginx", () -> fault("nginx"));
        return (running ? "runs" : "started") + " on https://127.0.0.1:"
                + ports("nginx").api();
    }

    /** The project's own configuration, with this cluster's places and ports. */
    private Path writeNginx(Path directory) throws StepFailedException {
        try {
            String config = Files.readString(dist.resolve("dist/nginx/mosaic.conf"))
                    .replace(
                            "/run/mosaic/nginx.pid",
                            directory.resolve("nginx.pid").toString())
                    .replace(
                            "/var/log/nginx/mosaic.log",
                            directory.resolve("error.log").toString())
                    .replace("/etc/mosaic/nginx.", directory.resolve("nginx.").toString())
                    .replace(
                            "/etc/mosaic/ca.pem",
                            place("c1").etc().resolve("ca.pem").toString())
                    .replace("listen 8443", "listen 127.0.0.1:" + ports("nginx").api())
                    .replace("listen 8444", "listen 127.0.0.1:" + ports("nginx").link())
                    .replace(
                            "listen 8445", "listen 127.0.0.1:" + ports("images").link())
                    .replace(
                            "images.example:8445",
                            "127.0.0.1:" + ports("images").api());
            for (String name : CONTROLLERS) {
                config = config.replace(
                                name + ".example:8443",
                                "127.0.0.1:" + ports(name).api())
                        .replace(
                                name + ".example:8444",
                                "127.0.0.1:" + ports(name).link());
            }
            Path file = directory.resolve("nginx.conf");
            Files.writeString(file, config);
            return file;
        } catch (IOException e) {
            throw new StepFailedException("cannot configure nginx: " + e.getMessage(), e);
        }
    }

    private static void make(Path directory) throws StepFailedException {
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        } catch (IOException e) {
            throw new StepFailedException("cannot make " + directory + ": " + e.getMessage(), e);
        }
    }

    private List<String> java(String module, String main, List<String> flags, List<String> arguments)
            throws StepFailedException {
        Path jar = dist.resolve(module).resolve("target").resolve("mosaic-" + module + ".jar");
        if (!Files.exists(jar)) {
            throw new StepFailedException("not built: " + jar + "; ./mos builds it");
        }
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:+UseSerialGC");
        command.addAll(flags);
        command.addAll(List.of(
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                jar.toString(),
                main));
        command.addAll(arguments);
        return command;
    }
}
