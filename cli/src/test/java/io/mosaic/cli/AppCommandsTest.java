package io.mosaic.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Json;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppCommandsTest {

    private static final String FOOD = """
            name: food
            replicas: 2
            template:
              resources: {cpu: 0.5, memory: 64Mi}
              containers:
              - {index: 1, name: web, image: "web:1"}
            """;

    @TempDir
    private Path directory;

    private FakeApi api;
    private Map<String, String> environment;

    @BeforeEach
    void start() throws Exception {
        api = new FakeApi(directory);
        environment = api.environment();
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private Ran mos(String... arguments) {
        return Ran.mos(environment, "", arguments);
    }

    private Ran apply(String yaml, String... more) {
        String[] arguments = new String[more.length + 4];
        System.arraycopy(new String[] {"app", "apply", "-f", "-"}, 0, arguments, 0, 4);
        System.arraycopy(more, 0, arguments, 4, more.length);
        return Ran.mos(environment, yaml, arguments);
    }

    @Test
    void applyMakesWaitsAndLists() {
        Ran dry = apply(FOOD, "--dry-run");
        assertThat(dry.out()).isEqualTo("food would be created\n  create 2: food-0001 food-0002\n");
        assertThat(mos("app", "get", "food").code()).isEqualTo(3);
        Ran made = apply(FOOD, "--wait");
        assertThat(made.code()).isZero();
        assertThat(made.out()).isEqualTo("food created\n");
        assertThat(made.err()).contains("food SCALING: 0 of 2 ready").contains("food READY after");
        assertThat(mos("app", "list").out()).isEqualTo("""
                NAME  STATE  READY  UPDATED  RELEASE  ROLLOUT  AGE  REASON
                food  READY  2/2    2        1        -        90s  -
                """);
        assertThat(mos("app", "get", "food", "--events", "0").out())
                .contains("Instances  2 wanted, 2 there, 2 ready, 2 at the release\n")
                .contains("Release    1: web=web:1\n")
                .contains("Updates    gray, batch 25%, budget 25%, on failure revert\n");
        assertThat(apply(FOOD).out()).isEqualTo("food unchanged\n");
    }

    @Test
    void aFileWithoutReplicasLeavesTheirNumber() {
        apply(FOOD, "--wait");
        assertThat(mos("app", "scale", "food", "7", "--wait").out()).isEqualTo("food scaled to 7\n");
        assertThat(apply(FOOD.replace("replicas: 2\n", "")).out()).isEqualTo("food unchanged\n");
        Ran changed = apply(FOOD.replace("replicas: 2\n", "").replace("web:1", "web:2"), "--wait");
        assertThat(changed.err()).contains("/template/containers/0/image  \"web:1\" -> \"web:2\"");
        assertThat(Json.mapper()
                        .readTree(mos("app", "get", "food", "-o", "json").out())
                        .path("spec")
                        .path("replicas")
                        .asInt())
                .isEqualTo(7);
    }

    @Test
    void resizeIsAnUpdateOfTheTemplatesLimits() {
        apply(FOOD, "--wait");
        assertThat(mos("app", "resize", "food").err()).contains("say what to change: --cpu, --memory");
        assertThat(mos("app", "resize", "food", "--cpu", "1", "--dry-run").out())
                .startsWith("food would be resized\n");
        Ran resized = mos(
                "app", "resize", "food", "--cpu", "1", "--memory", "128Mi", "--io", "readBps=1Mi", "--move", "--wait");
        assertThat(resized.code()).as(resized.err()).isZero();
        assertThat(resized.out()).isEqualTo("food resized\n");
        var template = Json.mapper()
                .readTree(mos("app", "get", "food", "-o", "json").out())
                .path("spec")
                .path("template");
        assertThat(template.path("resources").path("cpu").asDouble()).isEqualTo(1);
        assertThat(template.path("resources").path("memory").asString()).isEqualTo("128Mi");
        assertThat(template.path("resources").path("io").path("readBps").asString())
                .isEqualTo("1Mi");
        assertThat(template.path("containers").size()).isOne();
        assertThat(mos("app", "resize", "nosuch", "--cpu", "1").code()).isEqualTo(3);
    }

    @Test
    void switchoverWaitsForTheOneThatWasNamed() {
        apply(FOOD, "--wait");
        Ran asked = mos("app", "switchover", "food");
        assertThat(asked.out()).isEqualTo("food switches over: food-0001, term 1; switches over to food-0002\n");
        Ran waited = mos("app", "switchover", "food", "--to", "food-0003", "--wait");
        assertThat(waited.code()).isZero();
        assertThat(waited.out()).isEqualTo("food food-0003, term 3\n");
        assertThat(mos("app", "get", "food", "--events", "0").out()).contains("Primary    food-0003, term 3\n");
        Ran failed = mos("app", "switchover", "food", "--to", "food-0009", "--wait");
        assertThat(failed.code()).isEqualTo(8);
        assertThat(failed.err()).contains("the switchover to food-0009 failed; food-0001, term 3");
        assertThat(mos("app", "switchover", "food", "--to", "no name").code()).isNotZero();
    }

    @Test
    void anUpdateThatFailedEndsWithItsOwnCode() {
        apply(FOOD, "--wait");
        assertThat(apply(FOOD.replace("web:1", "bad:1"), "--dry-run").out()).isEqualTo("""
                food would be changed
                  /template/containers/0/image  1 -> 2
                  update 2: food-0001 food-0002
                  in 2 batches
                """);
        Ran failed = apply(FOOD.replace("web:1", "bad:1"), "--wait");
        assertThat(failed.code()).isEqualTo(8);
        assertThat(failed.err()).contains("release 2 failed").contains("no such image");
        assertThat(mos("app", "rollout", "status", "food", "--watch").code()).isEqualTo(8);
        assertThat(mos("app", "rollout", "status", "food").out())
                .contains("Rollout    REVERTED, release 2 failed, all went back to 1 (food-0001: no such image)\n")
                .contains("RELEASE  INSTANCES  READY\n");
    }

    @Test
    void rolloutsAreLedAndUndone() {
        apply(FOOD, "--wait");
        apply(FOOD.replace("web:1", "web:2"));
        assertThat(mos("app", "rollout", "pause", "food").out()).isEqualTo("food paused\n");
        assertThat(mos("app", "rollout", "resume", "food").out()).isEqualTo("food resumed\n");
        assertThat(mos("app", "rollout", "status", "food", "--watch").out())
                .contains("2 ready: UPDATING, release 1 -> 2, batch 1\n")
                .endsWith("2 of 2 at release 2, 2 ready: DONE, release 1 -> 2\n");
        assertThat(mos("app", "history", "food").out()).isEqualTo("""
                RELEASE  NOW  AGE  IMAGES
                2        *    90s  web=web:2
                1        -    90s  web=web:2
                """);
        assertThat(mos("app", "rollout", "undo", "food", "--to", "1").out()).isEqualTo("food goes back to release 1\n");
        assertThat(api.asked).contains("POST /v1/apps/food/rollout/undo?to=1");
        assertThat(mos("app", "delete", "food", "--wait").out()).isEqualTo("food deleted\n");
        assertThat(mos("app", "list").err()).isEqualTo("no apps\n");
    }

    @Test
    void whatIsWrongIsSaidBeforeAnythingIsAsked() {
        Ran ran = apply(FOOD.replace("replicas: 2", "replicas: -2"));
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("/replicas").contains("must be 0 to 100000");
        assertThat(apply(FOOD.replace("cpu: 0.5", "cpus: 0.5")).err()).contains("/template/resources/cpus");
        assertThat(api.asked).isEmpty();
        assertThat(mos("app", "scale", "food", "1000000").err()).contains("must be 0 to 100000");
    }
}
