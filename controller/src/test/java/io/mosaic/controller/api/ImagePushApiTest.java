package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.Role;
import io.mosaic.model.SaveProgress;
import io.mosaic.model.SavedImage;
import io.mosaic.model.link.Frame;
import io.mosaic.model.link.StreamControl;
import io.mosaic.model.link.StreamRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the API makes of calls that have a host bring an image into the repository; the host is a fake one. */
class ImagePushApiTest {

    private static final String PATH = "/v1/hosts/h1/images/push";
    private static final SavedImage SAVED = new SavedImage("default/web:1", "sha256:d", "sha256:i", 3, 42);
    private static final SaveProgress PACKING = new SaveProgress("packing", 3, 1, 10, 100);

    @TempDir
    Path directory;

    private ApiFixture api;

    @BeforeEach
    void start() throws Exception {
        api = new ApiFixture(directory);
        api.pretendHost("h1", List.of("images.mosaic/default/base:1", "images.mosaic/shop/base:1", "own:1"));
        api.host.saves = List.of(
                Frame.control(new StreamControl.Progress(PACKING)),
                new Frame(Frame.STDOUT, Json.bytes(SAVED)),
                Frame.control(new StreamControl.Exit(0)));
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static String body(String image, String target) {
        return "{\"image\": \"" + image + "\"" + (target == null ? "" : ", \"target\": \"" + target + "\"") + "}";
    }

    private StreamRequest.Push pushed(String token, String image, String target, String... headers) throws Exception {
        HttpResponse<String> response = api.call(token, "POST", PATH, body(image, target), headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(Json.read(response.body(), SavedImage.class)).isEqualTo(SAVED);
        return (StreamRequest.Push) api.host.asked.take();
    }

    private Problem refused(int status, String token, String image, String target, String... headers) throws Exception {
        HttpResponse<String> response = api.call(token, "POST", PATH, body(image, target), headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(api.host.asked).isEmpty();
        return ApiFixture.problem(response);
    }

    @Test
    void onlyWhoRunsTheWholeClusterGetsImagesThatAreNobodysOfTheTenants() throws Exception {
        assertThat(pushed(api.admin(), "web:1", null).any()).isTrue();
        assertThat(pushed(api.tokens.get(Role.OPERATOR), "web:1", null).any()).isFalse();
        StreamRequest.Push shop = pushed(api.shopToken, "web:1", null);
        assertThat(shop.any()).isFalse();
        assertThat(shop.tenant()).isEqualTo("shop");
        assertThat(shop.repository()).isEqualTo("shop/web");
        assertThat(shop.toString()).doesNotContain(shop.token());
    }

    @Test
    void itIsCalledAsTheHostCallsItOrAsIsSaid() throws Exception {
        StreamRequest.Push plain = pushed(api.admin(), "web", null);
        assertThat(plain.repository() + ":" + plain.tag()).isEqualTo("default/web:latest");
        assertThat(plain.from()).containsExactly("default/web", "default/base");
        StreamRequest.Push kept = pushed(api.admin(), "images.mosaic/default/web:3", null);
        assertThat(kept.repository() + ":" + kept.tag()).isEqualTo("default/web:3");
        StreamRequest.Push other =
                pushed(api.admin(), "registry:5000/x/web:1", "shop/web:9", "X-Mosaic-Tenant", "shop");
        assertThat(other.repository() + ":" + other.tag()).isEqualTo("shop/web:9");
        assertThat(other.from()).containsExactly("shop/web", "shop/base");

        String id = "sha256:" + "ab".repeat(32);
        assertThat(pushed(api.admin(), id, "web:2").image()).isEqualTo(id);
        for (String nameless :
                List.of(id, "abababababab", "registry:5000/x/web:1", "images.mosaic/docker.io/library/x:1")) {
            assertThat(refused(422, api.admin(), nameless, null)
                            .errors()
                            .getFirst()
                            .field())
                    .isEqualTo("/target");
        }
        refused(422, api.admin(), "../web", null);
        refused(422, api.admin(), "web:1", "web@sha256:" + "ab".repeat(32));
        refused(422, api.admin(), "web:1", "127.0.0.1:5000/default/web:1");
        assertThat(refused(403, api.admin(), "web:1", "shop/web:1").detail()).contains("default/");
        refused(404, api.shopToken, "web:1", "default/web:1", "X-Mosaic-Tenant", "default");
        assertThat(api.call(api.admin(), "POST", PATH, "{\"image\": \"web:1\", \"tag\": \"x\"}")
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void whatIsWrongIsSaid() throws Exception {
        assertThat(api.post("/v1/hosts/h2/images/push", body("web:1", null)).body())
                .contains("no host named h2");
        api.host.away = true;
        assertThat(api.post(PATH, body("web:1", null)).statusCode()).isEqualTo(503);
        api.host.away = false;
        api.host.saves = List.of(
                Frame.control(new StreamControl.Failed(Problem.Kind.NOT_FOUND.with("the host has no image web:1"))));
        assertThat(api.post(PATH, body("web:1", null)).statusCode()).isEqualTo(404);
        assertThat(api.post(PATH + "?progress=true", body("web:1", null)).statusCode())
                .as("known before anything was answered")
                .isEqualTo(404);
    }

    @Test
    void progressComesAsEventsAndTheEndIsInTheAudit() throws Exception {
        HttpResponse<String> good = api.post(PATH + "?progress=true", body("web:1", null));
        assertThat(good.body())
                .isEqualTo("event: progress\ndata: " + Json.write(PACKING) + "\n\nevent: saved\ndata: "
                        + Json.write(SAVED) + "\n\n");
        api.host.saves = List.of(
                Frame.control(new StreamControl.Progress(PACKING)),
                Frame.control(new StreamControl.Failed(Problem.Kind.QUOTA.with("larger than its quota"))));
        HttpResponse<String> bad = api.post(PATH + "?progress=true", body("web:2", null));
        assertThat(bad.statusCode()).isEqualTo(200);
        assertThat(bad.body()).contains("event: failed\ndata: {").contains("larger than its quota");
        await().atMost(Duration.ofSeconds(90)).untilAsserted(() -> {
            String audit = api.get("/v1/audit").body();
            assertThat(audit).contains("image web:1 as default/web:1").contains("larger than its quota");
            assertThat(audit).contains("\"status\":403");
        });
    }

    @Test
    void anOlderAgentSaysNothingBeforeTheEnd() throws Exception {
        api.host.saves = List.of(new Frame(Frame.STDOUT, Json.bytes(SAVED)), Frame.control(new StreamControl.Exit(0)));
        assertThat(api.post(PATH + "?progress=true", body("web:1", null)).body())
                .isEqualTo("event: saved\ndata: " + Json.write(SAVED) + "\n\n");
        api.post("/v1/sets", ApiFixture.WEB);
        api.pretendRunning("default", "web");
        api.host.asked.clear();
        HttpResponse<String> saved = api.post("/v1/sets/web/commit", "{\"tag\": \"kept:1\"}");
        assertThat(saved.statusCode()).as(saved.body()).isEqualTo(200);
        assertThat(((StreamRequest.Save) api.host.asked.take()).progress()).isTrue();
    }
}
