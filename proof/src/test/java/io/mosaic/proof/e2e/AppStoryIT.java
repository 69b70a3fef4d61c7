package io.mosaic.proof.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mosaic.model.AppPlan;
import io.mosaic.model.AppReleaseResource;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppScale;
import io.mosaic.model.AppStatus;
import io.mosaic.model.Event;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Rollout;
import io.mosaic.model.SetResource;
import io.mosaic.model.client.EventQuery;
import io.mosaic.model.client.SetQuery;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The life of an app on real Docker: made, scaled, updated in place, given a bad image, undone, deleted. */
class AppStoryIT {

    private static final Duration DEADLINE = Duration.ofSeconds(90);

    @RegisterExtension
    static final MosaicExtension M = new MosaicExtension();

    private static JsonNode app(String name, int replicas, String image) {
        return Json.mapper().readTree("""
                {"name": "%s", "replicas": %d, "budget": 1,
                 "update": {"batch": 2, "canary": 1, "minReady": "500ms", "deadline": "8s"},
                 "template": {
                   "resources": {"cpu": 0.2, "memory": "32Mi"},
                   "containers": [
                     {"index": 1, "name": "web", "image": "%s",
                      "options": {"command": ["sleep", "1000000"], "stopGrace": "500ms"}},
                     {"index": 2, "name": "side", "image": "mosaic-proof/busybox:1",
                      "options": {"command": ["sleep", "1000000"], "stopGrace": "500ms"}}]}}
                """.formatted(name, replicas, image));
    }

    private static JsonNode image(String image) {
        return Json.mapper()
                .createObjectNode()
                .set(
                        "template",
                        Json.mapper()
                                .createObjectNode()
                                .set(
                                        "containers",
                                        app("x", 1, image).path("template").path("containers")));
    }

    /** Apps make anew what is deleted, so they go before their sets. */
    @AfterEach
    void deleteApps() throws InterruptedException {
        for (AppResource app : M.client().apps().list(List.of(), 1000, null).items()) {
            delete(app.name());
        }
    }

    private static void delete(String name) throws InterruptedException {
        M.client().apps().delete(name);
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (M.client().apps().list(List.of(), 1000, null).items().stream()
                .anyMatch(app -> app.name().equals(name))) {
            assertThat(System.nanoTime() - end)
                    .as("app " + name + " is not removed")
                    .isNegative();
            Thread.sleep(50);
        }
    }

    private static AppResource await(String name, Predicate<AppResource> condition, String what)
            throws InterruptedException {
        long end = System.nanoTime() + DEADLINE.toNanos();
        while (true) {
            AppResource app = M.client().apps().get(name);
            if (condition.test(app)) {
                return app;
            }
            if (System.nanoTime() > end) {
                throw new AssertionError(
                        name + " does not come to " + what + ", it is " + Json.pretty(app) + Json.pretty(sets(name)));
            }
            Thread.sleep(50);
        }
    }

    private static AppResource awaitReady(AppResource asked) throws InterruptedException {
        return await(
                asked.name(),
                app -> app.status().observedGeneration() >= asked.generation()
                        && app.status().state() == AppStatus.State.READY,
                "READY");
    }

    private static List<SetResource> sets(String app) {
        return M.client().sets().listAll(SetQuery.ALL.withApp(app)).items();
    }

    private static List<String> names(String app) {
        return sets(app).stream().map(SetResource::name).toList();
    }

    /** Pids of that container in each instance, as Docker has them. */
    private static Map<String, Long> pids(String app, String container) {
        Map<String, Long> pids = new TreeMap<>();
        names(app).forEach(set -> pids.put(set, M.pids(set).getOrDefault(container, 0L)));
        return pids;
    }

    private static List<String> images(String app) {
        return names(app).stream()
                .map(set -> M.containers(set)
                        .get("web")
                        .path("Config")
                        .path("Image")
                        .asString())
                .toList();
    }

    private static List<Event> events(String app) {
        return M.client().events(EventQuery.ofApp(app).withLimit(1000)).items();
    }

