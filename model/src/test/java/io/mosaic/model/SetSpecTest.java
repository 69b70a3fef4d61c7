package io.mosaic.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a user may write as a set, and what every mistake is answered with. */
class SetSpecTest {

    private static final String GOOD = """
            {"name": "food-web", "kind": "container",
             "resources": {"cpu": 0.5, "memory": "512Mi", "rootDisk": "1Gi"},
             "containers": [
               {"index": 2, "name": "web", "image": "food/web:1.2",
                "options": {"CPU": 60, "MEM": 50, "env": {"A": "b"}, "command": ["/bin/httpd", "-f"],
                  "ports": [8080, "9000:90/udp", {"container": 22, "host": 2222}],
                  "health": {"http": "http://localhost:8080/healthz", "interval": "2s"},
                  "ulimits": {"nofile": 65536, "nproc": {"soft": 10, "hard": 20}},
                  "user": "1000:1000", "workdir": "/srv", "mounts": [{"path": "/data", "subPath": "a/b", "readOnly": true}]}},
               {"index": 1, "image": "busybox"}],
             "volume": {"size": "1Gi", "mount": "/data"},
             "sysctls": {"net.core.somaxconn": "1024"},
             "restart": {"policy": "on-failure", "initial": "2s", "max": "1m"},
             "labels": {"app": "food"}}
            """;

    @Test
    void readsAWholeSet() {
        SetSpec spec = SetSpecRules.require(Json.read(GOOD, SetSpec.class));
        assertThat(spec.inStartOrder()).extracting(ContainerSpec::name).containsExactly("c1", "web");
        ContainerOptions web = spec.containers().getFirst().options();
        assertThat(web.ports())
                .containsExactly(
                        new ContainerOptions.Port(8080, null, "tcp"),
                        new ContainerOptions.Port(90, 9000, "udp"),
                        new ContainerOptions.Port(22, 2222, "tcp"));
        assertThat(web.ulimits()).containsEntry("nofile", new ContainerOptions.Ulimit(65536, 65536));
        assertThat(spec.restart().policy()).isEqualTo(RestartPolicy.Mode.ON_FAILURE);
        assertThat(web.health().deadline()).isEqualTo(Interval.ofSeconds(60));
    }

    @Test
    void whatIsWrittenIsReadBackTheSame() {
        SetSpec spec = Json.read(GOOD, SetSpec.class);
        assertThat(Json.read(Json.write(spec), SetSpec.class)).isEqualTo(spec);
    }

    @Test
    void readsThePublishedSpelling() {
        SetSpec spec = Json.read("""
                {"Name": "a", "resources": {"CPU": 4, "MEM": "8Gi"},
                 "Containers": [{"Index": 1, "Image": "web:1", "Options": {"CPU": 80, "MEM": 70}}]}
                """, SetSpec.class);
        assertThat(SetSpecRules.check(spec)).isEmpty();
        Shares part = Shares.of(spec, spec.containers().getFirst());
        assertThat(part.cpu()).isEqualTo(new Cpu(3200));
        assertThat(part.memory()).isEqualTo(Bytes.mebi(8192).percent(70));
    }

