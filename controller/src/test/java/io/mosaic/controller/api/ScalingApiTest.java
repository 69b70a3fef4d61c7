package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.AppResource;
import io.mosaic.model.AppScale;
import io.mosaic.model.AppUsage;
import io.mosaic.model.AppWebhook;
import io.mosaic.model.Json;
import io.mosaic.model.LoadCall;
import io.mosaic.model.Role;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Load calls by token and by signed webhook over the real server, and what is refused. */
class ScalingApiTest {

    private static final String APP = """
            {"name": "web", "replicas": 4, "template": {"resources": {"cpu": "100m", "memory": "64Mi"},
             "containers": [{"index": 1, "image": "demo:1"}]},
             "scaling": {"minimum": 2, "maximum": 20, "webhook": {"key": 1},
              "metrics": [{"metric": "cpu", "target": "60%"}]}}""";

    private ApiFixture api;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        api = new ApiFixture(directory);
        assertThat(api.post("/v1/apps", APP).statusCode()).isEqualTo(201);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private int replicas() {
        return api.log.image().app("default", "web").spec().replicas();
    }

    private AppWebhook webhook() throws Exception {
        return Json.read(api.get("/v1/apps/web/webhook").body(), AppWebhook.class);
    }

    private HttpResponse<String> signed(String path, String secret, long timestamp, String body, String sent)
            throws Exception {
        String signature =
                HexFormat.of().formatHex(Webhook.sign(secret, timestamp, body.getBytes(StandardCharsets.UTF_8)));
        return api.client.send(
                HttpRequest.newBuilder(api.uri("https", path))
                        .version(HttpClient.Version.HTTP_1_1)
                        .timeout(Duration.ofSeconds(20))
                        .header("Content-Type", "application/json")
                        .header(Webhook.TIMESTAMP, Long.toString(timestamp))
                        .header(Webhook.SIGNATURE, Webhook.PREFIX + signature)
                        .POST(BodyPublishers.ofString(sent))
                        .build(),
                BodyHandlers.ofString());
    }

    private static long now() {
        return Instant.now().getEpochSecond();
    }

