package io.mosaic.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Json;
import io.mosaic.model.SetState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SetCommandsTest {

    private static final String WEB = """
            name: web
            labels: {app: web}
            resources: {cpu: 0.5, memory: 64Mi}
            volume: {size: 300Mi, mount: /data}
            containers:
            - {index: 1, name: a, image: "mosaic/demo:1"}
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

    private Ran create(String yaml, String... more) {
        String[] arguments = new String[more.length + 4];
        System.arraycopy(new String[] {"set", "create", "-f", "-"}, 0, arguments, 0, 4);
        System.arraycopy(more, 0, arguments, 4, more.length);
        return Ran.mos(environment, yaml, arguments);
    }

    @Test
    void createWaitsTellsTheStoryAndListsAsATable() {
        Ran created = create(WEB, "--wait");
        assertThat(created.code()).isZero();
        assertThat(created.out()).isEqualTo("web running\n");
        assertThat(created.err()).contains("web PENDING\n").contains("  Created  accepted\n");
        assertThat(created.err()).containsPattern("web RUNNING after [0-9.]+ s on h1, address 10\\.0\\.0\\.2\n");
        assertThat(mos("set", "list").out()).isEqualTo("""
                NAME  STATE    READY  HOST  IP        CPU  MEMORY  AGE  REASON
                web   RUNNING  1/1    h1    10.0.0.2  0.5  64Mi    90s  -
                """);
        assertThat(mos("set", "list", "-o", "name").out()).isEqualTo("web\n");
        assertThat(mos("set", "get", "web", "--events", "0").out()).isEqualTo("""
                Name       web (tenant default)
                State      RUNNING for 90s
                Wanted     running
                Host       h1
                Uses       cpu 0.25 cores (50%), memory 32Mi (50%), network 1.0Mi/s
                Address    10.0.0.2
                Resources  0.5 cpu, 64Mi memory
                Volume     300Mi at /data
                Labels     app=web
                Made       90s ago, revision 12
                Id         00000000-0000-0001-0000-000000000001

                CONTAINER  STATE  INDEX  RESTARTS  EXIT  IMAGE           REASON
                infra      up     0      0         -     mosaic/infra:1  -
                a          up     1      0         -     mosaic/demo:1   -
                """);
    }

    @Test
    void programsGetJsonAndYaml() {
        create(WEB);
        Ran json = mos("set", "get", "web", "-o", "json");
        assertThat(Json.mapper().readTree(json.out()).path("spec").path("name").asString())
                .isEqualTo("web");
        assertThat(mos("set", "get", "web", "-o", "yaml").out())
                .startsWith("kind: set\ntenant: default\nname: web\n")
                .contains("    memory: 64Mi\n");
        assertThat(Json.mapper()
                        .readTree(mos("set", "list", "-o", "json").out())
                        .path("items")
                        .size())
                .isEqualTo(1);
    }

    @Test
    void colourIsForTerminalsAlone() {
        create(WEB, "--wait");
        assertThat(Ran.mos(environment, "", true, "set", "list").out()).contains("\u001b[32mRUNNING\u001b[0m");
        assertThat(mos("set", "list").out()).doesNotContain("\u001b");
    }

    @Test
    void aFailedSetIsItsOwnExitCode() {
        api.becomes = SetState.FAILED;
        api.reason = "a: ended with exit code 1";
        Ran ran = create(WEB, "--wait");
        assertThat(ran.code()).isEqualTo(8);
        assertThat(ran.err()).contains("mos: web FAILED: a: ended with exit code 1; see: mos set get web");
    }

    @Test
    void aSetThatRunsForAMomentOnlyIsNotSaidToRun() {
        api.becomesThen = SetState.FAILED;
        api.reason = "a: ended with exit code 1";
        Ran ran = create(WEB, "--wait");
        assertThat(ran.code()).isEqualTo(8);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).contains("mos: web FAILED: a: ended with exit code 1");
    }

    @Test
    void updateChangesTheImageOfTheNamedContainer() {
        create(WEB);
        assertThat(mos("set", "update", "web", "--image", "a=mosaic/demo:2", "--cpu", "1")
                        .code())
                .isZero();
        assertThat(spec().path("containers").path(0).path("image").asString()).isEqualTo("mosaic/demo:2");
        assertThat(spec().path("resources").path("cpu").asDouble()).isEqualTo(1.0);
        Ran unknown = mos("set", "update", "web", "--image", "b=mosaic/demo:3");
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.err()).contains("set web has no container named b");
        assertThat(mos("set", "update", "web").err()).contains("say what to change: --image");
    }

    @Test
    void resizeSendsWhatChangesAndWhatIsAcceptedForIt() {
        create(WEB);
        Ran resized = mos(
                "set",
                "resize",
                "web",
                "--memory",
                "128Mi",
                "--disk",
                "1Gi",
                "--io",
                "readBps=10Mi",
                "--io",
                "writeIops=100",
                "--cgroup",
                "memory.swappiness=0",
                "--force",
                "--move");
        assertThat(resized.err()).isEmpty();
        assertThat(resized.out()).isEqualTo("web resized\n");
        assertThat(api.asked).anyMatch(call -> call.equals("PATCH /v1/sets/web?force=true&move=true"));
        assertThat(spec().path("resources").toString())
                .contains("\"memory\":\"128Mi\"", "\"readBps\":\"10Mi\"", "\"writeIops\":100")
                .contains("\"cgroup\":{\"memory.swappiness\":\"0\"}");
        assertThat(spec().path("volume").toString()).isEqualTo("{\"size\":\"1Gi\",\"mount\":\"/data\"}");
        mos("set", "resize", "web", "--io", "readBps=", "--cgroup", "memory.swappiness=");
        assertThat(spec().path("resources").toString()).doesNotContain("readBps", "cgroup");
        assertThat(mos("set", "resize", "web", "--io", "writeIops=many").code()).isEqualTo(2);
        assertThat(mos("set", "resize", "web").err()).contains("say what to change");
    }

    private tools.jackson.databind.JsonNode spec() {
        return Json.mapper()
                .readTree(mos("set", "get", "web", "-o", "json").out())
                .path("spec");
    }

    @Test
    void aSetThatRunsOnButNotAsAskedForFailsTheWait() {
        create(WEB, "--wait");
        api.reason = "limits of a are not as asked for: it uses 60Mi of memory";
        Ran ran = mos("set", "resize", "web", "--memory", "32Mi", "--wait");
        assertThat(ran.code()).isEqualTo(8);
        assertThat(ran.err()).contains("web RUNNING: limits of a are not as asked for");
    }

    @Test
    void aWaitThatIsTooLongIsItsOwnExitCode() {
        api.becomes = SetState.PREPARING;
        Ran ran = create(WEB, "--wait", "--timeout", "300ms");
        assertThat(ran.code()).isEqualTo(7);
        assertThat(ran.err()).contains("the set is still web PREPARING; it goes on");
    }

    @Test
    void eachBrokenFieldIsALineAndNothingIsMade() {
        Ran ran = create("""
                name: Bad Name
                resources: {cpu: 0, memory: 64Mi}
                containers:
                - {index: 1, name: a, image: x}
                """);
        assertThat(ran.code()).isEqualTo(1);
        assertThat(ran.err()).contains("mos: A field breaks a rule\n").contains("\n  /name  must be 1 to 63");
        assertThat(ran.err()).contains("\n  /resources/cpu  must be at least 0.01 (is 0)\n");
        assertThat(create(WEB + "---\nname: two\ncolour: red\n").err()).contains("  /colour  unknown field");
        assertThat(mos("set", "list").err()).isEqualTo("no sets\n");
    }

    @Test
    void applyCreatesChangesOnlyWhatDiffersAndShowsIt() throws Exception {
        Path file = directory.resolve("web.yaml");
        Files.writeString(file, WEB);
        assertThat(mos("set", "apply", "-f", file.toString()).out()).isEqualTo("web created\n");
        assertThat(mos("set", "apply", "-f", file.toString()).out()).isEqualTo("web unchanged\n");
        Files.writeString(file, WEB.replace("0.5", "1").replace("{app: web}", "{stage: live}"));
        Ran dry = mos("set", "apply", "-f", file.toString(), "--dry-run");
        assertThat(dry.out()).isEqualTo("web would be changed\n");
        assertThat(dry.err().lines())
                .containsExactlyInAnyOrder(
                        "  /resources/cpu  0.5 -> 1",
                        "  /labels/app  \"web\" -> (none)",
                        "  /labels/stage  (none) -> \"live\"");
        assertThat(mos("set", "get", "web", "-o", "json").out()).contains("0.5");
        assertThat(mos("set", "apply", "-f", file.toString(), "--wait").code()).isZero();
        assertThat(mos("set", "apply", "-f", file.toString()).out()).isEqualTo("web unchanged\n");
    }

    @Test
    void stopStartUpdateDelete() {
        create(WEB, "--wait");
        assertThat(mos("set", "stop", "web", "--wait").out()).isEqualTo("web stopped\n");
        assertThat(mos("set", "start", "web", "--wait").out()).isEqualTo("web running\n");
        assertThat(mos("set", "update", "web", "--cpu", "2", "--memory", "1Gi", "-l", "app=", "-l", "b=c")
                        .out())
                .isEqualTo("web changed\n");
        assertThat(mos("set", "get", "web").out()).contains("2 cpu, 1Gi memory").contains("Labels     b=c\n");
        assertThat(mos("set", "delete", "web", "--wait").out()).isEqualTo("web deleted\n");
        assertThat(mos("set", "get", "web").code()).isEqualTo(3);
    }

    @Test
    void exitCodesForScripts() {
        create(WEB);
        assertThat(create(WEB).code()).isEqualTo(4);
        assertThat(mos("set", "get", "none").code()).isEqualTo(3);
        assertThat(mos("set", "get", "web", "--token-file", "/dev/null").code()).isEqualTo(5);
        assertThat(mos("--server", "http://127.0.0.1:1", "set", "list").code()).isEqualTo(6);
        assertThat(mos("set", "create").code()).isEqualTo(2);
        assertThat(mos("set", "update", "web", "--cpu", "many").err())
                .contains("'--cpu': cpu must be a plain quantity");
        assertThat(mos("set", "update", "web").code()).isEqualTo(2);
        assertThat(mos("set", "create", "-f", "/no/such/file").err())
                .isEqualTo("mos: there is no file /no/such/file\n");
        assertThat(create("{\"name\": ").code()).isEqualTo(1);
        assertThat(create("").err()).isEqualTo("mos: - is empty\n");
    }

    @Test
    void aServerWithAnotherCertificateIsNotSpokenTo() {
        Map<String, String> untrusting = Map.of(
                "MOS_SERVER", api.url(), "MOS_TOKEN", FakeApi.TOKEN, "HOME", directory.toString(), "MOS_HOME", "/none");
        Ran ran = Ran.mos(untrusting, "", "set", "list");
        assertThat(ran.code()).isEqualTo(6);
        assertThat(ran.err()).contains("--ca-file");
        assertThat(api.asked).isEmpty();
    }

    @Test
    void logsAreWrittenAsTheyCome() {
        create(WEB);
        assertThat(mos("set", "logs", "web", "--tail", "2").out()).isEqualTo("line one\nline two\n");
        assertThat(api.asked).contains("GET /v1/sets/web/logs?tail=2");
    }

    @Test
    void contextsKeepTheirTokensForTheirOwner() throws Exception {
        Map<String, String> bare = Map.of("HOME", directory.toString());
        Path token = directory.resolve("token");
        Files.writeString(token, FakeApi.TOKEN + "\n");
        Ran added = Ran.mos(
                bare,
                "",
                "context",
                "add",
                "test",
                "--server",
                api.url(),
                "--token-file",
                token.toString(),
                "--ca-file",
                api.authority.toString());
        assertThat(added.code()).isZero();
        Path file = directory.resolve(".config/mosaic/contexts.json");
        assertThat(Files.getPosixFilePermissions(file)).hasToString("[OWNER_READ, OWNER_WRITE]");
        assertThat(Ran.mos(bare, "", "set", "list").err()).isEqualTo("no sets\n");
        Ran list = Ran.mos(bare, "", "context", "list");
        assertThat(list.out()).contains("*        test").doesNotContain(FakeApi.TOKEN);
        assertThat(Ran.mos(bare, "", "context", "use", "other").code()).isEqualTo(3);
        assertThat(Ran.mos(bare, "", "set", "list", "--context", "other").code())
                .isEqualTo(2);
        assertThat(Ran.mos(bare, "", "context", "remove", "test").code()).isZero();
    }
}
