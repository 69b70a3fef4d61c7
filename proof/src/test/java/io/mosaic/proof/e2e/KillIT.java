package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.SetResource;
import io.mosaic.model.SetState;
import io.mosaic.model.client.SetQuery;
import io.mosaic.proof.rig.HostMounts;
import io.mosaic.proof.rig.RawApi;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/**
 * {@code kill -9} of controller, agent, PostgreSQL and dockerd at random moments while sets are made and deleted.
 * Afterwards every acknowledged set is there exactly once, and nothing else. {@code -Dmosaic.seed=N} repeats the moments
 * and victims of a run.
 */
class KillIT {

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    private static final int SETS = 25;
    private static final int KILLS_OF_EACH = 2;
    private static final long GIVE_UP_NANOS = 120_000_000_000L;

    private enum Victim {
        CONTROLLER,
        AGENT,
        POSTGRES,
        DOCKERD
    }

    /** What was acknowledged: name to the uid it was answered with; a deleted one is no longer in it. */
    private final Map<String, String> present = new TreeMap<>();

    private final List<String> story = Collections.synchronizedList(new ArrayList<>());

    @Test
    void acknowledgedSetsExistExactlyOnceWhateverIsKilled() throws Exception {
        long seed = Long.getLong("mosaic.seed", System.nanoTime());
        try (ExecutorService killing = Executors.newSingleThreadExecutor()) {
            Future<?> kills = killing.submit(() -> {
                killAll(new Random(seed));
                return null;
            });
            burst(new Random(seed + 1));
            kills.get();
            M.mosaic().awaitController();
            M.mosaic().awaitHost("READY");
            assertAllOnce();
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    "seed " + seed + " (repeat with -Dmosaic.seed=" + seed + "): " + e.getMessage() + "\n"
                            + String.join("\n", story),
                    e);
        }
    }

    private void killAll(Random random) throws IOException, InterruptedException {
        List<Victim> victims = new ArrayList<>();
        for (int i = 0; i < KILLS_OF_EACH; i++) {
            victims.addAll(List.of(Victim.values()));
        }
        Collections.shuffle(victims, random);
        for (Victim victim : victims) {
            Thread.sleep(500 + random.nextInt(3000));
            int pause = random.nextInt(1500);
            story.add(now() + " kill " + victim + ", back after " + pause + " ms");
            switch (victim) {
                case CONTROLLER -> M.mosaic().controller().kill9();
                case AGENT -> M.mosaic().agent().kill9();
                case POSTGRES -> M.mosaic().killPostgres();
                case DOCKERD -> M.docker().kill9();
            }
            Thread.sleep(pause);
            // An init system would do this; a controller may end itself when its database is gone.
            M.docker().start();
            M.mosaic().controller().start();
            M.mosaic().agent().start();
            if (victim == Victim.POSTGRES) {
                // There is no second one to kill before the first is back.
                M.mosaic().awaitController();
            }
        }
        story.add(now() + " no more kills");
    }

    private void burst(Random random) throws IOException, InterruptedException {
        for (int i = 0; i < SETS; i++) {
            String name = "kill-" + i;
            String spec = i % 3 == 0 ? withVolume(name) : small(name);
            RawApi.Answer created = insist("POST", "/v1/sets", spec, Map.of("Idempotency-Key", "make-" + name));
            assertThat(created.status())
                    .as("create %s: %s", name, created.text())
                    .isEqualTo(201);
            present.put(name, created.json().path("uid").asString());
            story.add(now() + " made " + name);
            Thread.sleep(random.nextInt(1200));
            if (random.nextInt(10) < 4) {
                String doomed = new ArrayList<>(present.keySet()).get(random.nextInt(present.size()));
                RawApi.Answer deleted = insist("DELETE", "/v1/sets/" + doomed, null, Map.of());
                assertThat(deleted.status())
                        .as("delete %s: %s", doomed, deleted.text())
                        .isIn(200, 202, 404);
                present.remove(doomed);
                story.add(now() + " deleted " + doomed);
            }
        }
    }

    /** Repeats the request until it is answered, as a careful client does: with the same key each time. */
    private static RawApi.Answer insist(String method, String path, String body, Map<String, String> headers)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + GIVE_UP_NANOS;
        while (true) {
            try {
                RawApi.Answer answer = M.mosaic().api().call(method, path, body, headers);
                if (answer.status() < 500 || System.nanoTime() > end) {
                    return answer;
                }
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
            }
            Thread.sleep(100);
        }
    }

    private void assertAllOnce() throws Exception {
        for (String name : present.keySet()) {
            M.await(
                    name,
                    set -> set.status().state() == SetState.RUNNING
                            && set.uid().toString().equals(present.get(name)),
                    "RUNNING with uid " + present.get(name));
        }
        awaitOnlyPresent();
        TreeSet<String> withVolume = new TreeSet<>();
        for (String name : present.keySet()) {
            Map<String, JsonNode> containers = M.containers(name);
            assertThat(containers).as(name).containsOnlyKeys("infra", "main");
            containers.values().forEach(container -> {
                assertThat(container.path("State").path("Running").asBoolean())
                        .as(name + " " + container.path("State"))
                        .isTrue();
                assertThat(container
                                .path("Config")
                                .path("Labels")
                                .path("io.mosaic.set")
                                .asString())
                        .isEqualTo(present.get(name));
            });
            assertThat(M.events(name)).filteredOn("type", "Created").as(name).hasSize(1);
            if (M.client().sets().get(name).spec().volume() != null) {
                withVolume.add(present.get(name));
            }
        }
        assertThat(M.docker().docker().containers("io.mosaic.set"))
                .as("no container but those")
                .hasSize(2 * present.size());
        assertThat(HostMounts.loopDevicesOn(M.mosaic().home()))
                .as("one loop device for each volume")
                .hasSize(withVolume.size());
        assertThat(M.mosaic().volumeFiles())
                .allSatisfy(file -> assertThat(withVolume)
                        .anyMatch(uid -> file.getFileName().toString().contains(uid)));
    }

    /** Deletes that were acknowledged just now may still be under way. */
    private void awaitOnlyPresent() throws InterruptedException {
        for (SetResource set : M.client().sets().listAll(SetQuery.ALL).items()) {
            if (!present.containsKey(set.name())) {
                assertThat(set.status().state()).isEqualTo(SetState.DELETING);
                M.awaitGone(set.name());
            }
        }
        assertThat(M.client().sets().listAll(SetQuery.ALL).items())
                .extracting(SetResource::name)
                .containsExactlyInAnyOrderElementsOf(present.keySet());
    }

    /** All of them fit on the smallest machine together. */
    private static String small(String name) {
        return MosaicExtension.sleeper(name).replace("\"cpu\": 0.2", "\"cpu\": 0.05");
    }

    private static String withVolume(String name) {
        return small(name)
                .replace("\"resources\"", "\"volume\": {\"size\": \"300Mi\", \"mount\": \"/data\"}, \"resources\"");
    }

    private static String now() {
        return java.time.Instant.now().toString();
    }
}