    @Test
    void aTokenMayAskForMoreAndTheEventSaysWhose() throws Exception {
        HttpResponse<String> answer = api.post("/v1/apps/web/load", "{\"delta\": 3, \"reason\": \"queue\"}");
        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(Json.read(answer.body(), AppResource.class).spec().replicas())
                .isEqualTo(7);
        assertThat(api.get("/v1/events?kind=app&name=web").body()).contains("4 -> 7, asked for by token admin: queue");
        assertThat(api.call(api.tokens.get(Role.VIEWER), "POST", "/v1/apps/web/load", "{\"delta\": 3}")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void loadCallsThatAreNone() throws Exception {
        for (String bad : List.of(
                "{}",
                "{\"delta\": 0}",
                "{\"delta\": 1, \"replicas\": 2}",
                "{\"replicas\": -1}",
                "{\"replicas\": 1000000}",
                "{\"delta\": 999999999}",
                "{\"delta\": 1.5}",
                "{\"more\": 1}",
                "{\"delta\": 1, \"reason\": \"" + "x".repeat(300) + "\"}")) {
            assertThat(api.post("/v1/apps/web/load", bad).statusCode()).as(bad).isEqualTo(422);
        }
        assertThat(api.post("/v1/apps/none/load", "{\"delta\": 1}").statusCode())
                .isEqualTo(404);
        assertThat(replicas()).isEqualTo(4);
    }

    @Test
    void whoHasTheSecretNeedsNoToken() throws Exception {
        AppWebhook hook = webhook();
        HttpResponse<String> answer = signed(hook.path(), hook.secret(), now(), "{\"delta\": 2}", "{\"delta\": 2}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        assertThat(Json.read(answer.body(), AppScale.class).replicas()).isEqualTo(6);
        assertThat(api.get("/v1/events?kind=app&name=web").body()).contains("asked for by webhook");
        assertThat(api.get("/v1/events").body()
                        + api.get("/v1/audit").body()
                        + api.get("/v1/apps").body())
                .doesNotContain(hook.secret());
    }

    @Test
    void aCallThatIsRepeatedHasItsEffectOnce() throws Exception {
        AppWebhook hook = webhook();
        long at = now();
        for (int i = 0; i < 3; i++) {
            assertThat(signed(hook.path(), hook.secret(), at, "{\"delta\": 2}", "{\"delta\": 2}")
                            .statusCode())
                    .isEqualTo(202);
        }
        assertThat(replicas()).isEqualTo(6);
    }

    @Test
    void wrongSignaturesAndOldTimestampsAreRefused() throws Exception {
        AppWebhook hook = webhook();
        String body = "{\"delta\": 2}";
        assertThat(signed(hook.path(), "0".repeat(64), now(), body, body).statusCode())
                .isEqualTo(401);
        assertThat(signed(hook.path(), hook.secret(), now(), body, "{\"delta\": 9}")
                        .statusCode())
                .isEqualTo(401);
        assertThat(signed(hook.path(), hook.secret(), now() - 301, body, body).statusCode())
                .isEqualTo(401);
        assertThat(signed(hook.path(), hook.secret(), now() + 400, body, body).statusCode())
                .isEqualTo(401);
        assertThat(signed(hook.path().replace("web/load", "none/load"), hook.secret(), now(), body, body)
                        .statusCode())
                .isEqualTo(401);
        assertThat(signed(hook.path().replace("default", "shop"), hook.secret(), now(), body, body)
                        .statusCode())
                .isEqualTo(401);
        assertThat(api.call(api.admin(), "POST", hook.path(), body).statusCode())
                .isEqualTo(422);
        assertThat(replicas()).isEqualTo(4);
    }

    @Test
    void anotherKeyMakesTheSecretVoid() throws Exception {
        AppWebhook old = webhook();
        assertThat(api.call(api.admin(), "PATCH", "/v1/apps/web", "{\"scaling\": {\"webhook\": {\"key\": 2}}}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(webhook().secret()).isNotEqualTo(old.secret());
        assertThat(signed(old.path(), old.secret(), now(), "{\"delta\": 2}", "{\"delta\": 2}")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void tooManyCallsAreTooMany() throws Exception {
        int refused = 0;
        for (int i = 0; i < CallRate.AT_ONCE + 10; i++) {
            int status = api.post("/v1/apps/web/load", "{\"replicas\": 5}").statusCode();
            assertThat(status).isIn(202, 429);
            refused += status == 429 ? 1 : 0;
        }
        assertThat(refused).isPositive();
    }

    @Test
    void scalingThatBreaksARuleNamesTheField() throws Exception {
        refused("\"maximum\": 20", "\"maximum\": 1", "/scaling/maximum");
        refused("\"replicas\": 4", "\"replicas\": 21", "/replicas");
        refused("\"target\": \"60%\"", "\"target\": 0", "/scaling/metrics/0/target");
        refused("\"metric\": \"cpu\"", "\"metric\": \"luck\"", "/scaling/metrics/0/metric");
        refused(
                "\"webhook\": {\"key\": 1}",
                "\"windows\": [{\"cron\": \"61 * * * *\", \"replicas\": 3}]",
                "/scaling/windows/0/cron");
        refused(
                "{\"metric\": \"cpu\", \"target\": \"60%\"}",
                "{\"metric\": \"prometheus\", \"target\": 1, \"query\": \"x\", \"url\": \"http://169.254.0.1/\"}",
                "/scaling/metrics/0/url");
        assertThat(api.post(
                                "/v1/apps",
                                APP.replace("\"web\"", "\"ok\"")
                                        .replace(
                                                "{\"metric\": \"cpu\", \"target\": \"60%\"}",
                                                "{\"metric\": \"prometheus\", \"target\": 1, \"query\": \"x\","
                                                        + " \"url\": \"http://127.0.0.1:9090/prefix\"}"))
                        .statusCode())
                .isEqualTo(201);
    }

    private void refused(String from, String to, String field) throws Exception {
        HttpResponse<String> answer =
                api.post("/v1/apps", APP.replace("\"web\"", "\"bad\"").replace(from, to));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        assertThat(ApiFixture.problem(answer).errors().getFirst().field()).isEqualTo(field);
    }

    @Test
    void whatNobodyMeasuredIsSaidPlainly() throws Exception {
        AppUsage usage = Json.read(api.get("/v1/apps/web/usage").body(), AppUsage.class);
        assertThat(usage.replicas()).isEqualTo(4);
        assertThat(usage.instances()).isZero();
        assertThat(usage.ageMillis()).isNull();
        assertThat(api.get("/v1/apps/none/usage").statusCode()).isEqualTo(404);
        assertThat(api.get("/v1/sets/none/usage").statusCode()).isEqualTo(404);
    }

    @Test
    void aCallKnowsWhatItComesTo() {
        assertThat(new LoadCall(9, null, null).from(3)).isEqualTo(9);
        assertThat(new LoadCall(null, -2, null).from(3)).isEqualTo(1);
    }
}