    @Test
    void appliedScaledUpdatedInPlaceRevertedUndoneAndDeleted() throws Exception {
        M.docker().docker().tag("mosaic-proof/busybox:1", "mosaic-proof/busybox", "2");
        AppPlan plan = M.client().apps().dryRun(app("food", 3, "mosaic-proof/busybox:1"), false);
        assertThat(plan.create()).containsExactly("food-0001", "food-0002", "food-0003");
        assertThat(sets("food")).isEmpty();

        awaitReady(M.client().apps().create(app("food", 3, "mosaic-proof/busybox:1"), false));
        assertThat(names("food")).containsExactly("food-0001", "food-0002", "food-0003");
        awaitReady(M.client().apps().scale("food", new AppScale(5, "lunch")));
        assertThat(names("food")).hasSize(5);
        awaitReady(M.client().apps().scale("food", new AppScale(3, null)));
        assertThat(names("food")).containsExactly("food-0001", "food-0002", "food-0003");

        Map<String, Long> side = pids("food", "side");
        Map<String, Long> infra = pids("food", "infra");
        Map<String, Long> web = pids("food", "web");
        AppPlan update = M.client().apps().dryRunPatch("food", image("mosaic-proof/busybox:2"), false);
        assertThat(update.updated()).isEqualTo(3);
        assertThat(update.batches()).isEqualTo(2);
        assertThat(update.fields()).extracting(AppPlan.Field::field).containsExactly("/template/containers/0/image");
        AppResource updated = awaitReady(M.client().apps().patch("food", image("mosaic-proof/busybox:2"), false, null));
        assertThat(updated.release()).isEqualTo(2);
        assertThat(images("food")).containsOnly("mosaic-proof/busybox:2");
        assertThat(pids("food", "side")).isEqualTo(side);
        assertThat(pids("food", "infra")).isEqualTo(infra);
        assertThat(pids("food", "web").values()).doesNotContainAnyElementsOf(web.values());

        web = pids("food", "web");
        M.client().apps().patch("food", image("mosaic-proof/nosuch:9"), false, null);
        AppResource reverted = await(
                "food",
                app -> app.status().rollout() != null
                        && app.status().rollout().state() == Rollout.State.REVERTED
                        && app.status().state() == AppStatus.State.READY,
                "REVERTED");
        assertThat(reverted.release()).isEqualTo(2);
        assertThat(reverted.status().reason()).contains("release 3 failed");
        assertThat(images("food")).containsOnly("mosaic-proof/busybox:2");
        assertThat(pids("food", "web").values())
                .as("what could not be replaced ran on, what was not reached was not touched")
                .containsAll(web.values());
        assertThat(events("food")).extracting(Event::type).contains("RolloutFailed", "Reverted");

        assertThat(awaitReady(M.client().apps().undo("food", 1)).release()).isEqualTo(1);
        assertThat(images("food")).containsOnly("mosaic-proof/busybox:1");
        assertThat(pids("food", "side")).isEqualTo(side);
        assertThat(M.client().apps().history("food").items())
                .extracting(AppReleaseResource::number)
                .containsExactly(3, 2, 1);

        delete("food");
        M.awaitNothingLeft();
    }

    @Test
    void rollingReplacesWholeSets() throws Exception {
        JsonNode rolling = Json.mapper()
                .readTree(
                        "{\"update\": {\"strategy\": \"rolling\"}, \"template\": {\"sysctls\": {\"net.core.somaxconn\": \"77\"}}}");
        awaitReady(M.client().apps().create(app("roll", 2, "mosaic-proof/busybox:1"), false));
        Map<String, Long> infra = pids("roll", "infra");
        awaitReady(M.client().apps().patch("roll", rolling, false, null));
        assertThat(names("roll")).containsExactly("roll-0001", "roll-0002");
        assertThat(pids("roll", "infra").values()).doesNotContainAnyElementsOf(infra.values());
        assertThat(M.exec("roll-0002", "web", "cat", "/proc/sys/net/core/somaxconn")
                        .out())
                .isEqualTo("77\n");
    }

    @Test
    void anUpdateGoesOnWhenControllerAndAgentAreKilled() throws Exception {
        M.docker().docker().tag("mosaic-proof/busybox:1", "mosaic-proof/busybox", "2");
        awaitReady(M.client().apps().create(app("kill", 4, "mosaic-proof/busybox:1"), false));
        Map<String, Long> side = pids("kill", "side");
        AppResource asked = M.client().apps().patch("kill", image("mosaic-proof/busybox:2"), false, null);
        await("kill", app -> app.status().updated() >= 1, "a first updated instance");
        M.mosaic().controller().kill9();
        M.mosaic().controller().start();
        M.mosaic().awaitController();
        await("kill", app -> app.status().updated() >= 2, "a second updated instance");
        M.mosaic().agent().kill9();
        M.mosaic().agent().start();
        awaitReady(asked);
        assertThat(images("kill")).containsOnly("mosaic-proof/busybox:2");
        assertThat(pids("kill", "side")).isEqualTo(side);
        assertThat(names("kill")).containsExactly("kill-0001", "kill-0002", "kill-0003", "kill-0004");
    }

    @Test
    void whatIsWrongIsSaidWithItsField() throws Exception {
        awaitReady(M.client().apps().create(app("bad", 1, "mosaic-proof/busybox:1"), false));
        assertThatThrownBy(() -> M.client().apps().scale("bad", new AppScale(1_000_000, null)))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().errors())
                                .extracting(Problem.FieldError::field)
                                .containsExactly("/replicas"));
        assertThatThrownBy(() -> M.client().apps().undo("bad", 7))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.NOT_FOUND)).isTrue());
        JsonNode sysctls = Json.mapper().readTree("{\"template\": {\"sysctls\": {\"net.core.somaxconn\": \"77\"}}}");
        assertThatThrownBy(() -> M.client().apps().patch("bad", sysctls, false, null))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().errors())
                                .extracting(Problem.FieldError::field)
                                .containsExactly("/template/sysctls"));
        assertThatThrownBy(() -> M.client().sets().stop("bad-0001"))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.is(Problem.Kind.CONFLICT)).isTrue());
    }
}
