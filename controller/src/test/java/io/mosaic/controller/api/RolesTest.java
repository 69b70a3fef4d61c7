package io.mosaic.controller.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mosaic.model.Role;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every route against every role, held to a table written by hand: whoever opens a route has to say so here. */
class RolesTest {

    private static final String OPEN = "-";

    /** Method, path, least role. */
    private static final List<String> ROUTES = List.of(
            "GET /v1/sets viewer",
            "POST /v1/sets developer",
            "GET /v1/sets/{name} viewer",
            "PATCH /v1/sets/{name} developer",
            "DELETE /v1/sets/{name} developer",
            "POST /v1/sets/{name}/start developer",
            "POST /v1/sets/{name}/stop developer",
            "POST /v1/sets/{name}/restart developer",
            "POST /v1/sets/{name}/commit developer",
            "GET /v1/sets/{name}/logs developer",
            "GET /v1/sets/{name}/exec operator",
            "GET /v1/sets/{name}/usage viewer",
            "GET /v1/apps viewer",
            "POST /v1/apps developer",
            "GET /v1/apps/{name} viewer",
            "PATCH /v1/apps/{name} developer",
            "DELETE /v1/apps/{name} developer",
            "POST /v1/apps/{name}/scale developer",
            "POST /v1/apps/{name}/switchover developer",
            "GET /v1/apps/{name}/rollout viewer",
            "POST /v1/apps/{name}/rollout/pause developer",
            "POST /v1/apps/{name}/rollout/resume developer",
            "POST /v1/apps/{name}/rollout/undo developer",
            "GET /v1/apps/{name}/history viewer",
            "POST /v1/apps/{name}/load developer",
            "GET /v1/apps/{name}/webhook developer",
            "GET /v1/apps/{name}/usage viewer",
            "POST /v1/webhooks/apps/{tenant}/{name}/load -",
            "GET /v1/hosts viewer",
            "GET /v1/hosts/{name} viewer",
            "GET /v1/hosts/{name}/images viewer",
            "POST /v1/hosts/{name}/images/prefetch operator",
            "POST /v1/hosts/{name}/images/pin operator",
            "POST /v1/hosts/{name}/images/unpin operator",
            "PATCH /v1/hosts/{name} operator cluster",
            "DELETE /v1/hosts/{name} operator cluster",
            "POST /v1/hosts/{name}/cordon operator cluster",
            "POST /v1/hosts/{name}/uncordon operator cluster",
            "POST /v1/hosts/{name}/drain operator cluster",
            "POST /v1/hosts/{name}/undrain operator cluster",
            "POST /v1/hosts/{name}/images/push developer",
            "GET /v1/rebalance operator cluster",
            "POST /v1/rebalance operator cluster",
            "GET /v1/pools operator cluster",
            "GET /v1/pools/{name} operator cluster",
            "PATCH /v1/pools/{name} operator cluster",
            "DELETE /v1/pools/{name} operator cluster",
            "GET /v1/tenants viewer",
            "POST /v1/tenants admin cluster",
            "GET /v1/tenants/{name} viewer",
            "PATCH /v1/tenants/{name} admin cluster",
            "DELETE /v1/tenants/{name} admin cluster",
            "GET /v1/tokens admin cluster",
            "POST /v1/tokens admin cluster",
            "GET /v1/tokens/{name} admin cluster",
            "DELETE /v1/tokens/{name} admin cluster",
            "GET /v1/events viewer",
            "GET /v1/audit admin cluster",
            "GET /v1/whoami viewer",
            "GET /v1/image-repository viewer",
            "GET /v1/version -",
            "GET /openapi.json -",
            "GET /healthz -",
            "GET /readyz -",
            "GET /metrics viewer");

    @Test
    void everyRouteAsksForItsRole(@TempDir Path directory) throws Exception {
        try (ApiFixture api = new ApiFixture(directory)) {
            Set<String> there = api.table.routes().stream()
                    .map(route -> route.method() + " " + route.template() + " "
                            + (route.role() == null ? OPEN : route.role().word())
                            + (route.clusterWide() ? " cluster" : ""))
                    .collect(Collectors.toCollection(TreeSet::new));
            assertThat(there).containsExactlyInAnyOrderElementsOf(ROUTES);
            for (String line : ROUTES) {
                check(api, line.split(" ", -1));
            }
        }
    }

    private static void check(ApiFixture api, String[] line) throws Exception {
        String path = line[1].replace("{name}", "absent").replace("{tenant}", "default");
        boolean open = line[2].equals(OPEN);
        // Whoever needs no token to change something must sign it.
        int expected = !open ? 401 : line[0].equals("GET") ? 200 : 422;
        int nobody = status(api, "mos_nobody_" + "x".repeat(43), line[0], path);
        assertThat(nobody).as(Arrays.toString(line) + " by an unknown token").isEqualTo(expected);
        for (Role role : Role.values()) {
            boolean allowed = open || role.covers(Role.parse(line[2]));
            int status = status(api, api.tokens.get(role), line[0], path);
            assertThat(status == 403)
                    .as(Arrays.toString(line) + " by " + role + ": " + status)
                    .isEqualTo(!allowed);
            assertThat(status).isNotIn(401, 405, 500);
        }
        if (line.length > 3) {
            assertThat(status(api, api.shopToken, line[0], path))
                    .as(Arrays.toString(line) + " by a token of one tenant")
                    .isEqualTo(403);
        }
    }

    private static int status(ApiFixture api, String token, String method, String path) throws Exception {
        HttpResponse<String> response = api.call(token, method, path, method.equals("GET") ? "" : "{}");
        return response.statusCode();
    }
}
