package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Kind;
import io.mosaic.model.Problem;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
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
