package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.AppResource;
import io.mosaic.model.AppSwitchover;
import io.mosaic.model.Event;
import io.mosaic.model.HostState;
import io.mosaic.model.Json;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.Exec;
import io.mosaic.model.client.ExecQuery;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.HostRig;
import io.mosaic.proof.rig.RealCluster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import tools.jackson.databind.JsonNode;

/** A primary and its standby on two hosts of their own: switched over, cut off, killed. */
class RolesIT {
    private static final Duration LONG = Duration.ofSeconds(90);

    private static RealCluster real;
    private static MosaicClient client;
    /** Who is primary when a test begins, and who is not. */
    private static String first = "";

    private static String second = "";

    @RegisterExtension
    static final TestExecutionExceptionHandler LOGS = (context, fault) -> {
        throw new AssertionError(fault + "\n" + real.quoteLogs(), fault);
    };

    @BeforeAll
    static void start() throws Exception {
        real = RealCluster.start("roles", 2);
        client = real.client();
    }

    @AfterAll
    static void stop() throws Exception {
        try (RealCluster closedLast = real;
                MosaicClient closedFirst = client) {
            assertThat(closedLast == null || closedFirst == null).as("started").isFalse();
        }
    }

    @BeforeEach
    void create() throws Exception {
        client.apps().create(Json.mapper().readTree("""
                {"name": "db", "replicas": 2,
                 "roles": {"container": "main",
                           "onPromote": {"command": ["sh", "-c", "echo promoted >> /tmp/story"], "timeout": "3s"},
                           "onDemote": {"command": ["sh", "-c", "echo demoted >> /tmp/story"], "timeout": "3s"},
                           "fence": "14s"},
                 "template": {
                   "resources": {"cpu": 0.2, "memory": "32Mi"},
                   "containers": [
                     {"index": 1, "name": "side", "image": "mosaic-proof/busybox:1",
                      "options": {"command": ["sleep", "1000000"]}},
                     {"index": 2, "name": "main", "image": "mosaic-proof/busybox:1",
                      "options": {"command": ["sleep", "1000000"]}}]}}
                """), false);
        until("one is primary", () -> {
            RolesStatus roles = roles();
            return roles != null && roles.phase() == RolesStatus.Phase.HELD;
        });
        assertThat(roles().term()).isEqualTo(1);
        first = roles().primary();
        second = "db-0001".equals(first) ? "db-0002" : "db-0001";
        until("the standby runs", () -> role(second).equals("standby"));
    }

    @AfterEach
    void delete() throws Exception {
        for (HostRig host : real.hosts()) {
            host.boot();
            host.mend();
            until(
                    host.name() + " is READY",
                    () -> client.hosts().get(host.name()).status().state() == HostState.READY);
        }
        client.apps().delete("db");
        until(
                "the app is gone",
                () -> client.apps().list(List.of(), 10, null).items().isEmpty());
        for (HostRig host : real.hosts()) {
            until("nothing is left on " + host.name(), () -> host.sets().isEmpty());
        }
    }

    @Test
    void aSwitchoverIsSeenInTheContainersAndItsCommandsAreRun() throws Exception {
        assertThat(host(first)).isNotEqualTo(host(second));
        assertThat(cat(first, "/run/mosaic/role", "/run/mosaic/term", "/tmp/story"))
                .isEqualTo("primary\n1\npromoted\n");
        assertThat(cat(second, "/run/mosaic/role")).isEqualTo("standby\n");
        long started = pid(first);

        client.apps().switchover("db", new AppSwitchover(second));
        awaitPrimary(second, 3);
        assertThat(cat(second, "/run/mosaic/role", "/run/mosaic/term", "/tmp/story"))
                .isEqualTo("primary\n3\npromoted\n");
        assertThat(cat(first, "/run/mosaic/role", "/run/mosaic/term", "/tmp/story"))
                .isEqualTo("standby\n2\npromoted\ndemoted\n");
        assertThat(pid(first)).as("its processes run on").isEqualTo(started);
        assertThat(run(second, "sh", "-c", "echo x > /run/mosaic/role")).isNotZero();

        assertThatThrownBy(() -> client.apps().switchover("db", new AppSwitchover(second)))
                .hasMessageContaining("primary already");
        assertThat(types()).contains("Switchover", "Demoted", "Promoted").doesNotContain("SwitchoverFailed");
    }

