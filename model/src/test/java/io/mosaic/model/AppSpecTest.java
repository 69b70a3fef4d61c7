package io.mosaic.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AppSpecTest {

    private static final String GOOD = """
            {"name": "food-web", "replicas": 3, "budget": "10%",
             "update": {"strategy": "rolling", "batch": "20%", "canary": 1, "pause": "1m", "onFailure": "stop"},
             "requires": [{"app": "db", "healthy": 2}],
             "template": {"resources": {"cpu": 1, "memory": "64Mi"}, "labels": {"app": "food-web", "tier": "web"},
                          "placement": {"maxPerHost": 2},
                          "containers": [{"index": 1, "image": "web:1"}]}}
            """;

    private static AppSpec read(String json) {
        return Json.read(json, AppSpec.class);
    }

    private static List<String> broken(String json) {
        return AppSpecRules.check(read(json)).stream()
                .map(Problem.FieldError::field)
                .toList();
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        AppSpec spec = AppSpecRules.require(read(GOOD));
        assertThat(read(Json.write(spec))).isEqualTo(spec);
        assertThat(spec.budget().of(100)).isEqualTo(10);
        assertThat(spec.update().deadline()).isEqualTo(Interval.ofSeconds(300));
    }

    @Test
    void anInstanceIsAllThatItsTemplateSays() {
        SetSpec template = read(GOOD.replace("\"placement\"", "\"drain\": \"7s\", \"placement\""))
                .templateOrNone();
        SetSpec instance = template.instance("food-web", 7);
        assertThat(instance.name()).isEqualTo("food-web-0007");
        assertThat(instance.withName(null)).isEqualTo(template);
        assertThat(instance.drain()).isEqualTo(Interval.ofSeconds(7));
    }

    @Test
    void aVolumeIsKeptAsLargeAsItIs() {
        SetSpec small = read(GOOD.replace(
                        "\"placement\"", "\"volume\": {\"size\": \"1Gi\", \"mount\": \"/data\"}, \"placement\""))
                .templateOrNone();
        SetSpec large = small.withVolume(new SetSpec.VolumeClaim(Bytes.mebi(2048), "/data"));
        assertThat(small.keepingVolume(large)).isEqualTo(large);
        assertThat(large.keepingVolume(small)).isEqualTo(large);
        assertThat(small.withVolume(null).keepingVolume(large).volume()).isNull();
    }

    @Test
    void leftOutIsAtItsDefault() {
        AppSpec spec = AppSpecRules.require(read("""
                {"name": "web", "template": {"resources": {"cpu": 1, "memory": "64Mi"},
                 "containers": [{"index": 1, "image": "web:1"}]}}
                """));
        assertThat(spec.replicas()).isEqualTo(1);
        assertThat(spec.update()).isEqualTo(UpdatePolicy.DEFAULT);
        assertThat(spec.budget()).isEqualTo(Portion.percent(25));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"replicas\": 3|\"replicas\": -1|/replicas",
                "\"replicas\": 3|\"replicas\": 1000000|/replicas",
                "\"food-web\", \"replicas\"|\"Food\", \"replicas\"|/name",
                "\"food-web\", \"replicas\"|\"a2345678901234567890123456789012345678901234567890123456-7\", \"replicas\"|/name",
                "\"index\": 1|\"index\": 0|/template/containers/0/index",
                "\"cpu\": 1|\"cpu\": 0|/template/resources/cpu",
                "\"template\": {|\"template\": {\"name\": \"x\", |/template/name",
                "\"app\": \"food-web\"|\"app\": \"other\"|/template/labels/app",
                "\"batch\": \"20%\"|\"batch\": 0|/update/batch",
                "\"canary\": 1|\"canary\": -1|/update/canary",
                "\"pause\": \"1m\"|\"deadline\": \"10ms\"|/update/deadline",
                "\"pause\": \"1m\"|\"minReady\": \"10m\"|/update/minReady",
                "\"budget\": \"10%\"|\"budget\": 0|/budget",
                "\"app\": \"db\"|\"app\": \"food-web\"|/requires/0/app",
                "\"labels\": {|\"volume\": {\"size\": \"1Gi\", \"mount\": \"/data\"}, \"labels\": {|/update/strategy",
            })
    void eachBrokenRuleIsNamedWithItsPointer(String good, String bad, String field) {
        assertThat(GOOD).contains(good);
        assertThat(broken(GOOD.replace(good, bad))).contains(field);
    }

    @ParameterizedTest
    @CsvSource({"101%", "x", "-1", "1.5", "100001"})
    void aPortionIsANumberOrPercent(String text) {
        assertThatThrownBy(() -> Portion.parse(text)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read(GOOD.replace("\"10%\"", "\"" + text + "\"")))
                .isInstanceOfSatisfying(
                        ProblemException.class,
                        e -> assertThat(e.problem().errors())
                                .extracting(Problem.FieldError::field)
                                .containsExactly("/budget"));
    }

    @Test
    void percentIsRoundedDownButNeverToNothing() {
        assertThat(Portion.percent(25).of(10)).isEqualTo(2);
        assertThat(Portion.percent(1).of(10)).isEqualTo(1);
        assertThat(Portion.percent(0).of(10)).isZero();
        assertThat(Portion.number(7).of(3)).isEqualTo(7);
        assertThat(Json.write(Portion.percent(5))).isEqualTo("\"5%\"");
        assertThat(Json.write(Portion.number(5))).isEqualTo("5");
    }

    @Test
    void instancesAreNumbered() {
        assertThat(AppSpecRules.instanceName("food-web", 7)).isEqualTo("food-web-0007");
        assertThat(AppSpecRules.instanceName("food-web", 12345)).isEqualTo("food-web-12345");
        assertThat(Names.valid(AppSpecRules.instanceName("a".repeat(AppSpecRules.NAME_CHARS_MAX), 100_000)))
                .isTrue();
    }

    @Test
    void anUnknownFieldIsAnError() {
        assertThatThrownBy(() -> read(GOOD.replace("\"batch\"", "\"batches\"")))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("/update/batches");
    }
}
