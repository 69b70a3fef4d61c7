package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Event;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.RebalancePlan;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.MosaicClient;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.HostRig;
import io.mosaic.proof.rig.RealCluster;
import io.mosaic.proof.soak.Soak;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import tools.jackson.databind.JsonNode;

/**
 * Three hosts of their own, each with its own dockerd, agent and network, under three controllers, a PostgreSQL pair and nginx:
 * hosts die, are cut off, hang, are drained and come back.
 */
class RealHostsIT {

    private static final Duration LONG = Duration.ofSeconds(90);

    private static RealCluster real;
    private static MosaicClient client;

    @RegisterExtension
    static final TestExecutionExceptionHandler LOGS = (context, fault) -> {
        throw new AssertionError(fault + "\n" + real.quoteLogs(), fault);
    };

    @BeforeAll
    static void start() throws Exception {
        real = RealCluster.start("realhosts", 3);
        client = real.client();
    }

    @AfterAll
    static void stop() throws Exception {
        try (RealCluster closedLast = real;
                MosaicClient closedFirst = client) {
            assertThat(closedLast == null || closedFirst == null).as("started").isFalse();
        }
    }

    /** Whatever a test left: every host is up, reachable and taken, and nothing is on it. */
    @AfterEach
    void clear() throws Exception {
        for (HostRig host : real.hosts()) {
            host.boot();
            host.mend();
            host.daemon().sigcont();
            client.hosts().uncordon(host.name());
        }
        for (HostRig host : real.hosts()) {
            awaitHost(host.name(), HostState.READY);
        }
        List<SetResource> sets = client.sets().listAll(SetQuery.ALL).items();
        sets.forEach(set -> client.sets().delete(set.name()));
        until(
                "no set is left",
                () -> client.sets().listAll(SetQuery.ALL).items().isEmpty());
        for (HostRig host : real.hosts()) {
            until("no container is left on " + host.name(), () -> host.sets().isEmpty());
            assertThat(host.containerProcesses()).isEmpty();
            assertThat(host.loopDevices()).isEmpty();
            assertThat(host.volumeFiles()).isEmpty();
        }
    }

    @Test
    void setsOfADeadHostRunElsewhereAndItComesBackToWhatIsItsOwn() throws Exception {
        List<String> names = create(6, "");
        String kept = create("with-volume", ", \"volume\": {\"size\": \"300Mi\", \"mount\": \"/data\"}");
        awaitRunning(names);
        awaitRunning(List.of(kept));
        // The one that waits for its host stands for all that must.
        HostRig dead = real.host(hostOf(kept));
        List<String> lost = on(dead.name(), names);
        dead.die();
        awaitHost(dead.name(), HostState.UNREACHABLE);
        awaitRunning(names);
        assertThat(on(dead.name(), names)).isEmpty();
        assertThat(client.sets().get(kept).status().state()).isEqualTo(SetState.LOST);
        assertContainersAreAsListed(dead);
        for (String name : lost) {
            assertThat(types(name)).as(name).containsOnlyOnce("Rebuild");
        }

        dead.boot();
        awaitHost(dead.name(), HostState.READY);
        awaitRunning(List.of(kept));
        until("the host is rid of what is no longer its own", () -> dead.sets().equals(new TreeSet<>(List.of(kept))));
        assertThat(hostOf(kept)).isEqualTo(dead.name());
        for (String name : lost) {
            assertThat(types(name))
                    .as("%s did not start where it was as well", name)
                    .doesNotContain("Restarted");
        }
        assertThat(dead.loopDevices()).hasSize(1);
        awaitRunning(names);
        assertContainersAreAsListed(null);
        // A host that is back takes sets again.
        create("again", pin(dead.name()));
        awaitRunning(List.of("again"));
        assertContainersAreAsListed(null);
    }

    @Test
    void setsOfAHostThatIsCutOffMoveAwayButNotToOneWhoseDaemonHangs() throws Exception {
        List<String> names = create(6, "");
        awaitRunning(names);
        HostRig cut = real.host(hostOf(names.getFirst()));
        HostRig hung = real.hosts().stream()
                .filter(host -> !host.equals(cut) && !on(host.name(), names).isEmpty())
                .findFirst()
                .orElseThrow();
        List<String> stay = on(hung.name(), names);
        Map<String, Long> before = pids(hung, stay);

        hung.daemon().sigstop();
        awaitHost(hung.name(), HostState.DEGRADED);
        cut.cut();
        awaitHost(cut.name(), HostState.UNREACHABLE);
        until(
                "the sets of the host that is cut off run elsewhere",
                () -> on(cut.name(), names).isEmpty());
        awaitRunning(names);
        create("late", pin(hung.name()));
        // Cut off is not dead: its containers run on until it hears that they are no longer its own.
        assertThat(cut.sets()).isNotEmpty();
        assertThat(on(hung.name(), names)).isEqualTo(stay);
        assertThat(state("late")).isEqualTo(SetState.PENDING);
        assertThat(client.hosts().get(hung.name()).status().state()).isEqualTo(HostState.DEGRADED);

        hung.daemon().sigcont();
        awaitHost(hung.name(), HostState.READY);
        awaitRunning(List.of("late"));
        assertThat(pids(hung, stay)).isEqualTo(before);
        cut.mend();
        awaitHost(cut.name(), HostState.READY);
        until("the host is rid of what is no longer its own", () -> cut.sets().isEmpty());
        awaitRunning(names);
        assertContainersAreAsListed(null);
    }

