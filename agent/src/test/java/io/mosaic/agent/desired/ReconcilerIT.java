package io.mosaic.agent.desired;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.agent.cgroup.Cgroups;
import io.mosaic.agent.cgroup.ContainerProcesses;
import io.mosaic.agent.docker.Docker;
import io.mosaic.agent.docker.DockerClient;
import io.mosaic.agent.docker.DockerDaemon;
import io.mosaic.agent.docker.DockerException;
import io.mosaic.agent.health.ProbeResult;
import io.mosaic.agent.health.Probes;
import io.mosaic.agent.volume.LoopVolumes;
import io.mosaic.model.Bytes;
import io.mosaic.model.Cpuset;
import io.mosaic.model.Event;
import io.mosaic.model.Interval;
import io.mosaic.model.Json;
import io.mosaic.model.Placement;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetRole;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.SetReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop on a real daemon, with real loop volumes; no controller. */
class ReconcilerIT {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Interval FENCE = Interval.ofSeconds(30);

    private final Heard heard = new Heard();
    private final DockerDaemon daemon = DockerDaemon.shared();
    private final Cgroups cgroups = new Cgroups(Path.of("/"));
    private final DockerClient docker = daemon.client();

    @TempDir
    Path directory;

    private LoopVolumes volumes;
    private Reconciler reconciler;

    @BeforeEach
    void begin() throws Exception {
        volumes = new LoopVolumes(directory.resolve("volumes"), Bytes.ZERO);
        reconciler = open();
        reconciler.apply(new ControllerMessage.Desired(1, List.of()));
    }

    @AfterEach
    void end() throws Exception {
        reconciler.apply(new ControllerMessage.Desired(2, List.of()));
        await().atMost(LONG).untilAsserted(() -> assertThat(ours()).isEmpty());
        await().atMost(LONG).untilAsserted(() -> assertThat(volumes.list()).isEmpty());
        reconciler.close();
        docker.close();
    }

    @Test
    void aSetWithVolumeAndHealthCheckRunsInOrderWithItsLimits() throws Exception {
        DesiredSet set = set("web", 1, """
                {"name": "web", "resources": {"cpu": 1, "memory": "128Mi"},
                 "volume": {"size": "300Mi", "mount": "/data"},
                 "sysctls": {"net.core.somaxconn": "512"},
                 "containers": [
                  {"index": 1, "name": "front", "image": "mosaic/test:1", "options": {"CPU": 60, "MEM": 50,
                    "command": ["/bin/sh", "-c", "sleep 1; touch /data/up; exec httpd -f -p 127.0.0.1:80"],
                    "health": {"tcp": 80, "interval": "500ms"}}},
                  {"index": 2, "name": "back", "image": "mosaic/test:1", "options": {
                    "command": ["/bin/sh", "-c", "test -e /data/up && exec sleep 1000"], "env": {"A": "b"}}}]}
                """);
        put(set);
        SetReport report = awaitState(set, SetState.RUNNING);
        assertThat(report.ip()).isNotEmpty();
        assertThat(report.containers()).extracting("name").containsExactly("infra", "front", "back");
        Docker.ContainerInfo front = inspect(set, "front");
        Docker.ContainerInfo back = inspect(set, "back");
        assertThat(front.limits())
                .isEqualTo(
                        new Docker.Limits(60_000, 614, 64L << 20, front.limits().cpusetCpus()));
        assertThat(back.started()).isAfter(front.started().plusSeconds(1));
        assertThat(output(front.id(), "cat", "/proc/sys/net/core/somaxconn")).isEqualTo("512\n");
        assertThat(heard.types("web")).containsSubsequence("Preparing", "VolumeReady", "ContainerStarted", "Running");
    }

