package io.mosaic.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Each rule of scaling, with the field that it names. */
class ScalingRulesTest {

    private static List<String> faults(String scaling) {
        return faults("", scaling);
    }

    private static List<String> faults(String more, String scaling) {
        AppSpec spec = Json.read(
                "{\"name\": \"a\", " + more + "\"template\": {\"resources\": {\"cpu\": 1, \"memory\": \"64Mi\"},"
                        + " \"containers\": [{\"index\": 1, \"image\": \"demo:1\"}]}, \"scaling\": " + scaling + "}",
                AppSpec.class);
        return AppSpecRules.check(spec).stream().map(Problem.FieldError::field).toList();
    }

    private static List<String> metric(String metric) {
        return faults("{\"maximum\": 9, \"metrics\": [" + metric + "]}");
    }

    private static List<String> window(String window) {
        return faults("{\"minimum\": 2, \"maximum\": 9, \"windows\": [" + window + "]}");
    }

    @Test
    void aWholePolicyHasNoFault() {
        assertThat(faults("""
                {"minimum": 2, "maximum": 60, "tolerance": "5%", "warmUp": "1m", "hold": "5m",
                 "windows": [{"cron": "0 11 * * MON-FRI", "zone": "Asia/Shanghai", "replicas": 60, "lasts": "3h"}],
                 "metrics": [{"metric": "cpu", "target": "60%"}, {"metric": "memory", "target": "48Mi"},
                   {"metric": "network", "target": "20M"}, {"metric": "disk", "target": "5M"},
                   {"metric": "prometheus", "target": 12.5, "url": "http://p:9090", "query": "sum(rate(x[1m]))"}],
                 "up": {"stabilise": "30s", "perMinute": 10}, "down": {"perMinute": "20%", "cooldown": "1m"},
                 "webhook": {"key": 2}}""")).isEmpty();
    }

    @Test
    void anAppWithoutReplicasBeginsWithTheMinimum() {
        AppSpec spec = Json.read("{\"name\": \"a\", \"scaling\": {\"minimum\": 4, \"maximum\": 9}}", AppSpec.class);
        assertThat(spec.replicas()).isEqualTo(4);
    }

    @Test
    void boundsThatAreNone() {
        assertThat(faults("{}")).containsExactly("/scaling/maximum");
        assertThat(faults("{\"minimum\": -1, \"maximum\": 3}")).contains("/scaling/minimum");
        assertThat(faults("\"replicas\": 5, ", "{\"minimum\": 9, \"maximum\": 3}"))
                .containsExactly("/scaling/maximum");
        assertThat(faults("{\"minimum\": 0, \"maximum\": 0}")).containsExactly("/scaling/maximum");
        assertThat(faults("{\"maximum\": 1000000}")).containsExactly("/scaling/maximum");
        assertThat(faults("\"replicas\": 10, ", "{\"minimum\": 1, \"maximum\": 9}"))
                .containsExactly("/replicas");
        assertThat(faults("\"replicas\": 1, ", "{\"minimum\": 2, \"maximum\": 9}"))
                .containsExactly("/replicas");
    }

    @Test
    void windowsThatAreNone() {
        assertThat(window("{\"replicas\": 3}")).containsExactly("/scaling/windows/0/cron");
        assertThat(window("{\"cron\": \"0 1 * * *\"}")).containsExactly("/scaling/windows/0/replicas");
        assertThat(window("{\"cron\": \"0 1 * * *\", \"replicas\": 10}"))
                .containsExactly("/scaling/windows/0/replicas");
        assertThat(window("{\"cron\": \"0 1 * * *\", \"replicas\": 1}")).containsExactly("/scaling/windows/0/replicas");
        assertThat(window("{\"cron\": \"0 1 * * *\", \"replicas\": 3, \"zone\": \"Mars/North\"}"))
                .containsExactly("/scaling/windows/0/zone");
        assertThat(window("{\"cron\": \"0 1 * * *\", \"replicas\": 3, \"lasts\": \"5s\"}"))
                .containsExactly("/scaling/windows/0/lasts");
    }

    @Test
    void metricsThatAreNone() {
        assertThat(metric("{\"target\": \"60%\"}")).containsExactly("/scaling/metrics/0/metric");
        assertThat(metric("{\"metric\": \"cpu\"}")).containsExactly("/scaling/metrics/0/target");
        assertThat(metric("{\"metric\": \"cpu\", \"target\": 0}")).containsExactly("/scaling/metrics/0/target");
        assertThat(metric("{\"metric\": \"cpu\", \"target\": \"0%\"}")).containsExactly("/scaling/metrics/0/target");
        assertThat(metric("{\"metric\": \"cpu\", \"target\": \"120%\"}")).containsExactly("/scaling/metrics/0/target");
        // A hard limit is never exceeded by the tolerance of 10%: such a target would never scale out.
        assertThat(metric("{\"metric\": \"cpu\", \"target\": \"95%\"}")).containsExactly("/scaling/metrics/0/target");
        assertThat(metric("{\"metric\": \"cpu\", \"target\": \"90%\"}")).isEmpty();
        assertThat(metric("{\"metric\": \"cpu\", \"target\": \"much\"}")).containsExactly("/scaling/metrics/0/target");
        assertThat(metric("{\"metric\": \"network\", \"target\": \"50%\"}"))
                .containsExactly("/scaling/metrics/0/target");
        assertThat(metric("{\"metric\": \"cpu\", \"target\": 1, \"query\": \"x\"}"))
                .containsExactly("/scaling/metrics/0/query");
        assertThat(metric("{\"metric\": \"prometheus\", \"target\": 1}"))
                .containsExactly("/scaling/metrics/0/url", "/scaling/metrics/0/query");
        for (String url : List.of("ftp://p", "http://u:p@h", "http://h?q=1", "p:9090", "http:///x")) {
            assertThat(metric(
                            "{\"metric\": \"prometheus\", \"target\": 1, \"query\": \"x\", \"url\": \"" + url + "\"}"))
                    .as(url)
                    .containsExactly("/scaling/metrics/0/url");
        }
    }

    @Test
    void theRest() {
        assertThat(faults("{\"maximum\": 9, \"tolerance\": 3}")).containsExactly("/scaling/tolerance");
        assertThat(faults("{\"maximum\": 9, \"tolerance\": \"100%\"}")).containsExactly("/scaling/tolerance");
        assertThat(faults("{\"maximum\": 9, \"up\": {\"perMinute\": 0}}")).containsExactly("/scaling/up/perMinute");
        assertThat(faults("{\"maximum\": 9, \"webhook\": {\"key\": 0}}")).containsExactly("/scaling/webhook/key");
        assertThat(faults("{\"maximum\": 9, \"metrics\": [" + "{\"metric\": \"cpu\", \"target\": 1},".repeat(8)
                        + "{\"metric\": \"cpu\", \"target\": 1}]}"))
                .containsExactly("/scaling/metrics");
    }
}