    @Test
    void whenMostHostsVanishAtOnceNothingIsRebuiltUntilOneIsBack() throws Exception {
        List<String> names = create(6, "");
        awaitRunning(names);
        HostRig left = real.hosts().get(0);
        HostRig first = real.hosts().get(1);
        HostRig second = real.hosts().get(2);
        List<String> there = on(left.name(), names);
        first.die();
        second.die();
        awaitHost(first.name(), HostState.UNREACHABLE);
        awaitHost(second.name(), HostState.UNREACHABLE);
        until(
                "people are told",
                () -> hostEvents().stream()
                        .anyMatch(event -> event.type().equals("RebuildStopped")
                                && event.message().contains("2 of the 3 hosts")));
        // Longer than a rebuild takes to begin.
        Thread.sleep(3000);
        assertThat(on(left.name(), names)).isEqualTo(there);
        assertThat(left.sets()).containsExactlyElementsOf(there);
        assertThat(on(first.name(), names))
                .allSatisfy(name -> assertThat(state(name)).isEqualTo(SetState.LOST));

        first.boot();
        awaitHost(first.name(), HostState.READY);
        awaitRunning(names);
        assertThat(on(second.name(), names)).isEmpty();
        assertThat(hostEvents()).extracting(Event::type).contains("RebuildResumed");
        second.boot();
        awaitHost(second.name(), HostState.READY);
        until(
                "the last one is rid of what is no longer its own",
                () -> second.sets().isEmpty());
        assertContainersAreAsListed(null);
    }

    @Test
    void aHostIsDrainedByTheBudgetAndTheRestIsBalanced() throws Exception {
        HostRig full = real.hosts().get(0);
        List<String> names = create(4, ", \"labels\": {\"app\": \"shop\"}" + pin(full.name()));
        awaitRunning(names);
        // Where they may go counts when they are placed next.
        names.forEach(name -> client.sets().patch(name, Json.mapper().readTree("{\"placement\": null}"), null));

        client.hosts().drain(full.name(), new HostSpec.Drain(1, false));
        until("the first has moved", () -> on(full.name(), names).size() < names.size() && away(names) == 0);
        client.hosts().undrain(full.name());
        until("what was under way has arrived", () -> away(names) == 0);
        List<String> rest = on(full.name(), names);
        assertThat(rest).isNotEmpty();
        // Longer than a move takes.
        Thread.sleep(1500);
        assertThat(on(full.name(), names)).isEqualTo(rest);
        assertThat(client.hosts().get(full.name()).status().state()).isEqualTo(HostState.CORDONED);
        assertContainersAreAsListed(null);

        client.hosts().drain(full.name(), new HostSpec.Drain(1, false));
        int mostAway = 0;
        long end = System.nanoTime() + LONG.toNanos();
        while (!on(full.name(), names).isEmpty() && System.nanoTime() < end) {
            mostAway = Math.max(mostAway, away(names));
            Thread.sleep(20);
        }
        awaitRunning(names);
        assertThat(on(full.name(), names)).isEmpty();
        assertThat(mostAway).as("of %s at a time", rest).isLessThanOrEqualTo(1);
        until("the drained host is empty", () -> full.sets().isEmpty());

        HostRig cordoned = real.hosts().get(1);
        client.hosts().cordon(cordoned.name());
        client.hosts().drain(cordoned.name(), new HostSpec.Drain(4, false));
        awaitRunning(names);
        until("all are on one host", () -> on(real.hosts().get(2).name(), names).size() == names.size());
        awaitRunning(names);
        for (HostRig host : real.hosts()) {
            client.hosts().uncordon(host.name());
            awaitHost(host.name(), HostState.READY);
        }
        RebalancePlan proposed = client.hosts().planRebalance();
        assertThat(proposed.moves())
                .isNotEmpty()
                .allSatisfy(move ->
                        assertThat(move.from()).isEqualTo(real.hosts().get(2).name()));
        assertThat(proposed.after().highestPercent())
                .isLessThan(proposed.before().highestPercent());
        assertThat(on(real.hosts().get(2).name(), names)).as("only proposed").hasSameSizeAs(names);
        RebalancePlan told = client.hosts().rebalance();
        until(
                "what was told to move has moved",
                () -> told.moves().stream().noneMatch(move -> move.from().equals(hostOf(move.set()))));
        awaitRunning(names);
        assertContainersAreAsListed(null);
    }

