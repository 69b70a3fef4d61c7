package io.mosaic.agent.desired;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.agent.docker.Docker;
import io.mosaic.model.ContainerStatus;
import io.mosaic.model.SetIntent;
import io.mosaic.model.SetState;
import java.util.List;
import org.junit.jupiter.api.Test;

/** From any mess, with any faults on the way, a set gets where it should be once the faults end. */
class SetPlannerSeedTest {
    private static final int SEEDS = 1000;
    private static final int STEPS_MAX = 400;
    private static final String THREE = """
            {"name": "web", "resources": {"cpu": 1, "memory": "128Mi"}, "volume": {"size": "300Mi", "mount": "/data"},
             "sysctls": {"vm.swappiness": "1"},
             "containers": [{"index": 1, "name": "a", "image": "a:1", "options": {"health": {"tcp": 80}}},
                            {"index": 2, "name": "b", "image": "b:1", "options": {}},
                            {"index": 3, "name": "c", "image": "a:1", "options": {"health": {"file": "/up"}}}]}
            """;

    @Test
    void converges() {
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                story(seed);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
            }
        }
        assertThat(SEEDS).isPositive();
    }

    private static void story(long seed) {
        PlannedSet set = new PlannedSet(seed, THREE);
        mess(set);
        set.host.faults = set.random.nextInt(40);
        for (int i = 0; i < 60; i++) {
            disturb(set);
            set.advance();
        }
        set.host.faults = 0;
        // What the daemon says when the agent comes back to it.
        set.seen = set.seen.forgotten();
        switch (set.goal.set().intent().run()) {
            case RUNNING -> runs(set);
            case STOPPED -> {
                set.untilQuiet(SetState.STOPPED, STEPS_MAX);
                assertThat(set.host.boxes.values()).noneMatch(box -> box.running);
            }
            case DELETED -> {
                set.untilQuiet(SetState.DELETED, STEPS_MAX);
                assertThat(set.host.boxes).isEmpty();
                assertThat(set.host.volume).isFalse();
            }
        }
    }

    private static void runs(PlannedSet set) {
        set.untilQuiet(SetState.RUNNING, STEPS_MAX);
        Blueprint blueprint = new Blueprint(set.goal.set(), PlannedSet.RULES);
        assertThat(set.host.boxes.keySet()).containsExactlyInAnyOrderElementsOf(blueprint.names());
        ModelHost.Box infra = set.host.boxes.get(ContainerStatus.INFRA);
        set.host.boxes.forEach((name, box) -> {
            assertThat(box.running).as(name).isTrue();
            // Of an infra container of before nothing can have changed.
            if (!box.hash.startsWith("1:") || !name.equals(ContainerStatus.INFRA)) {
                assertThat(box.hash).as(name).isEqualTo(blueprint.hash(name));
            }
            assertThat(box.limits).as(name).isEqualTo(blueprint.limits(name));
            assertThat(box.keys).as(name).isEqualTo(blueprint.keys(name, java.nio.file.Path.of("/volumes/x")));
            assertThat(box.started).as(name).isAfterOrEqualTo(infra.started);
        });
        assertThat(set.host.volume).isTrue();
        assertThat(set.host.volumeSize)
                .isGreaterThanOrEqualTo(set.goal.set().spec().volume().size());
        assertThat(set.goal.restartPending()).isFalse();
    }

    /** What an agent may find: some of the containers, in any state, old ones and strange ones. */
    private static void mess(PlannedSet set) {
        set.seen = ObservedSet.UNKNOWN;
        Blueprint blueprint = new Blueprint(set.goal.set(), PlannedSet.RULES);
        set.host.volume = set.random.nextBoolean();
        for (String name : List.of("infra", "a", "b", "c", "a~", "stray")) {
            if (set.random.nextInt(3) == 0) {
                continue;
            }
            boolean twin = Successor.is(name) && set.host.boxes.containsKey(Successor.original(name));
            boolean old = set.random.nextInt(4) == 0;
            Docker.Limits limits = set.random.nextBoolean() ? blueprint.limits(name) : new Docker.Limits(1, 2, 3, null);
            ModelHost.Box box = new ModelHost.Box(
                    "old-" + name, old ? set.random.nextInt(1, 3) + ":old" : blueprint.hash(name), limits);
            box.ran = set.random.nextBoolean();
            box.running = box.ran && set.random.nextBoolean() && !twin;
            box.started = set.now.minusSeconds(set.random.nextInt(100));
            box.finished = box.running ? box.started : set.now;
            set.host.boxes.put(name, box);
        }
    }

    private static void disturb(PlannedSet set) {
        switch (set.random.nextInt(30)) {
            case 0 -> set.die("a", 1);
            case 1 -> set.die("b", set.random.nextInt(2));
            case 2 -> set.die("infra", 137);
            case 3 -> set.restartAgent();
            case 4 -> {
                List<String> names = List.copyOf(set.host.boxes.keySet());
                if (!names.isEmpty()) {
                    String name = names.get(set.random.nextInt(names.size()));
                    set.host.boxes.remove(name);
                    set.tellChanged(name);
                }
            }
            case 5 -> {
                if (!deleted(set)) {
                    long restarts = set.goal.set().intent().restarts();
                    set.want(
                            switch (set.random.nextInt(4)) {
                                case 0 -> new SetIntent(SetIntent.Run.STOPPED, restarts);
                                case 1 -> new SetIntent(SetIntent.Run.RUNNING, restarts + 1);
                                case 2 -> new SetIntent(SetIntent.Run.DELETED, restarts);
                                default -> new SetIntent(SetIntent.Run.RUNNING, restarts);
                            });
                }
            }
            case 6 -> set.want(THREE.replace("b:1", "b:" + set.random.nextInt(3)));
            case 7 -> set.want(THREE.replace("a:1", "a:" + set.random.nextInt(3)));
            case 8 ->
                set.want(THREE.replace("\"name\": \"c\"", "\"name\": \"" + "cd".charAt(set.random.nextInt(2)) + "\""));
            case 9 -> set.want(THREE.replace("300Mi", 300 + 100 * set.random.nextInt(3) + "Mi"));
            case 10 ->
                set.want(THREE.replace(
                        "\"128Mi\"",
                        "\"128Mi\", \"cgroup\": {\"memory.swappiness\": \"" + set.random.nextInt(3) + "\"}"));
            default -> set.pass(java.time.Duration.ofMillis(set.random.nextInt(3000)));
        }
    }

    private static boolean deleted(PlannedSet set) {
        return set.goal.set().intent().run() == SetIntent.Run.DELETED;
    }
}
