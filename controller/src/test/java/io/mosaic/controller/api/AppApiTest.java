package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.controller.app.AppReconcile;
import io.mosaic.model.AppPlan;
import io.mosaic.model.AppResource;
import io.mosaic.model.Json;
import io.mosaic.model.Problem;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import io.mosaic.model.RolloutView;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppApiTest {

    private static final String FOOD = """
            {"name":"food","replicas":3,"labels":{"team":"a"},"update":{"batch":1},
             "template":{"resources":{"cpu":0.1,"memory":"64Mi"},"containers":[{"index":1,"name":"web","image":"web:1"}]}}""";

    @TempDir
    private Path directory;

    private ApiFixture api;

    @BeforeEach
    void start() throws Exception {
        api = new ApiFixture(directory);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    private static AppResource app(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isLessThan(300);
        return Json.read(response.body(), AppResource.class);
    }

    private static List<String> fields(HttpResponse<String> response) {
        return ApiFixture.problem(response).errors().stream()
                .map(Problem.FieldError::field)
                .toList();
    }

    private HttpResponse<String> patch(String path, String body) throws Exception {
        return api.call(api.admin(), "PATCH", path, body);
    }

    /** As the leader would. */
    private void reconcile() throws Exception {
        Instant now = Instant.now();
        api.log.commit(head -> AppReconcile.look(
                        head, ResourceKey.app("default", "food"), (of, since) -> Duration.between(since, now), now)
                .decided());
    }

    @Test
    void madeReadListedScaledAndDeleted() throws Exception {
        HttpResponse<String> made = api.post("/v1/apps", FOOD, "Idempotency-Key", "k1");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
        assertThat(made.headers().firstValue("Location")).contains("/v1/apps/food");
        assertThat(app(api.post("/v1/apps", FOOD, "Idempotency-Key", "k1")).uid())
                .isEqualTo(app(made).uid());
        assertThat(api.post("/v1/apps", FOOD).statusCode()).isEqualTo(409);
        reconcile();
        assertThat(api.get("/v1/sets?app=food&all=true").body()).contains("food-0001", "food-0003", "\"instance\":3");
        assertThat(api.get("/v1/sets?app=other&all=true").body()).doesNotContain("food-0001");
        assertThat(api.get("/v1/apps?label=team=a").body()).contains("\"kind\":\"app\"", "\"name\":\"food\"");
        assertThat(api.get("/v1/apps?label=team=b").body()).doesNotContain("\"name\":\"food\"");
        assertThat(app(api.post("/v1/apps/food/scale", "{\"replicas\":5,\"reason\":\"lunch\"}"))
                        .spec()
                        .replicas())
                .isEqualTo(5);
        assertThat(app(api.get("/v1/apps/food")).status().replicas()).isEqualTo(3);
        HttpResponse<String> stale = api.call(api.admin(), "DELETE", "/v1/apps/food", "", "If-Match", "\"1\"");
        assertThat(stale.statusCode()).isEqualTo(412);
        assertThat(app(api.call(api.admin(), "DELETE", "/v1/apps/food", "")).deleting())
                .isTrue();
        reconcile();
        reconcile();
        assertThat(api.get("/v1/apps/food").statusCode()).isEqualTo(404);
        assertThat(api.get("/v1/events?kind=app&name=food").body()).contains("Created", "Scaled", "lunch", "Deleted");
    }

    @Test
    void aDryRunShowsThePlanAndChangesNothing() throws Exception {
        HttpResponse<String> dry = api.post("/v1/apps?dryRun=true", FOOD);
        assertThat(Json.read(dry.body(), AppPlan.class).create())
                .containsExactly("food-0001", "food-0002", "food-0003");
        assertThat(api.get("/v1/apps/food").statusCode()).isEqualTo(404);
        api.post("/v1/apps", FOOD);
        reconcile();
        AppPlan plan = Json.read(
                patch("/v1/apps/food?dryRun=true", "{\"replicas\":2,\"template\":{\"labels\":{\"a\":\"b\"}}}")
                        .body(),
                AppPlan.class);
        assertThat(plan.fields()).extracting(AppPlan.Field::field).containsExactly("/replicas", "/template/labels/a");
        assertThat(plan.deleted()).isOne();
        assertThat(plan.updated()).isEqualTo(2);
        assertThat(app(api.get("/v1/apps/food")).release()).isEqualTo(1);
    }

    @Test
    void rolloutsAreShownPausedResumedUndoneAndKept() throws Exception {
        api.post("/v1/apps", FOOD);
        reconcile();
        assertThat(api.post("/v1/apps/food/rollout/pause", "").statusCode()).isEqualTo(409);
        patch("/v1/apps/food", "{\"template\":{\"labels\":{\"a\":\"b\"}}}");
        RolloutView view = Json.read(api.get("/v1/apps/food/rollout").body(), RolloutView.class);
        assertThat(view.release()).isEqualTo(2);
        assertThat(view.releases()).containsExactly(new RolloutView.Count(1, 3, 0));
        assertThat(api.post("/v1/apps/food/rollout/pause", "").body()).contains("PAUSED");
        assertThat(api.post("/v1/apps/food/rollout/resume", "").body()).contains("UPDATING");
        assertThat(api.post("/v1/apps/food/rollout/undo?to=7", "").statusCode()).isEqualTo(404);
        assertThat(app(api.post("/v1/apps/food/rollout/undo", "")).release()).isEqualTo(1);
        assertThat(api.get("/v1/apps/food/history").body())
                .contains("\"number\":2", "\"number\":1", "\"kind\":\"release\"");
    }

    @Test
    void whatIsWrongIsNamedWithItsPointer() throws Exception {
        assertThat(fields(api.post("/v1/apps", FOOD.replace("\"replicas\":3", "\"replicas\":1000000"))))
                .containsExactly("/replicas");
        assertThat(fields(api.post("/v1/apps", FOOD.replace("\"index\":1", "\"index\":0"))))
                .containsExactly("/template/containers/0/index");
        assertThat(fields(api.post("/v1/apps", FOOD.replace("\"batch\":1", "\"batches\":1"))))
                .containsExactly("/update/batches");
        assertThat(fields(api.post("/v1/apps", FOOD.replace("\"batch\":1", "\"batch\":\"200%\""))))
                .containsExactly("/update/batch");
        assertThat(fields(api.post(
                        "/v1/apps",
                        FOOD.replace(
                                "\"image\":\"web:1\"",
                                "\"image\":\"web:1\",\"options\":{\"capabilities\":[\"SYS_ADMIN\"]}"))))
                .containsExactly("/template/containers/0/options/capabilities/0");
        assertThat(fields(
                        api.post("/v1/apps", FOOD.replace("\"labels\"", "\"requires\":[{\"app\":\"db\"}],\"labels\""))))
                .containsExactly("/requires/0/app");
        api.post("/v1/apps", FOOD);
        reconcile();
        assertThat(fields(patch("/v1/apps/food", "{\"template\":{\"sysctls\":{\"net.core.somaxconn\":\"9\"}}}")))
                .containsExactly("/template/sysctls");
        assertThat(fields(patch("/v1/apps/food", "{\"name\":\"other\"}"))).containsExactly("/name");
        assertThat(fields(api.post("/v1/apps/food/scale", "{\"replicas\":-1}"))).containsExactly("/replicas");
        assertThat(fields(api.post("/v1/apps/food/scale", "{}"))).containsExactly("/replicas");
        assertThat(api.get("/v1/apps/nosuch").statusCode()).isEqualTo(404);
        assertThat(api.post("/v1/sets/food-0001/stop", "").statusCode()).isEqualTo(409);
    }

    @Test
    void rolesAndTenantsAreKeptApart() throws Exception {
        api.post("/v1/apps", FOOD);
        String viewer = api.tokens.get(Role.VIEWER);
        assertThat(api.call(viewer, "GET", "/v1/apps/food", "").statusCode()).isEqualTo(200);
        assertThat(api.call(viewer, "POST", "/v1/apps/food/scale", "{\"replicas\":1}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(api.call(api.shopToken, "GET", "/v1/apps/food", "").statusCode())
                .isEqualTo(404);
        assertThat(api.call(api.admin(), "DELETE", "/v1/tenants/default", "").statusCode())
                .isEqualTo(409);
    }

    @Test
    void aTemplateSaysEachFieldThatNeedsNewSets() throws Exception {
        String template = """
                "template":{"resources":{"cpu":0.1,"memory":"64Mi","rootDisk":"1Gi"},"volume":{"size":"400Mi","mount":"/data"},
                 "containers":[{"index":1,"name":"web","image":"web:1","options":{"ports":["8080:80"]}}]}}""";
        api.post("/v1/apps", FOOD.substring(0, FOOD.indexOf("\"template\"")) + template);
        reconcile();
        HttpResponse<String> refused = patch("/v1/apps/food", """
                {"template":{"resources":{"rootDisk":"2Gi"},"volume":{"size":"300Mi","mount":"/other"},
                 "containers":[{"index":1,"name":"web","image":"web:2","options":{"ports":["8081:80"]}}]}}""");
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(422);
        assertThat(fields(refused))
                .contains(
                        "/template/resources/rootDisk",
                        "/template/volume/mount",
                        "/template/volume/size",
                        "/template/containers/0/options/ports/0/host");
        assertThat(fields(patch("/v1/apps/food", "{\"template\":{\"volume\":null}}")))
                .containsExactly("/template/volume");
        assertThat(app(api.get("/v1/apps/food")).release()).isEqualTo(1);
    }

    @Test
    void anUpdateDuringAnUpdateTakesItsPlaceAndAResizeIsOne() throws Exception {
        api.post("/v1/apps", FOOD);
        reconcile();
        assertThat(app(patch("/v1/apps/food", "{\"template\":{\"labels\":{\"a\":\"b\"}}}"))
                        .release())
                .isEqualTo(2);
        AppResource second =
                app(patch("/v1/apps/food?force=true&move=true", "{\"template\":{\"resources\":{\"cpu\":0.2}}}"));
        assertThat(second.release()).isEqualTo(3);
        assertThat(second.status().rollout()).isNotNull();
        assertThat(second.status().rollout().from()).as("the proven one").isEqualTo(1);
        assertThat(second.status().rollout().forces()).isTrue();
        assertThat(second.status().rollout().moves()).isTrue();
        assertThat(api.get("/v1/events?kind=app&name=food").body()).contains("in the place of the rollout to 2");
        assertThat(fields(patch("/v1/apps/food", "{\"template\":{\"resources\":{\"cgroup\":{\"no.such\":\"1\"}}}}")))
                .containsExactly("/template/resources/cgroup");
    }

    @Test
    void anAppThatIsBeingDeletedIsLeftAlone() throws Exception {
        api.post("/v1/apps", FOOD);
        reconcile();
        api.call(api.admin(), "DELETE", "/v1/apps/food", "");
        assertThat(api.post("/v1/apps/food/scale", "{\"replicas\":5}").statusCode())
                .isEqualTo(409);
        assertThat(patch("/v1/apps/food", "{\"template\":{\"resources\":{\"cpu\":0.2}}}")
                        .statusCode())
                .isEqualTo(409);
        assertThat(api.post("/v1/apps/food/rollout/undo?to=1", "").statusCode()).isEqualTo(409);
        assertThat(fields(api.post("/v1/apps", FOOD.replace("\"replicas\":3", "\"replicas\":-3"))))
                .containsExactly("/replicas");
    }
}