    @Test
    void whoNamesNoPercentageGetsAnEqualPartOfTheRest() {
        SetSpec spec = Json.read("""
                {"name": "a", "resources": {"cpu": 1, "memory": "100Mi"}, "containers": [
                 {"index": 1, "image": "a", "options": {"CPU": 40}}, {"index": 2, "image": "b"}, {"index": 3, "image": "c"}]}
                """, SetSpec.class);
        assertThat(spec.containers())
                .extracting(c -> Shares.of(spec, c).cpu().millis())
                .containsExactly(400, 300, 300);
        assertThat(Shares.of(spec, spec.containers().get(2)).memory())
                .isEqualTo(Bytes.mebi(100).percent(33));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"name": 5}                                       | /name                 | must be a text
            {"nam": "a"}                                      | /nam                  | unknown field
            {"name": "a", "resources": {"cpu": -1}}           | /resources/cpu        | between 0 and 4096
            {"name": "a", "resources": {"cpu": true}}         | /resources/cpu        | number of cores
            {"name": "a", "resources": {"memory": "5 apples"}} | /resources/memory    | ends in Ki
            {"name": "a", "containers": {}}                   | /containers           | must be a list
            {"name": "a", "containers": [null]}               | /containers           | must not be null
            {"name": "a", "containers": [{"index": "x"}]}     | /containers/0/index   | whole number
            {"name": "a", "containers": [{"index": 1.5}]}     | /containers/0/index   | whole number
            {"name": "a", "containers": [{"options": {"CPU": "80"}}]} | /containers/0/options/CPU | whole number
            {"name": "a", "containers": [{"options": {"cmd": []}}]} | /containers/0/options/cmd | unknown field
            {"name": "a", "restart": {"policy": "maybe"}}     | /restart/policy       | always, on-failure or never
            {"name": "a", "restart": {"initial": 5}}          | /restart/initial      | unit
            """)
    void namesTheFieldThatHasTheWrongType(String json, String field, String rule) {
        ProblemException e = catchThrowableOfType(ProblemException.class, () -> Json.read(json, SetSpec.class));
        assertThat(e.problem().errors()).singleElement().satisfies(error -> {
            assertThat(error.field()).startsWith(field);
            assertThat(error.rule()).contains(rule);
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "", "[1,2", "{\"name\": \"a\"} trailing", "{\"name\":\"a\",\"name\":\"b\"}", "nul"})
    void malformedTextIsAProblemWithoutAnyChange(String json) {
        ProblemException e = catchThrowableOfType(ProblemException.class, () -> Json.read(json, SetSpec.class));
        assertThat(e.problem().status()).isIn(400, 422);
        assertThat(e.problem().detail()).isNotBlank();
    }

    @Test
    void deepNestingAndHugeTextsAreRefusedBeforeTheyCost() {
        String deep = "[".repeat(100_000);
        ProblemException nested =
                catchThrowableOfType(ProblemException.class, () -> Json.read("{\"containers\":" + deep, SetSpec.class));
        assertThat(nested.problem().status()).isIn(400, 422);
        String huge = "{\"name\": \"" + "a".repeat(10_000_000) + "\"}";
        ProblemException longText = catchThrowableOfType(ProblemException.class, () -> Json.read(huge, SetSpec.class));
        assertThat(longText.problem().status()).isEqualTo(400);
    }

    private static List<Problem.FieldError> check(String json) {
        return SetSpecRules.check(Json.read(json, SetSpec.class));
    }

    private static String with(String field, String value) {
        return switch (field) {
            case "name" ->
                "{\"name\": %s, \"resources\": {\"cpu\": 1, \"memory\": \"64Mi\"}, \"containers\": [{\"index\": 1, \"image\": \"a\"}]}"
                        .formatted(value);
            case "resources" ->
                "{\"name\": \"a\", \"resources\": %s, \"containers\": [{\"index\": 1, \"image\": \"a\"}]}"
                        .formatted(value);
            case "containers" ->
                "{\"name\": \"a\", \"resources\": {\"cpu\": 1, \"memory\": \"64Mi\"}, \"containers\": %s}"
                        .formatted(value);
            default ->
                "{\"name\": \"a\", \"resources\": {\"cpu\": 1, \"memory\": \"64Mi\"}, \"containers\": [{\"index\": 1, \"image\": \"a\"}], \"%s\": %s}"
                        .formatted(field, value);
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"a/b\"",
                "\"a b\"",
                "\"$(reboot)\"",
                "\"a;b\"",
                "\"-a\"",
                "\"A\"",
                "\"\"",
                "null",
                "\"..\"",
                "\"é\""
            })
    void aNameFollowsTheOnePattern(String name) {
        assertThat(check(with("name", name)))
                .extracting(Problem.FieldError::field)
                .containsExactly("/name");
    }

    @Test
    void aNameOfTenThousandCharactersIsNotEchoedWhole() {
        List<Problem.FieldError> errors = check(with("name", "\"" + "a".repeat(10_000) + "\""));
        assertThat(errors)
                .singleElement()
                .satisfies(error -> assertThat(error.value()).hasSizeLessThan(100));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            resources  | {}                                            | /resources/cpu
            resources  | {"cpu": 0, "memory": "64Mi"}                  | /resources/cpu
            resources  | {"cpu": 1, "memory": 0}                       | /resources/memory
            resources  | {"cpu": 1, "memory": "1Mi"}                   | /resources/memory
            resources  | {"cpu": 1, "memory": "64Mi", "cgroup": {"memory.limit_in_bytes": "1"}} | /resources/cgroup
            resources  | {"cpu": 1, "memory": "64Mi", "cgroup": {"memory.swappiness": "101"}} | /resources/cgroup/memory.swappiness
            resources  | {"cpu": 1, "memory": "64Mi", "cgroup": {"memory.high": "much"}} | /resources/cgroup/memory.high
            resources  | {"cpu": 1, "memory": "64Mi", "cgroup": {"blkio.throttle.read_bps_device": "8:0"}} | /resources/cgroup/blkio.throttle.read_bps_device
            resources  | {"cpu": 1, "memory": "64Mi", "io": {"readBps": 1}} | /resources/io/readBps
            resources  | {"cpu": 1, "memory": "64Mi", "io": {"writeBps": "900Ti"}} | /resources/io/writeBps
            resources  | {"cpu": 1, "memory": "64Mi", "io": {"readIops": 0}} | /resources/io/readIops
            resources  | {"cpu": 1, "memory": "64Mi", "io": {"writeIops": -1}} | /resources/io/writeIops
            drain      | "11m"                                         | /drain
            containers | [{"index": 1, "image": "a", "options": {"stopSignal": "TERM"}}] | /containers/0/options/stopSignal
            containers | [{"index": 1, "image": "a", "options": {"stopGrace": "1h"}}] | /containers/0/options/stopGrace
            containers | [{"index": 1, "image": "a", "options": {"preStop": {"command": []}}}] | /containers/0/options/preStop/command
            containers | [{"index": 1, "image": "a", "options": {"preStop": {"command": ["a"], "timeout": "1h"}}}] | /containers/0/options/preStop/timeout
            kind       | "vm"                                          | /kind
            containers | []                                            | /containers
            containers | [{"image": "a"}]                              | /containers/0/index
            containers | [{"index": 0, "image": "a"}]                  | /containers/0/index
            containers | [{"index": 1, "image": "a"}, {"index": 1, "name": "b", "image": "a"}] | /containers/1/index
            containers | [{"index": 1, "name": "x", "image": "a"}, {"index": 2, "name": "x", "image": "a"}] | /containers/1/name
            containers | [{"index": 1, "name": "infra", "image": "a"}] | /containers/0/name
            containers | [{"index": 1, "image": "a b"}]                | /containers/0/image
            containers | [{"index": 1, "image": "../../etc"}]          | /containers/0/image
            containers | [{"index": 1, "image": "a", "options": {"CPU": 0}}] | /containers/0/options/CPU
            containers | [{"index": 1, "image": "a", "options": {"CPU": 60}}, {"index": 2, "image": "a", "options": {"CPU": 60}}] | /containers
            containers | [{"index": 1, "image": "a", "options": {"CPU": 100}}, {"index": 2, "image": "a"}] | /containers
            containers | [{"index": 1, "image": "a", "options": {"ports": [0]}}] | /containers/0/options/ports/0/container
            containers | [{"index": 1, "image": "a", "options": {"ports": [80, 80]}}] | /containers/0/options/ports/1/container
            containers | [{"index": 1, "image": "a", "options": {"health": {}}}] | /containers/0/options/health
            containers | [{"index": 1, "image": "a", "options": {"health": {"http": "http://10.0.0.1/"}}}] | /containers/0/options/health/http
            containers | [{"index": 1, "image": "a", "options": {"health": {"http": "http://localhost/", "tcp": 80}}}] | /containers/0/options/health
            containers | [{"index": 1, "image": "a", "options": {"mounts": [{"path": "/a"}]}}] | /containers/0/options/mounts/0
            containers | [{"index": 1, "image": "a", "options": {"workdir": "a"}}] | /containers/0/options/workdir
            containers | [{"index": 1, "image": "a", "options": {"user": "a;b"}}] | /containers/0/options/user
            containers | [{"index": 1, "image": "a", "options": {"ulimits": {"files": 1}}}] | /containers/0/options/ulimits
            containers | [{"index": 1, "image": "a", "options": {"env": {"A B": "x"}}}] | /containers/0/options/env
            volume     | {"size": "1Mi", "mount": "/data"}             | /volume/size
            volume     | {"size": "1Gi", "mount": "/a/../b"}           | /volume/mount
            volume     | {"size": "1Gi", "mount": "/"}                 | /volume/mount
            sysctls    | {"net core": "1"}                             | /sysctls
            labels     | {"io.mosaic.x": "1"}                          | /labels
            restart    | {"initial": "10s", "max": "1s"}               | /restart/max
            """)
    void everyBrokenRuleNamesItsField(String field, String value, String pointer) {
        assertThat(check(with(field, value)))
                .extracting(Problem.FieldError::field)
                .contains(pointer);
    }

    @Test
    void aSecretInTheEnvironmentIsNotEchoed() {
        String json = with(
                "containers",
                "[{\"index\": 1, \"image\": \"a\", \"options\": {\"env\": {\"A\": \"hunter2\\u0000\"}}}]");
        assertThat(check(json))
                .singleElement()
                .satisfies(error -> assertThat(error.value()).isNull());
    }

    @Test
    void allBrokenRulesAreNamedAtOnce() {
        assertThat(check("{\"name\": \"A\", \"containers\": []}")).hasSize(4);
    }

    @Test
    void theBackOffDoublesUpToItsMost() {
        RestartPolicy policy = RestartPolicy.DEFAULT;
        assertThat(policy.backoffMillis(1)).isEqualTo(1000);
        assertThat(policy.backoffMillis(4)).isEqualTo(8000);
        assertThat(policy.backoffMillis(1000)).isEqualTo(300_000);
        assertThat(RestartPolicy.Mode.ON_FAILURE).isNotEqualTo(policy.policy());
        assertThat(policy.restarts(0)).isTrue();
    }
}
