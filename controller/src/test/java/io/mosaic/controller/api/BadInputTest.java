package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.cluster.Change;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Samples;
import io.mosaic.controller.store.ClusterLog;
import io.mosaic.model.Json;
import io.mosaic.model.Kind;
import io.mosaic.model.Problem;
import io.mosaic.model.SetState;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What must be refused: how, naming which field, and with nothing changed. */
class BadInputTest {

    private ApiFixture api;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        api = new ApiFixture(directory);
    }

    @AfterEach
    void stop() {
        assertThat(api.log.image().resources(Kind.SET)).isEmpty();
        api.close();
    }

    /** A body, the status, and the field at fault ("" where none is). */
    private record Case(String body, int status, String field) {}

    private static String set(String change) {
        String[] parts = change.split("=>", -1);
        return ApiFixture.WEB.replace(parts[0], parts[1]);
    }

    @Test
    void refusesBadSets() throws Exception {
        String one = "{\"Index\":1,\"Image\":\"demo:1\",\"Options\":{\"CPU\":60}}";
        List<Case> cases = List.of(
                new Case("{", 400, ""),
                new Case("{\"name\":\"a\"} x", 400, ""),
                new Case("{\"name\":\"a\",\"name\":\"b\"}", 400, ""),
                new Case("[".repeat(1000) + "]".repeat(1000), 400, ""),
                new Case("{\"labels\":" + "{\"a\":".repeat(1000) + "1" + "}".repeat(1001), 400, ""),
                new Case("\"text\"", 422, ""),
                new Case("null", 422, ""),
                new Case(set("\"labels\"=>\"lables\""), 422, "/lables"),
                new Case(set("\"Image\"=>\"Imag\""), 422, "/containers/0/Imag"),
                new Case(set("\"Index\":1=>\"Index\":\"one\""), 422, "/containers/0/index"),
                new Case(set("\"Index\":1=>\"Index\":1.5"), 422, "/containers/0/index"),
                new Case(set("\"Index\":1=>\"Index\":2"), 422, "/containers/1/index"),
                new Case(set("\"Index\":1,=>"), 422, "/containers/0/index"),
                new Case(set("\"500m\"=>\"-1\""), 422, "/resources/cpu"),
                new Case(set("\"500m\"=>0"), 422, "/resources/cpu"),
                new Case(set("\"500m\"=>1e9"), 422, "/resources/cpu"),
                new Case(set("\"500m\"=>" + "9".repeat(60)), 422, "/resources/cpu"),
                new Case(set("\"128Mi\"=>\"9999999Ti\""), 422, "/resources/memory"),
                new Case(set("\"128Mi\"=>\"lots\""), 422, "/resources/memory"),
                new Case(set("\"128Mi\"=>true"), 422, "/resources/memory"),
                new Case(set("60=>101"), 422, "/containers/0/options/CPU"),
                new Case(
                        set("\"image\":\"demo:1\"}=>\"image\":\"demo:1\",\"options\":{\"CPU\":50}}"),
                        422,
                        "/containers"),
                new Case(set(one + "=>null"), 422, "/containers/0"),
                new Case(set("\"web\"=>\"a/b\""), 422, "/name"),
                new Case(set("\"web\"=>\"a b\""), 422, "/name"),
                new Case(set("\"web\"=>\"$(reboot)\""), 422, "/name"),
                new Case(set("\"web\"=>\"" + "a".repeat(10_000) + "\""), 422, "/name"),
                new Case(set("\"image\":\"demo:1\"=>\"image\":\"demo; rm\""), 422, "/containers/1/image"),
                new Case(set("\"name\":\"side\"=>\"name\":\"infra\""), 422, "/containers/1/name"),
                new Case(
                        set("{\"CPU\":60}=>{\"capabilities\":[\"SYS_ADMIN\"]}"),
                        422,
                        "/containers/0/options/capabilities/0"));
        for (Case bad : cases) {
            HttpResponse<String> response = api.post("/v1/sets", bad.body());
            String shown = bad.body().substring(0, Math.min(200, bad.body().length())) + " -> " + response.body();
            assertThat(response.statusCode()).as(shown).isEqualTo(bad.status());
            assertThat(response.headers().firstValue("Content-Type")).contains("application/problem+json");
            if (!bad.field().isEmpty()) {
                assertThat(ApiFixture.problem(response).errors())
                        .as(shown)
                        .extracting(Problem.FieldError::field)
                        .contains(bad.field());
            }
        }
    }

    private static String placed(String placement) {
        return "{\"placement\":" + placement + "," + ApiFixture.WEB.substring(1);
    }

    @Test
    void refusesPlacementThatContradictsItself() throws Exception {
        String both = "{\"dependencies\":[{\"app\":\"db\"}],\"exclusions\":[{\"app\":\"db\"}]}";
        String zone =
                "{\"dependencies\":[{\"label\":\"tier=db\"}],\"exclusions\":[{\"label\":\"tier=db\",\"per\":\"zone\"}]}";
        for (Case bad : List.of(
                new Case(placed(both), 422, "/placement/dependencies/0"),
                new Case(placed(zone), 422, "/placement/dependencies/0"),
                new Case(placed("{\"zones\":[\"z1\",\"z1\"]}"), 422, "/placement/zones/1"),
                new Case(placed("{\"zones\":[\"\"]}"), 422, "/placement/zones/0"),
                new Case(placed("{\"zones\":[null]}"), 422, "/placement/zones/0"),
                new Case(placed("{\"pool\":\"no such name\"}"), 422, "/placement/pool"),
                new Case(placed("{\"maxPerHost\":0}"), 422, "/placement/maxPerHost"),
                new Case(placed("{\"maxPerHost\":-1}"), 422, "/placement/maxPerHost"),
                new Case(placed("{\"maxPerHost\":2.5}"), 422, "/placement/maxPerHost"),
                new Case(
                        placed("{\"exclusions\":[{\"app\":\"db\",\"per\":\"rack\"}]}"),
                        422,
                        "/placement/exclusions/0/per"),
                new Case(placed("{\"affinity\":{}}"), 422, "/placement/affinity"),
                new Case(
                        "{\"restart\":{\"initial\":\"60s\",\"max\":\"1s\"}," + ApiFixture.WEB.substring(1),
                        422,
                        "/restart/max"))) {
            HttpResponse<String> response = api.post("/v1/sets", bad.body());
            assertThat(response.statusCode()).as(bad.body() + response.body()).isEqualTo(bad.status());
            assertThat(ApiFixture.problem(response).errors())
                    .as(bad.body())
                    .extracting(Problem.FieldError::field)
                    .contains(bad.field());
        }
        assertThat(api.log.image().resources(Kind.SET)).isEmpty();
    }

    /** What is not there now may be there in a minute, so it is no fault of the set's: it waits, and says for what. */
    @Test
    void waitsForAZoneAPoolOrAnAppThatDoesNotExist() throws Exception {
        api.log.commit(
                ClusterLog.Commit.of(head -> Decision.Decided.of(new Change.Put(Samples.host("h1", 4000, 4096)))));
        Map<String, String> reasons = Map.of(
                "{\"zones\":[\"z9\"]}",
                "no host is in a zone z9: 0 of 1 host fits: 1 is in another zone (asked for z9)",
                "{\"pool\":\"gpu\"}",
                "no host is in a pool gpu: 0 of 1 host fits: 1 is in another pool (asked for gpu)",
                "{\"dependencies\":[{\"app\":\"nobody\"}]}",
                "no set with app=nobody is placed: 0 of 1 host fits: 1 lacks what it depends on (app=nobody)",
                "{\"dependencies\":[{\"label\":\"tier=none\",\"per\":\"zone\"}]}",
                "no set with tier=none is placed: 0 of 1 host fits: 1 is in a zone without what it depends on (tier=none)");
        for (Map.Entry<String, String> each : reasons.entrySet()) {
            HttpResponse<String> response = api.post("/v1/sets?dryRun=true", placed(each.getKey()));
            assertThat(response.statusCode()).as(response.body()).isLessThan(300);
            assertThat(ApiFixture.set(response).status().state()).isEqualTo(SetState.PENDING);
            assertThat(ApiFixture.set(response).status().reason()).isEqualTo(each.getValue());
        }
        HttpResponse<String> apart =
                api.post("/v1/sets?dryRun=true", placed("{\"exclusions\":[{\"app\":\"nobody\"}],\"zones\":[]}"));
        assertThat(ApiFixture.set(apart).status().host()).isEqualTo("h1");
    }

    @Test
    void aRevokedTokenIsGoodForNothingAtOnce() throws Exception {
        HttpResponse<String> made =
                api.post("/v1/tokens", "{\"name\":\"brief\",\"purpose\":\"API\",\"role\":\"admin\"}");
        String token = Json.mapper().readTree(made.body()).at("/token").stringValue();
        assertThat(api.call(token, "GET", "/v1/sets", "").statusCode()).isEqualTo(200);
        assertThat(api.call(api.admin(), "DELETE", "/v1/tokens/brief", "").statusCode())
                .isLessThan(300);
        HttpResponse<String> refused = api.call(token, "GET", "/v1/sets", "");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(ApiFixture.problem(refused).detail()).isEqualTo("the token is not valid");
        assertThat(api.call(token, "POST", "/v1/sets", ApiFixture.WEB).statusCode())
                .isEqualTo(401);
    }

    @Test
    void refusesBadRequests() throws Exception {
        assertThat(api.send(api.to(api.expiredToken, "/v1/sets")).statusCode()).isEqualTo(401);
        for (String token : List.of("", "garbage", "mos_admin_x", api.admin() + "x", "x".repeat(5000))) {
            assertThat(api.send(api.to(token, "/v1/sets")).statusCode()).isEqualTo(401);
        }
        assertThat(api.get("/v1/sets?page=%21").statusCode()).isEqualTo(422);
        assertThat(api.get("/v1/sets?page=YWJj").statusCode()).isEqualTo(422);
        assertThat(api.get("/v1/sets?limit=1001").statusCode()).isEqualTo(422);
        assertThat(api.get("/v1/sets?state=happy").statusCode()).isEqualTo(422);
        assertThat(api.get("/v1/sets?label=novalue").statusCode()).isEqualTo(422);
        assertThat(api.get("/v1/sets/" + "a".repeat(5000)).statusCode()).isEqualTo(422);
        assertThat(api.get("/v1/sets/a%2Fb").statusCode()).isEqualTo(422);
        assertThat(api.get("/v1/sets/..%2f..%2fetc").statusCode()).isEqualTo(422);
        assertThat(api.post("/v1/tokens", "{\"name\":\"t\",\"purpose\":0,\"role\":\"viewer\"}")
                        .statusCode())
                .as("a number where a word belongs")
                .isEqualTo(422);
        assertThat(api.get("/v2/sets").statusCode()).isEqualTo(404);
        assertThat(api.call(api.admin(), "PUT", "/v1/sets/web", "{}").statusCode())
                .isEqualTo(405);
        assertThat(api.call(api.admin(), "DELETE", "/v1/sets/web", "", "If-Match", "17")
                        .statusCode())
                .isEqualTo(422);
        assertThat(api.post("/v1/sets", ApiFixture.WEB, "Idempotency-Key", "a b")
                        .statusCode())
                .isEqualTo(422);
        assertThat(api.send(api.to(api.admin(), "/v1/sets")
                                .header("Content-Type", "application/yaml")
                                .POST(BodyPublishers.ofString("name: web")))
                        .statusCode())
                .isEqualTo(415);
    }

    @Test
    void refusesAHundredMegabytes() throws Exception {
        byte[] body = new byte[100_000_000];
        HttpResponse<String> response = api.send(api.to(api.admin(), "/v1/sets")
                .header("Content-Type", "application/json")
                .expectContinue(true)
                .POST(BodyPublishers.ofByteArray(body)));
        assertThat(response.statusCode()).isEqualTo(413);
    }

    @Test
    void hidesOtherTenants() throws Exception {
        assertThat(api.call(api.shopToken, "GET", "/v1/sets/web?tenant=default", "")
                        .statusCode())
                .isEqualTo(404);
        assertThat(api.call(api.shopToken, "POST", "/v1/sets?tenant=default", ApiFixture.WEB)
                        .statusCode())
                .isEqualTo(404);
        assertThat(api.call(api.shopToken, "GET", "/v1/tenants/default", "").statusCode())
                .isEqualTo(404);
        assertThat(api.call(api.shopToken, "GET", "/v1/tenants", "").body())
                .contains("\"shop\"")
                .doesNotContain("\"default\"");
    }
}