    /** A short one of {@code mos soak}; the seed of a failed run is in its message. */
    @Test
    void nothingIsLostDoubledOrLeftWhateverIsKilledAtRandom() throws Exception {
        long seed = Long.getLong("mosaic.seed", System.nanoTime() % 1_000_000);
        List<String> story = Collections.synchronizedList(new ArrayList<>());
        Soak.Result result = Soak.run(real, Duration.ofSeconds(40), seed, story::add);
        System.out.println("soak, seed " + seed + ": " + result.figures());
        assertThat(result.violations())
                .as(
                        "seed %d (again with -Dmosaic.seed=%d)%n%s%n%s",
                        seed, seed, String.join("\n", story), result.counts())
                .isEmpty();
        assertThat(result.figures()).doesNotContain("acknowledged=0 ").doesNotContain("faults=0 ");
    }

    private static List<String> create(int count, String more) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            names.add(create("set-" + i, more));
        }
        return names;
    }

    private static String create(String name, String more) {
        return client.sets()
                .create(Json.mapper().readTree("""
                {"name": "%s", "resources": {"cpu": 0.4, "memory": "32Mi"},
                 "containers": [{"index": 1, "name": "main", "image": "mosaic-proof/busybox:1",
                                 "options": {"command": ["sh", "-c", "trap 'exit 0' TERM; sleep 1000000 & wait"]}}]%s}""".formatted(name, more)))
                .name();
    }

    private static String pin(String host) {
        return ", \"placement\": {\"hostLabels\": {\"host\": \"" + host + "\"}}";
    }

    private static void awaitRunning(List<String> names) throws Exception {
        until(names + " are RUNNING", () -> away(names) == 0);
    }

    /** How many of them do not run. */
    private static int away(List<String> names) {
        return (int) client.sets().listAll(SetQuery.ALL).items().stream()
                .filter(set -> names.contains(set.name()) && set.status().state() != SetState.RUNNING)
                .count();
    }

    private static SetState state(String name) {
        return client.sets().get(name).status().state();
    }

    private static String hostOf(String name) {
        return client.sets().get(name).status().host();
    }

    private static List<String> on(String host, List<String> names) {
        return client.sets().listAll(SetQuery.ALL).items().stream()
                .filter(set ->
                        names.contains(set.name()) && host.equals(set.status().host()))
                .map(SetResource::name)
                .sorted()
                .toList();
    }

    private static void awaitHost(String host, HostState state) throws Exception {
        until(host + " is " + state, () -> {
            HostResource found = client.hosts().get(host);
            return found.status().state() == state;
        });
    }

    private static List<Event> hostEvents() {
        return client.events(new EventQuery(Kind.HOST, null, null, 1000)).items();
    }

    private static List<String> types(String set) {
        return client.events(EventQuery.ofSet(set).withLimit(1000)).items().stream()
                .map(Event::type)
                .toList();
    }

    private static Map<String, Long> pids(HostRig host, List<String> names) throws Exception {
        Map<String, Long> pids = new TreeMap<>();
        for (JsonNode container : host.containers()) {
            String set = container
                    .path("Config")
                    .path("Labels")
                    .path("io.mosaic.name")
                    .asString();
            if (names.contains(set)) {
                pids.put(
                        container.path("Name").asString(),
                        container.path("State").path("Pid").asLong());
            }
        }
        return pids;
    }

    /** Docker's own word on each host: infra and main of each set on the host that it is said to be on, and nothing else. */
    private static void assertContainersAreAsListed(HostRig without) throws Exception {
        for (HostRig host : real.hosts()) {
            if (host.equals(without)) {
                continue;
            }
            List<String> names = client.sets().listAll(SetQuery.ALL).items().stream()
                    .filter(set -> host.name().equals(set.status().host()))
                    .map(SetResource::name)
                    .toList();
            List<String> wanted = new ArrayList<>();
            names.forEach(name -> wanted.addAll(List.of(name + " infra", name + " main")));
            List<String> found = new ArrayList<>();
            for (JsonNode container : host.containers()) {
                JsonNode labels = container.path("Config").path("Labels");
                assertThat(container.path("State").path("Running").asBoolean()).isTrue();
                found.add(labels.path("io.mosaic.name").asString() + " "
                        + labels.path("io.mosaic.container").asString());
            }
            assertThat(found).as(host.name()).containsExactlyInAnyOrderElementsOf(wanted);
        }
    }

    private static void until(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + LONG.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + LONG.toSeconds() + " s: " + what + "\nsets: "
                        + client.sets().listAll(SetQuery.ALL).items().stream()
                                .map(set -> set.name() + " " + set.status().state() + " on "
                                        + set.status().host() + ": "
                                        + set.status().reason())
                                .toList()
                        + "\nhosts: "
                        + client.hosts().list().items().stream()
                                .map(host -> host.name() + " " + host.status().state() + ": "
                                        + host.status().reason())
                                .toList());
            }
            Thread.sleep(50);
        }
    }
}
