package io.mosaic.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlacementRulesTest {

    private static SetSpec spec(String labels, String cpu, String placement) {
        return Json.read("""
                {"name": "web", "resources": {"cpu": %s, "memory": "64Mi"}, "labels": %s,
                 "containers": [{"index": 1, "image": "web:1"}], "placement": %s}
                """.formatted(cpu, labels, placement), SetSpec.class);
    }

    private static List<String> broken(String labels, String placement) {
        return SetSpecRules.check(spec(labels, "1", placement)).stream()
                .map(error -> error.field() + ": " + error.rule())
                .toList();
    }

    @Test
    void readsAndWritesEveryRule() {
        SetSpec spec = spec("{\"app\": \"web\"}", "1", """
                {"zones": ["z1"], "pool": "p", "hostLabels": {"disk": "ssd"},
                 "exclusions": [{"app": "web"}, {"label": "tier=batch", "per": "zone"}],
                 "dependencies": [{"app": "db", "per": "zone"}], "maxPerHost": 1,
                 "spread": {"over": "zone"}, "preferences": [{"hostLabels": {"rack": "r1"}, "weight": 80}],
                 "architecture": "arm64", "role": {"is": "standby", "per": "zone"}}
                """);
        assertThat(SetSpecRules.check(spec)).isEmpty();
        assertThat(Json.read(Json.bytes(spec), SetSpec.class)).isEqualTo(spec);
        Placement placement = spec.placementOrAnywhere();
        assertThat(placement.exclusions().getFirst().per()).isEqualTo(Placement.Per.HOST);
        assertThat(placement.exclusions().getFirst().selector()).isEqualTo("app=web");
        assertThat(placement.spread()).isEqualTo(new Placement.Spread(Placement.Per.ZONE, Placement.Mode.SPREAD, 50));
        assertThat(Json.read("{}", Placement.class)).isEqualTo(Placement.ANYWHERE);
    }

    @Test
    void namesTheFieldOfEachBrokenRule() {
        assertThat(broken("{}", """
                {"zones": ["Z", "a", "a"], "pool": "p p", "maxPerHost": 0, "role": {},
                 "exclusions": [{}, {"app": "a", "label": "b=c"}, {"label": "tier"}],
                 "spread": {"weight": 101}, "preferences": [{"weight": 0}], "architecture": "x y"}
                """))
                .extracting(text -> text.substring(0, text.indexOf(':')))
                .contains(
                        "/placement/zones/0",
                        "/placement/zones/2",
                        "/placement/pool",
                        "/placement/maxPerHost",
                        "/placement/role",
                        "/placement/role/is",
                        "/placement/exclusions/0",
                        "/placement/exclusions/1",
                        "/placement/exclusions/2",
                        "/placement/spread",
                        "/placement/spread/weight",
                        "/placement/preferences/0/hostLabels",
                        "/placement/preferences/0/weight",
                        "/placement/architecture");
    }

    @Test
    void refusesWhatContradictsItself() {
        String app = "{\"app\": \"web\"}";
        assertThat(broken(app, "{\"dependencies\": [{\"app\": \"web\"}]}"))
                .singleElement()
                .asString()
                .contains("/placement/dependencies/0", "own app");
        assertThat(broken(app, "{\"dependencies\": [{\"app\": \"db\"}], \"exclusions\": [{\"app\": \"db\"}]}"))
                .singleElement()
                .asString()
                .contains("contradicts an exclusion");
        // On one host means in one zone.
        assertThat(
                        broken(
                                app,
                                "{\"dependencies\": [{\"app\": \"db\"}], \"exclusions\": [{\"label\": \"app=db\", \"per\": \"zone\"}]}"))
                .hasSize(1);
        assertThat(
                        broken(
                                app,
                                "{\"dependencies\": [{\"app\": \"db\", \"per\": \"zone\"}], \"exclusions\": [{\"app\": \"db\"}]}"))
                .isEmpty();
        assertThat(broken(app, "{\"exclusions\": [{\"app\": \"web\"}], \"maxPerHost\": 2}"))
                .singleElement()
                .asString()
                .contains("/placement/maxPerHost");
        assertThat(broken(app, "{\"exclusions\": [{\"app\": \"web\"}], \"spread\": {\"mode\": \"pack\"}}"))
                .singleElement()
                .asString()
                .contains("/placement/spread");
    }

    @Test
    void coresOfOneNodeAreWhole() {
        SetSpec spec = spec("{}", "1.5, \"cpuPolicy\": \"numa\"", "{}");
        assertThat(SetSpecRules.check(spec))
                .extracting(Problem.FieldError::field)
                .containsExactly("/resources/cpu");
        assertThat(SetSpecRules.check(spec("{}", "2, \"cpuPolicy\": \"numa\"", "{}")))
                .isEmpty();
        assertThatThrownBy(() -> spec("{}", "2, \"cpuPolicy\": \"pinned\"", "{}"))
                .isInstanceOf(ProblemException.class)
                .hasMessageContaining("shared or numa");
    }

    @Test
    void aPoolIsOpenOrForThoseItNames() {
        PoolSpec open = new PoolSpec("p", List.of(), List.of(), null, null);
        assertThat(open.admits("t", null)).isTrue();
        PoolSpec reserved = new PoolSpec("p", List.of("t"), List.of("u/web"), null, null);
        assertThat(reserved.admits("t", null)).isTrue();
        assertThat(reserved.admits("u", "web")).isTrue();
        assertThat(reserved.admits("u", "db")).isFalse();
        assertThat(reserved.admits("u", null)).isFalse();
        for (PoolSpec bad : List.of(
                new PoolSpec("p", List.of(), List.of(), 0.5, null),
                new PoolSpec("p", List.of(), List.of(), null, Double.NaN),
                new PoolSpec("p", List.of("T T"), List.of(), null, null),
                new PoolSpec("p", List.of(), List.of("web"), null, null),
                new PoolSpec("P", List.of(), List.of(), null, null))) {
            assertThatThrownBy(() -> PoolSpec.require(bad)).isInstanceOf(ProblemException.class);
        }
    }

    @Test
    void listsOfProcessorsAreWrittenInOneWay() {
        assertThat(CpuList.text(CpuList.parse("8,0,1,2,3,5-6"))).isEqualTo("0-3,5-6,8");
        assertThat(new NumaNode(0, "3,2", Bytes.mebi(1)).cpus()).isEqualTo("2-3");
        assertThatThrownBy(() -> new Cpuset(0, "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new NumaNode(0, "1-0", Bytes.mebi(1))).isInstanceOf(IllegalArgumentException.class);
    }
}
