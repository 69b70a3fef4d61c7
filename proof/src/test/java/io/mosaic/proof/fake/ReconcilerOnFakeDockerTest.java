package io.mosaic.proof.fake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.agent.desired.AgentRules;
import io.mosaic.agent.desired.DesiredState;
import io.mosaic.agent.desired.HealthProbe;
import io.mosaic.agent.desired.HostDrivers;
import io.mosaic.agent.desired.HostListener;
import io.mosaic.agent.desired.Reconciler;
import io.mosaic.model.Bytes;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetState;
import io.mosaic.model.link.ControllerMessage;
import io.mosaic.model.link.DesiredSet;
import io.mosaic.model.link.SetReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole loop with its threads, on a daemon in memory that misbehaves by a seed. */
class ReconcilerOnFakeDockerTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int SETS = 20;

    @TempDir
    Path directory;

    private final Map<UUID, SetReport> reports = new ConcurrentHashMap<>();

    @Test
    void aHostOfSetsGetsThereThroughFailuresLostAnswersDeathsAndRestarts() throws Exception {
        for (long seed = 1; seed <= 8; seed++) {
            story(seed);
        }
    }

    private void story(long seed) throws Exception {
        Random random = new Random(seed);
        FakeDocker docker = new FakeDocker(Clock.systemUTC(), new Random(seed), "mosaic/infra:1", "app:1");
        FakeVolumes volumes = new FakeVolumes(Bytes.mebi(1 << 20));
        Path file = directory.resolve("desired-" + seed + ".json");
        docker.faults().latency(Duration.ofMillis(3)).failing(5).losing(5);
        List<DesiredSet> sets = new ArrayList<>();
        for (int i = 0; i < SETS; i++) {
            sets.add(set("s" + i, random));
        }
        Reconciler loop = open(docker, volumes, file);
        loop.apply(new ControllerMessage.Desired(1, sets));
        for (int i = 0; i < 30; i++) {
            Thread.sleep(random.nextInt(40));
            switch (random.nextInt(6)) {
                case 0 -> docker.running().stream().findAny().ifPresent(name -> docker.die(name, 1, false));
                case 1 -> {
                    loop.close();
                    loop = open(docker, volumes, file);
                }
                case 2 -> {
                    docker.goDown();
                    Thread.sleep(random.nextInt(50));
                    docker.comeUp();
                }
                case 3 -> {
                    int at = random.nextInt(sets.size());
                    DesiredSet gone = sets.remove(at);
                    loop.apply(new ControllerMessage.Delta(i, List.of(), List.of(gone.uid())));
                }
                default -> {
                    DesiredSet more = set("m" + seed + "-" + i, random);
                    sets.add(more);
                    loop.apply(new ControllerMessage.Delta(i, List.of(more), List.of()));
                }
            }
        }
        docker.faults().none();
        // As a controller does when the session comes back.
        loop.apply(new ControllerMessage.Desired(99, sets));
        Set<String> wanted = names(sets);
        await("seed " + seed).atMost(LONG).untilAsserted(() -> {
            assertThat(docker.running()).isEqualTo(wanted);
            assertThat(docker.names()).isEqualTo(wanted);
            assertThat(volumes.list())
                    .containsExactlyInAnyOrderElementsOf(sets.stream()
                            .filter(set -> set.spec().volume() != null)
                            .map(DesiredSet::uid)
                            .toList());
            sets.forEach(set -> assertThat(reports.get(set.uid()).state()).isEqualTo(SetState.RUNNING));
        });
        loop.close();
    }

    @Test
    void aDaemonThatHangsFailsNoSetAndGetsNothingTwice() throws Exception {
        FakeDocker docker = new FakeDocker(Clock.systemUTC(), new Random(7), "mosaic/infra:1", "app:1");
        FakeVolumes volumes = new FakeVolumes(Bytes.mebi(1 << 20));
        try (Reconciler loop = open(docker, volumes, directory.resolve("hang.json"))) {
            DesiredSet first = set("first", new Random(1));
            DesiredSet second = set("second", new Random(1));
            loop.apply(new ControllerMessage.Desired(1, List.of(first)));
            await().atMost(LONG).untilAsserted(() -> assertThat(state(first)).isEqualTo(SetState.RUNNING));
            docker.hang();
            loop.apply(new ControllerMessage.Delta(2, List.of(second), List.of()));
            await().atMost(LONG).untilAsserted(() -> assertThat(loop.degraded()).contains("Docker daemon"));
            assertThat(state(first)).isEqualTo(SetState.RUNNING);
            assertThat(state(second)).isIn(null, SetState.PREPARING);
            docker.resume();
            await().atMost(LONG).untilAsserted(() -> assertThat(state(second)).isEqualTo(SetState.RUNNING));
            assertThat(docker.names()).isEqualTo(names(List.of(first, second)));
            await().atMost(LONG).untilAsserted(() -> assertThat(loop.degraded()).isNull());
        }
    }

    /** The sets that ended with the host: one was given to another meanwhile, one is still its own. */
    @Test
    void aHostThatComesUpStartsNothingBeforeAControllerSpeaksOrItsPatienceEnds() throws Exception {
        FakeDocker docker = new FakeDocker(Clock.systemUTC(), new Random(7), "mosaic/infra:1", "app:1");
        FakeVolumes volumes = new FakeVolumes(Bytes.ZERO);
        Path file = directory.resolve("boot.json");
        DesiredSet moved = set("moved", null);
        DesiredSet own = set("own", null);
        try (Reconciler before = open(docker, volumes, file)) {
            before.apply(new ControllerMessage.Desired(1, List.of(moved, own)));
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(docker.running()).isEqualTo(names(List.of(moved, own))));
        }
        docker.running().forEach(name -> docker.die(name, 255, false));
        int starts = docker.calls("start");
        try (Reconciler up = unstarted(docker, volumes, file)) {
            up.awaitWord(LONG);
            up.start();
            assertThat(up.awaitFirstLook(LONG)).isTrue();
            assertThat(up.awaitReports(LONG)).isTrue();
            Thread.sleep(300);
            assertThat(docker.calls("start")).as("it knows, and waits").isEqualTo(starts);
            up.apply(new ControllerMessage.Desired(2, List.of(own)));
            await().atMost(LONG).untilAsserted(() -> {
                assertThat(docker.running()).isEqualTo(names(List.of(own)));
                assertThat(docker.names()).isEqualTo(names(List.of(own)));
            });
            assertThat(docker.calls("start")).isEqualTo(starts + 2);
        }
        docker.running().forEach(name -> docker.die(name, 255, false));
        try (Reconciler alone = unstarted(docker, volumes, file)) {
            alone.awaitWord(Duration.ofMillis(200));
            alone.start();
            await("no controller ever speaks")
                    .atMost(LONG)
                    .untilAsserted(() -> assertThat(docker.running()).isEqualTo(names(List.of(own))));
        }
    }

    @Test
    void aContainerThatADaemonWasKilledOverIsMadeAnew() throws Exception {
        FakeDocker docker = new FakeDocker(Clock.systemUTC(), new Random(7), "mosaic/infra:1", "app:1");
        try (Reconciler loop = open(docker, new FakeVolumes(Bytes.ZERO), directory.resolve("half.json"))) {
            docker.halfStartNext();
            DesiredSet set = set("half", null);
            loop.apply(new ControllerMessage.Desired(1, List.of(set)));
            await().atMost(LONG).untilAsserted(() -> assertThat(state(set)).isEqualTo(SetState.RUNNING));
            assertThat(docker.names()).isEqualTo(names(List.of(set)));
            assertThat(strays).as("what it left running is ended").isNotEmpty();
        }
    }

    @Test
    void aSetComesUpWithAsFewCallsAsByHand() throws Exception {
        FakeDocker docker = new FakeDocker(Clock.systemUTC(), new Random(7), "mosaic/infra:1", "app:1");
        try (Reconciler loop = open(docker, new FakeVolumes(Bytes.ZERO), directory.resolve("few.json"))) {
            assertThat(loop.awaitFirstLook(LONG)).isTrue();
            loop.apply(new ControllerMessage.Desired(1, List.of()));
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(docker.calls("list")).isEqualTo(2));
            DesiredSet set = set("few", null);
            loop.apply(new ControllerMessage.Delta(2, List.of(set), List.of()));
            await().atMost(LONG).untilAsserted(() -> assertThat(state(set)).isEqualTo(SetState.RUNNING));
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(docker.calls("inspect")).isEqualTo(1));
            assertThat(docker.calls("create")).isEqualTo(2);
            assertThat(docker.calls("start")).isEqualTo(2);
            assertThat(docker.calls("image")).isEqualTo(2);
            assertThat(docker.calls("list")).isEqualTo(2);
        }
    }

    /** Ids of the containers of which what still ran was to be ended. */
    private final List<String> strays = new CopyOnWriteArrayList<>();

    private SetState state(DesiredSet set) {
        SetReport report = reports.get(set.uid());
        return report == null ? null : report.state();
    }

    private static Set<String> names(List<DesiredSet> sets) {
        Set<String> names = new TreeSet<>();
        for (DesiredSet set : sets) {
            String uid = set.uid().toString().substring(0, 8);
            names.add("mos-t-" + set.name() + "-infra-" + uid);
            set.spec().containers().forEach(each -> names.add("mos-t-" + set.name() + "-" + each.name() + "-" + uid));
        }
        return names;
    }

    private Reconciler open(FakeDocker docker, FakeVolumes volumes, Path file) throws IOException {
        Reconciler loop = unstarted(docker, volumes, file);
        loop.start();
        return loop;
    }

    private Reconciler unstarted(FakeDocker docker, FakeVolumes volumes, Path file) throws IOException {
        return new Reconciler(
                new Reconciler.Settings(
                        new AgentRules("fake", "mosaic/infra:1", Set.of()),
                        4,
                        Duration.ofMillis(500),
                        directory,
                        Bytes.ZERO),
                new HostDrivers(
                        docker,
                        volumes,
                        (check, id, infra) -> new HealthProbe.Result(true, "fine"),
                        new FakeLimits(),
                        strays::add),
                DesiredState.open(file),
                new HostListener() {
                    @Override
                    public void reported(SetReport report) {
                        reports.put(report.uid(), report);
                    }

                    @Override
                    public void happened(Event event) {
                        assertThat(event.message()).isNotEmpty();
                    }
                },
                Clock.systemUTC());
    }

    private static DesiredSet set(String name, Random random) {
        boolean large = random != null && random.nextBoolean();
        String volume = large ? "\"volume\": {\"size\": \"300Mi\", \"mount\": \"/data\"}," : "";
        String second = large ? ", {\"index\": 2, \"image\": \"app:1\", \"options\": {\"health\": {\"tcp\": 1}}}" : "";
        SetSpec spec = Json.read(
                "{\"name\": \"" + name + "\", \"resources\": {\"cpu\": 1, \"memory\": \"64Mi\"}, " + volume
                        + "\"restart\": {\"initial\": \"100ms\", \"max\": \"500ms\"},"
                        + " \"containers\": [{\"index\": 1, \"image\": \"app:1\", \"options\": {}}" + second + "]}",
                SetSpec.class);
        return new DesiredSet(UUID.randomUUID(), "t", name, 1, spec, SetIntent.RUNNING);
    }
}