    @Test
    void coresOfItsOwnAreHeldForEveryBusinessContainer() throws Exception {
        DesiredSet shared = sleeper("pinned", 1, "64Mi");
        DesiredSet set =
                new DesiredSet(shared.uid(), "t", "pinned", 1, shared.spec(), shared.intent(), new Cpuset(0, "0"));
        put(set);
        awaitState(set, SetState.RUNNING);
        Docker.ContainerInfo app = inspect(set, "app");
        assertThat(app.limits()).isEqualTo(new Docker.Limits(50_000, 512, 64L << 20, "0", "0"));
        Docker.Limits inKernel = cgroups.read(app.pid(), app.id());
        assertThat(inKernel.cpusetCpus()).isEqualTo("0");
        assertThat(inKernel.cpusetMems()).isEqualTo("0");

        docker.update(app.id(), new Docker.Limits(50_000, 512, 64L << 20, "0-1"));
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(heard.types("pinned")).contains("LimitsRestored"));
        assertThat(inspect(set, "app").limits().cpusetCpus()).isEqualTo("0");
        assertThat(cgroups.read(app.pid(), app.id()).cpusetCpus()).isEqualTo("0");
    }

    @Test
    void whatDiesIsStartedAgainAndWhatIsChangedIsRestored() throws Exception {
        DesiredSet set = sleeper("dies", 1, "64Mi");
        put(set);
        awaitState(set, SetState.RUNNING);
        Docker.ContainerInfo before = inspect(set, "app");
        assertThat(ProcessHandle.of(before.pid()).orElseThrow().destroyForcibly())
                .isTrue();
        await().atMost(LONG).untilAsserted(() -> {
            Docker.ContainerInfo after = inspect(set, "app");
            assertThat(after.running()).isTrue();
            assertThat(after.pid()).isNotEqualTo(before.pid());
            assertThat(after.id()).isEqualTo(before.id());
        });
        awaitState(set, SetState.RUNNING);
        assertThat(heard.types("dies")).contains("Died", "Restarted");
        assertThat(heard.last(set).containers().getLast().restarts()).isEqualTo(1);

        docker.update(before.id(), new Docker.Limits(20_000, 100, 32L << 20, null));
        await().atMost(LONG).untilAsserted(() -> assertThat(heard.types("dies")).contains("LimitsRestored"));
        assertThat(inspect(set, "app").limits().memoryBytes()).isEqualTo(64L << 20);

        Docker.ContainerInfo app = inspect(set, "app");
        cgroups.apply(app.pid(), app.id(), new Docker.Limits(10_000, 100, 32L << 20, null));
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(cgroups.holds(app.pid(), app.id(), limits(64)))
                        .isTrue());
        // The kernel enforces them a moment before the daemon's answer to the agent is told.
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(heard.types("dies").stream().filter("LimitsRestored"::equals))
                        .hasSize(2));

        Docker.ContainerInfo infra = inspect(set, "infra");
        docker.kill(infra.id());
        await().atMost(LONG).untilAsserted(() -> {
            assertThat(inspect(set, "infra").running()).isTrue();
            assertThat(inspect(set, "app").running()).isTrue();
            assertThat(inspect(set, "app").started())
                    .isAfter(inspect(set, "infra").started());
        });
        assertThat(networkOf(inspect(set, "app"))).isEqualTo(networkOf(inspect(set, "infra")));
    }

    @Test
    void aNewAgentTakesOverWhatRunsAndChangesNothing() throws Exception {
        DesiredSet set = sleeper("stays", 1, "64Mi");
        put(set);
        awaitState(set, SetState.RUNNING);
        Map<String, Integer> before = pids(set);
        reconciler.close();
        assertThat(pids(set)).isEqualTo(before);
        heard.clear();
        reconciler = open();
        awaitState(set, SetState.RUNNING);
        assertThat(pids(set)).isEqualTo(before);
        assertThat(heard.types("stays")).containsExactly("Adopted");
    }

    @Test
    void anAgentThatKnowsNothingRemovesNothingUntilItIsTold() throws Exception {
        DesiredSet set = sleeper("kept", 1, "64Mi");
        put(set);
        awaitState(set, SetState.RUNNING);
        Map<String, Integer> before = pids(set);
        reconciler.close();
        Files.delete(directory.resolve("desired.json"));
        heard.clear();
        reconciler = open();
        assertThat(reconciler.awaitFirstLook(LONG)).isTrue();
        Thread.sleep(500);
        assertThat(pids(set)).isEqualTo(before);
        reconciler.apply(new ControllerMessage.Desired(3, List.of(set)));
        awaitState(set, SetState.RUNNING);
        assertThat(pids(set)).isEqualTo(before);
    }

    @Test
    void whatIsSaidBeforeTheFirstLookHoldsForSetsThatAreLookedAfterAlready() throws Exception {
        DesiredSet plain = sleeper("role", 1, "64Mi");
        DesiredSet set = with(
                plain, 1, SetIntent.RUNNING.withRole(new SetRole(Placement.Part.STANDBY, 1, "app", null, null, FENCE)));
        put(set);
        awaitState(set, SetState.RUNNING);
        reconciler.close();
        reconciler = unstarted(docker, directory);
        reconciler.attendRoles();
        reconciler.apply(new ControllerMessage.Desired(3, List.of()));
        reconciler.start();
        await().atMost(LONG).untilAsserted(() -> assertThat(ours()).isEmpty());
    }

    @Test
    void stopsStartsRestartsAndResizes() throws Exception {
        DesiredSet set = sleeper("moves", 1, "64Mi");
        put(set);
        awaitState(set, SetState.RUNNING);
        Docker.ContainerInfo first = inspect(set, "app");

        put(with(set, 2, new SetIntent(SetIntent.Run.STOPPED, 0)));
        awaitState(set, SetState.STOPPED);
        assertThat(inspect(set, "app").running()).isFalse();
        assertThat(inspect(set, "infra").running()).isFalse();

        put(with(set, 3, SetIntent.RUNNING));
        awaitState(set, SetState.RUNNING, 3);
        assertThat(inspect(set, "app").id()).isEqualTo(first.id());

        int pid = inspect(set, "app").pid();
        put(with(set, 4, new SetIntent(SetIntent.Run.RUNNING, 1)));
        awaitState(set, SetState.RUNNING, 4);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(inspect(set, "app").pid()).isNotIn(pid, 0));
        awaitState(set, SetState.RUNNING, 4);

        int again = inspect(set, "app").pid();
        put(sleeper(set.uid(), "moves", 5, "128Mi", 1));
        await().atMost(LONG)
                .untilAsserted(() ->
                        assertThat(inspect(set, "app").limits().memoryBytes()).isEqualTo(128L << 20));
        awaitState(set, SetState.RUNNING, 5);
        assertThat(inspect(set, "app").pid()).isEqualTo(again);
        assertThat(heard.types("moves")).contains("Stopping", "Stopped", "Restarted", "Updated");
    }

    @Test
    void faultsAreToldWithTheirReason() throws Exception {
        DesiredSet noImage = set("no-image", 1, """
                {"name": "no-image", "resources": {"cpu": 0.5, "memory": "64Mi"},
                 "containers": [{"index": 1, "image": "mosaic/nowhere:9", "options": {}}]}
                """);
        DesiredSet noCommand = set("no-command", 1, """
                {"name": "no-command", "resources": {"cpu": 0.5, "memory": "64Mi"},
                 "containers": [{"index": 1, "image": "mosaic/test:1", "options": {"command": ["/bin/nothing"]}}]}
                """);
        DesiredSet greedy = set("greedy", 1, """
                {"name": "greedy", "resources": {"cpu": 0.5, "memory": "32Mi"}, "restart": {"policy": "never"},
                 "containers": [{"index": 1, "image": "mosaic/test:1", "options": {
                   "command": ["/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=10"]}}]}
                """);
        DesiredSet sysctl = set("sysctl", 1, """
                {"name": "sysctl", "resources": {"cpu": 0.5, "memory": "32Mi"}, "sysctls": {"vm.swappiness": "1"},
                 "containers": [{"index": 1, "image": "mosaic/test:1", "options": {}}]}
                """);
        DesiredSet done = set("done", 1, """
                {"name": "done", "resources": {"cpu": 0.5, "memory": "32Mi"}, "restart": {"policy": "on-failure"},
                 "containers": [{"index": 1, "image": "mosaic/test:1", "options": {"command": ["/bin/true"]}}]}
                """);
        reconciler.apply(new ControllerMessage.Delta(1, List.of(noImage, noCommand, greedy, sysctl, done), List.of()));
        assertThat(awaitState(noImage, SetState.FAILED).reason()).contains("image mosaic/nowhere:9 is not on the host");
        assertThat(awaitState(noCommand, SetState.FAILED).reason()).contains("/bin/nothing", "next start at");
        assertThat(awaitState(greedy, SetState.FAILED).reason())
                .contains("killed by the OOM killer at its limit of 32Mi");
        assertThat(heard.types("greedy")).contains("OomKilled");
        assertThat(awaitState(sysctl, SetState.FAILED).reason()).contains("vm.swappiness");
        assertThat(awaitState(done, SetState.STOPPED).reason()).contains("exit code 0");
    }

    @Test
    void aHungDaemonDegradesTheHostAndNothingIsDoneTwice() throws Exception {
        try (DockerDaemon own = DockerDaemon.start();
                DockerClient client = own.client();
                Reconciler loop = open(client, directory.resolve("own"))) {
            loop.apply(new ControllerMessage.Desired(1, List.of()));
            DesiredSet set = sleeper("hangs", 1, "64Mi");
            loop.apply(new ControllerMessage.Delta(1, List.of(set), List.of()));
            awaitState(set, SetState.RUNNING);
            String id = client.inspect(name(set, "app")).id();
            own.signal("STOP");
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(loop.degraded()).contains("does not answer"));
            DesiredSet late = sleeper("late", 1, "64Mi");
            loop.apply(new ControllerMessage.Delta(1, List.of(late), List.of()));
            Thread.sleep(3000);
            own.signal("CONT");
            awaitState(late, SetState.RUNNING);
            await().atMost(LONG).untilAsserted(() -> assertThat(loop.degraded()).isNull());
            assertThat(client.inspect(name(set, "app")).id()).isEqualTo(id);
            assertThat(client.list(SetLabels.SET)).hasSize(4);
            own.kill();
            await().atMost(LONG).untilAsserted(() -> assertThat(loop.degraded()).contains("cannot be reached"));
            own.restart();
            await().atMost(LONG).untilAsserted(() -> assertThat(loop.degraded()).isNull());
            loop.apply(new ControllerMessage.Delta(1, List.of(), List.of(set.uid(), late.uid())));
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(client.list(SetLabels.SET)).isEmpty());
        }
    }

    private Reconciler open() throws IOException {
        return open(docker, directory);
    }

    private Reconciler open(Docker client, Path at) throws IOException {
        Reconciler opened = unstarted(client, at);
        opened.start();
        return opened;
    }

    private Reconciler unstarted(Docker client, Path at) throws IOException {
        Files.createDirectories(at);
        AgentRules rules = new AgentRules("it", DockerDaemon.IMAGE, Set.of());
        Probes probes = new Probes(client);
        HealthProbe health = (check, id, infra) -> {
            ProbeResult result = probes.check(check, infra.pid(), id);
            return new HealthProbe.Result(result.healthy(), result.words());
        };
        return new Reconciler(
                new Reconciler.Settings(rules, 4, Duration.ofSeconds(1), at, Bytes.ZERO),
                new HostDrivers(
                        client,
                        volumes,
                        health,
                        new CgroupLimits(Path.of("/")),
                        new ContainerProcesses(Path.of("/"))::end,
                        new RoleDirectories(at.resolve("roles"))),
                DesiredState.open(at.resolve("desired.json")),
                heard,
                Clock.systemUTC());
    }

    private void put(DesiredSet set) {
        reconciler.apply(new ControllerMessage.Delta(set.generation(), List.of(set), List.of()));
    }

    private SetReport awaitState(DesiredSet set, SetState state) {
        return awaitState(set, state, 0);
    }

    private SetReport awaitState(DesiredSet set, SetState state, long generation) {
        await().atMost(LONG).pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
            assertThat(heard.last(set)).isNotNull();
            assertThat(heard.last(set).state()).as(heard.last(set).toString()).isEqualTo(state);
            assertThat(heard.last(set).generation()).isGreaterThanOrEqualTo(generation);
        });
        return heard.last(set);
    }

    private List<String> ours() throws DockerException {
        return docker.list(SetLabels.SET).stream()
                .filter(each -> "it".equals(each.labels().get(SetLabels.HOST)))
                .map(Docker.ContainerSummary::name)
                .toList();
    }

    private Map<String, Integer> pids(DesiredSet set) throws DockerException {
        return Map.of(
                "infra", inspect(set, "infra").pid(), "app", inspect(set, "app").pid());
    }

    private Docker.ContainerInfo inspect(DesiredSet set, String container) throws DockerException {
        Docker.ContainerInfo info = docker.inspect(name(set, container));
        assertThat(info).isNotNull();
        return info;
    }

    private String output(String id, String... command) throws DockerException {
        Docker.ExecConfig config = new Docker.ExecConfig(List.of(command), false, false, 0, 0, null);
        StringBuilder said = new StringBuilder();
        try (Docker.ExecSession session = docker.exec(id, config)) {
            for (Docker.Output piece = session.next(); piece != null; piece = session.next()) {
                said.append(new String(piece.bytes(), StandardCharsets.UTF_8));
            }
        }
        return said.toString();
    }

    private static Docker.Limits limits(long mebi) {
        return new Docker.Limits(50_000, 512, mebi << 20, null);
    }

    private static Path networkOf(Docker.ContainerInfo info) throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/" + info.pid() + "/ns/net"));
    }

    private static String name(DesiredSet set, String container) {
        return "mos-t-" + set.name() + "-" + container + "-"
                + set.uid().toString().substring(0, 8);
    }

    private static DesiredSet sleeper(String name, long generation, String memory) {
        return sleeper(UUID.randomUUID(), name, generation, memory, 0);
    }

    private static DesiredSet sleeper(UUID uid, String name, long generation, String memory, long restarts) {
        SetSpec spec = Json.read("""
                {"name": "%s", "resources": {"cpu": 0.5, "memory": "%s"}, "restart": {"initial": "200ms"},
                 "containers": [{"index": 1, "name": "app", "image": "mosaic/test:1", "options": {
                   "command": ["/bin/sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.1; done"]}}]}
                """.formatted(name, memory), SetSpec.class);
        return new DesiredSet(uid, "t", name, generation, spec, new SetIntent(SetIntent.Run.RUNNING, restarts));
    }

    private static DesiredSet set(String name, long generation, String json) {
        return new DesiredSet(
                UUID.randomUUID(), "t", name, generation, Json.read(json, SetSpec.class), SetIntent.RUNNING);
    }

    private static DesiredSet with(DesiredSet set, long generation, SetIntent intent) {
        return new DesiredSet(set.uid(), set.tenant(), set.name(), generation, set.spec(), intent);
    }

    /** What the loop said. */
    private static final class Heard implements HostListener {
        private final Map<UUID, SetReport> reports = new ConcurrentHashMap<>();
        private final List<Event> events = new CopyOnWriteArrayList<>();

        @Override
        public void reported(SetReport report) {
            reports.put(report.uid(), report);
        }

        @Override
        public void happened(Event event) {
            events.add(event);
        }

        SetReport last(DesiredSet set) {
            return reports.get(set.uid());
        }

        List<String> types(String name) {
            return events.stream()
                    .filter(event -> event.name().equals(name))
                    .map(Event::type)
                    .collect(Collectors.toList());
        }

        void clear() {
            reports.clear();
            events.clear();
        }
    }
}