    @Test
    void aPrimaryThatIsCutOffDemotesItselfBeforeAnotherIsNamed() throws Exception {
        HostRig cut = real.host(host(first));
        Path file = file(cut);
        cut.cut();
        boolean demoted = false;
        long end = System.nanoTime() + LONG.toNanos();
        while (!held(second)) {
            boolean standby = Files.readString(file).equals("standby\n");
            assertThat(demoted && !standby).as("no way back without a word").isFalse();
            demoted = standby;
            assertThat(System.nanoTime()).as("another is named").isLessThan(end);
            // Looked at after it: the file is older than what was asked last.
            if (named(second)) {
                assertThat(Files.readString(file)).isEqualTo("standby\n");
            }
            Thread.sleep(20);
        }
        assertThat(demoted || Files.readString(file).equals("standby\n")).isTrue();
        assertThat(types()).contains("Fenced");
        assertThat(cut.sets()).as("its containers run on").isNotEmpty();

        cut.mend();
        until("it is a standby of the later term", () -> role(first).equals("standby") && term(first) >= 2);
        assertThat(cat(first, "/tmp/story")).isEqualTo("promoted\ndemoted\n");
        assertThat(held(second)).isTrue();
    }

    @Test
    void aDeadHostsPrimaryIsReplacedAfterTheFenceAndComesBackAsStandby() throws Exception {
        HostRig dead = real.host(host(first));
        dead.die();
        until("the standby has taken over", () -> held(second));
        assertThat(cat(second, "/run/mosaic/role", "/tmp/story")).isEqualTo("primary\npromoted\n");
        dead.boot();
        until("it is back as standby", () -> role(first).equals("standby"));
        // From its disk: an agent that starts with its daemon begins a second session, which ends streams.
        assertThat(Files.readString(file(dead))).isEqualTo("standby\n");
        assertThat(held(second)).isTrue();
    }

    @Test
    void anAgentThatIsKilledChangesNothing() throws Exception {
        HostRig host = real.host(host(first));
        long before = pid(first);
        host.agent().kill9();
        host.agent().start();
        until(
                host.name() + " is READY",
                () -> client.hosts().get(host.name()).status().state() == HostState.READY);
        client.apps().switchover("db", new AppSwitchover(null));
        until("the other one is primary", () -> held(second));
        client.apps().switchover("db", new AppSwitchover(first));
        until("the first one is again", () -> held(first));
        assertThat(pid(first)).isEqualTo(before);
    }

    private static void awaitPrimary(String name, long term) throws Exception {
        until(name + " is primary in term " + term, () -> held(name) && roles().term() == term);
    }

    private static RolesStatus roles() {
        return client.apps().get("db").status().roles();
    }

    private static boolean held(String name) {
        RolesStatus roles = roles();
        return roles != null && roles.phase() == RolesStatus.Phase.HELD && name.equals(roles.primary());
    }

    private static boolean named(String name) {
        RolesStatus roles = roles();
        return roles != null && name.equals(roles.primary());
    }

    private static SetResource set(String name) {
        return client.sets().get(name);
    }

    private static String host(String name) {
        return String.valueOf(set(name).status().host());
    }

    private static String role(String name) {
        var role = set(name).status().role();
        return role == null ? "" : role.is().word();
    }

    private static long term(String name) {
        var role = set(name).status().role();
        return role == null ? 0 : role.term();
    }

    private static JsonNode main(HostRig host) throws IOException {
        return host.containers().stream()
                .filter(each -> each.path("Config")
                        .path("Labels")
                        .path("io.mosaic.container")
                        .asString()
                        .equals("main"))
                .findFirst()
                .orElseThrow();
    }

    private static long pid(String name) throws IOException {
        return main(real.host(host(name))).path("State").path("Pid").asLong();
    }

    /** The file that the container sees, on its host's disk. */
    private static Path file(HostRig host) throws IOException {
        for (JsonNode mount : main(host).path("Mounts")) {
            if (mount.path("Destination").asString().equals("/run/mosaic")) {
                return Path.of(mount.path("Source").asString()).resolve("role");
            }
        }
        throw new AssertionError("no mount of the role on " + host.name());
    }

    private static int run(String set, String... command) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Exec exec = client.sets().exec(set, ExecQuery.of(command).in("main"), out, out)) {
            return exec.waitFor(LONG);
        }
    }

    private static String cat(String set, String... files) throws Exception {
        List<String> command = new ArrayList<>(List.of("cat"));
        command.addAll(List.of(files));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Exec exec = client.sets()
                .exec(set, ExecQuery.of(command.toArray(String[]::new)).in("main"), out, out)) {
            assertThat(exec.waitFor(LONG))
                    .as(out.toString(StandardCharsets.UTF_8))
                    .isZero();
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<String> types() {
        return client.events(EventQuery.ofApp("db").withLimit(1000)).items().stream()
                .map(Event::type)
                .toList();
    }

    private static void until(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                List<AppResource> apps = client.apps().list(List.of(), 10, null).items();
                throw new AssertionError("not within " + LONG.toSeconds() + " s: " + what + "\n" + Json.pretty(apps)
                        + Json.pretty(client.sets()
                                .listAll(SetQuery.ALL.withApp("db"))
                                .items())
                        + real.quoteLogs());
            }
            Thread.sleep(50);
        }
    }
}
