package io.mosaic.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class AppRolesTest {

    private static AppSpec app(String roles, String more) {
        return Json.read("""
                {"name": "db", "replicas": 2, "roles": %s %s,
                 "template": {"resources": {"cpu": 0.2, "memory": "32Mi"},
                   "containers": [{"index": 1, "name": "db", "image": "db:1", "options": {}}]}}
                """.formatted(roles, more), AppSpec.class);
    }

    private static List<String> broken(String roles, String more) {
        return AppSpecRules.check(app(roles, more)).stream()
                .map(Problem.FieldError::field)
                .toList();
    }

    @Test
    void everythingHasADefault() {
        AppRoles roles = AppSpecRules.require(app("{}", "")).roles();
        assertThat(roles.apart()).isEqualTo(Placement.Per.HOST);
        assertThat(roles.promote()).isEqualTo(AppRoles.Promote.AUTOMATIC);
        assertThat(roles.fence()).isEqualTo(Interval.ofSeconds(15));
        assertThat(Json.write(app("{}", "").withRoles(null))).doesNotContain("roles");
    }

    @Test
    void eachBrokenRuleHasItsPointer() {
        assertThat(broken("{\"container\": \"web\"}", "")).containsExactly("/roles/container");
        assertThat(broken("{\"fence\": \"10s\"}", "")).containsExactly("/roles/fence");
        assertThat(broken("{\"fence\": \"2h\"}", "")).containsExactly("/roles/fence");
        assertThat(broken("{\"onDemote\": {\"command\": [\"x\"], \"timeout\": \"6s\"}}", ""))
                .containsExactly("/roles/fence");
        assertThat(broken("{\"onDemote\": {\"command\": [\"x\"], \"timeout\": \"6s\"}, \"fence\": \"16s\"}", ""))
                .isEmpty();
        assertThat(broken("{\"onPromote\": {\"command\": []}}", "")).containsExactly("/roles/onPromote/command");
        assertThat(broken("{\"onPromote\": {\"command\": [\"x\"], \"timeout\": \"1ms\"}}", ""))
                .containsExactly("/roles/onPromote/timeout");
        assertThat(AppSpecRules.check(app("{}", "").withReplicas(0)))
                .extracting(Problem.FieldError::field)
                .containsExactly("/replicas");
        assertThat(broken("{}", ", \"scaling\": {\"minimum\": 0, \"maximum\": 3}"))
                .contains("/scaling/minimum");
        assertThatThrownBy(() -> app("{\"promote\": \"never\"}", ""))
                .hasMessageContaining("/roles/promote")
                .hasMessageContaining("automatic or manual");
        assertThatThrownBy(() -> app("{\"fences\": \"15s\"}", "")).hasMessageContaining("/roles/fences");
    }

    @Test
    void whereContainersSeeTheirRoleNothingElseIsMounted() {
        AppSpec spec = Json.read("""
                {"name": "db", "replicas": 2, "roles": {},
                 "template": {"resources": {"cpu": 0.2, "memory": "32Mi"},
                   "volume": {"size": "300Mi", "mount": "/data"},
                   "containers": [{"index": 1, "name": "db", "image": "db:1",
                     "options": {"mounts": [{"path": "/run/mosaic/x", "subPath": "x"}]}}]}}
                """, AppSpec.class);
        assertThat(AppSpecRules.check(spec))
                .extracting(Problem.FieldError::field)
                .containsExactly("/template/containers/0/options/mounts/0/path");
    }

    @Test
    void instancesKeepApart() {
        AppSpec spec = app("{\"apart\": \"zone\"}", "");
        SetSpec placed = spec.placed(spec.templateOrNone());
        assertThat(placed.placementOrAnywhere().exclusions())
                .containsExactly(new Placement.Peer("db", null, Placement.Per.ZONE));
        assertThat(spec.placed(placed)).isEqualTo(placed);
        assertThat(spec.withRoles(null).placed(spec.templateOrNone())).isEqualTo(spec.templateOrNone());
    }

    @Test
    void theDemotionBeginsSoThatItEndsBeforeTheFence() {
        AppRoles.Command command = new AppRoles.Command(List.of("x"), Interval.ofSeconds(5));
        AppRoles with = new AppRoles(
                Placement.Per.HOST, AppRoles.Promote.AUTOMATIC, null, null, command, Interval.ofSeconds(15));
        SetRole role = SetRole.of(Placement.Part.PRIMARY, 3, with);
        assertThat(role.demotes()).isEqualTo(Duration.ofSeconds(8));
        assertThat(role.sameRules(with)).isTrue();
        assertThat(role.in(Placement.Part.STANDBY, 4).sameRules(with)).isTrue();
        assertThat(Json.read(Json.bytes(role), SetRole.class)).isEqualTo(role);
    }
}
