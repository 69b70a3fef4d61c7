package io.mosaic.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What needs no cluster, and what asks one. */
class AppScalingTest {

    private static final String FOOD = """
            name: food
            template:
              resources: {cpu: 0.5, memory: 64Mi}
              containers:
              - {index: 1, name: web, image: "web:1"}
            scaling:
              minimum: 2
              maximum: 60
              windows:
              - {name: lunch, cron: "0 11 * * MON-FRI", zone: Asia/Shanghai, replicas: 60}
              - {name: afternoon, cron: "0 14 * * MON-FRI", zone: Asia/Shanghai, replicas: 20}
              metrics:
              - {metric: cpu, target: 60%}
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

    private Ran mos(String input, String... arguments) {
        return Ran.mos(environment, input, arguments);
    }

    private String file(String name, String text) throws IOException {
        Path path = directory.resolve(name);
        Files.writeString(path, text);
        return path.toString();
    }

    @Test
    void aFileIsPreviewedWithoutACluster() {
        Ran ran = Ran.mos(Map.of(), FOOD, "app", "schedule", "-f", "-", "--preview");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out().lines()).hasSizeBetween(11, 13).first().asString().startsWith("FROM (Asia/Shanghai)");
        assertThat(ran.out()).containsPattern("(MON|Mon) \\d{4}-\\d\\d-\\d\\d 11:00 +60 +lunch");
        Ran utc = Ran.mos(Map.of(), FOOD, "app", "schedule", "-f", "-", "--preview", "--zone", "UTC");
        assertThat(utc.out()).contains(" 03:00 ");
        assertThat(Ran.mos(Map.of(), FOOD, "app", "schedule", "-f", "-").out())
                .contains("lunch", "0 14 * * MON-FRI", "until the next");
    }

    @Test
    void whatIsWrongWithAFileIsToldPlainly() throws IOException {
        assertThat(Ran.mos(Map.of(), FOOD.replace("0 11", "0 31"), "app", "schedule", "-f", "-")
                        .err())
                .contains("/scaling/windows/0/cron")
                .contains("the hour, \"31\"");
        assertThat(mos(FOOD, "app", "schedule").code()).isEqualTo(2);
        assertThat(mos(FOOD, "app", "schedule", "-f", "-", "--zone", "Mars").err())
                .contains("no time zone Mars");
        assertThat(mos(FOOD, "app", "schedule", "-f", "-", "--days", "0").err()).contains("1 to 366");
        assertThat(mos(FOOD, "app", "what-if", "-f", "-", "--load", "none.csv", "--capacity", "5")
                        .err())
                .contains("there is no file none.csv");
        String bad = file("bad.csv", "time,requests\nnoon,3\n");
        assertThat(mos(FOOD, "app", "what-if", "-f", "-", "--load", bad, "--capacity", "5")
                        .err())
                .contains("bad.csv, line 2");
        assertThat(mos(FOOD, "app", "what-if", "-f", "-", "--load", bad, "--capacity", "0")
                        .err())
                .contains("--capacity must be above 0");
    }

    @Test
    void theExampleOfADayIsReplayed() {
        Ran ran = Ran.mos(
                Map.of(),
                "",
                "app",
                "what-if",
                "-f",
                "../examples/food-web.scaling.yaml",
                "--load",
                "../examples/food-web.load.csv",
                "--capacity",
                "100",
                "--fixed",
                "32",
                "--every",
                "2h");
        assertThat(ran.code()).as(ran.err()).isZero();
        assertThat(ran.out()).isEqualTo(GOLDEN);
    }

    /** The model is exact: the same files give the same figures. */
    private static final String GOLDEN = """
            TIME (Asia/Shanghai)  REQUESTS/S  INSTANCES  SERVING  BUSY
            Fri 2026-11-20 00:10  103         3          3        34%   ####
            Fri 2026-11-20 03:20  98          3          3        33%   ####
            Fri 2026-11-20 05:35  111         3          3        37%   ####
            Fri 2026-11-20 07:50  135         3          3        45%   ####
            Fri 2026-11-20 09:45  162         3          3        54%   ####
            Fri 2026-11-20 11:55  1636        27         27       61%   ########################################
            Fri 2026-11-20 12:00  1699        27         27       63%   ########################################
            Fri 2026-11-20 14:15  218         4          3        73%   #####
            Fri 2026-11-20 17:55  871         15         15       58%   ######################
            Fri 2026-11-20 18:35  1316        20         20       66%   #############################
            Fri 2026-11-20 20:05  296         5          5        59%   #######
            Fri 2026-11-20 22:20  129         3          3        43%   ####

            Instance-hours  151.8, at most 27 at once, 38 decisions
            Fixed fleet     768.0 (32 instances all the time)
            Cost            80% less
            Lost requests   0.000% (fixed fleet: 0.000%)
            """;

    @Test
    void loadCallsAndWebhooksAskTheServer() {
        assertThat(mos(FOOD, "app", "apply", "-f", "-").out()).isEqualTo("food created\n");
        assertThat(mos("", "app", "load", "food", "--delta", "3", "--reason", "queue")
                        .out())
                .isEqualTo("food should have 5\n");
        assertThat(mos("", "app", "load", "food").err()).contains("either replicas or delta");
        assertThat(mos("", "app", "webhook", "food").out()).contains("/v1/webhooks/apps/default/food/load", "5ec2e7");
        assertThat(mos("", "app", "get", "food", "--events", "0").out())
                .contains("Uses       cpu 0.50 cores (50%), memory 64Mi (50%) (2 of 2 known)\n")
                .contains("Scaling    2 to 60, 2 windows, cpu 60%\n");
    }
}
