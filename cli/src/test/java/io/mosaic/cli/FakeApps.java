package io.mosaic.cli;

import com.sun.net.httpserver.HttpExchange;
import io.mosaic.model.AppPlan;
import io.mosaic.model.AppReleaseResource;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppScale;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.AppStatus;
import io.mosaic.model.AppSwitchover;
import io.mosaic.model.AppUsage;
import io.mosaic.model.AppWebhook;
import io.mosaic.model.Json;
import io.mosaic.model.LoadCall;
import io.mosaic.model.Page;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.RolesStatus;
import io.mosaic.model.Rollout;
import io.mosaic.model.RolloutView;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The part of the API that serves apps, in memory: an app is as wanted as soon as it is watched, unless its image is bad. */
final class FakeApps {
    private final TreeMap<String, AppResource> apps = new TreeMap<>();
    private long revision = 100;

    synchronized void route(HttpExchange exchange, String method, String[] path, String query, byte[] body)
            throws IOException {
        if (path.length == 3 && method.equals("POST")) {
            create(exchange, body, query.contains("dryRun=true"));
        } else if (path.length == 3 && query.contains("watch=true")) {
            watch(exchange);
        } else if (path.length == 3) {
            FakeApi.send(exchange, 200, new Page<>(List.copyOf(apps.values()), revision, null));
        } else {
            AppResource app = apps.get(path[3]);
            if (app == null) {
                throw new ProblemException(Problem.Kind.NOT_FOUND, "no app named " + path[3]);
            }
            change(exchange, app, method, path.length < 5 ? "" : path[path.length - 1], query, body);
        }
    }

    private void create(HttpExchange exchange, byte[] body, boolean dryRun) throws IOException {
        AppSpec spec = AppSpecRules.require(Json.read(body, AppSpec.class));
        AppResource app = new AppResource(
                "default",
                spec.nameOrEmpty(),
                new UUID(2, apps.size() + 1),
                dryRun ? 0 : ++revision,
                1,
                FakeApi.NOW,
                1,
                spec,
                AppResource.Intent.PRESENT,
                AppStatus.fresh(FakeApi.NOW));
        if (dryRun) {
            FakeApi.send(exchange, 200, plan(app, List.of("food-0001", "food-0002"), List.of()));
        } else {
            apps.put(app.name(), app);
            FakeApi.send(exchange, 201, app);
        }
    }

    private static AppPlan plan(AppResource app, List<String> create, List<String> update) {
        List<AppPlan.Field> fields =
                update.isEmpty() ? List.of() : List.of(new AppPlan.Field("/template/containers/0/image", "1", "2"));
        return new AppPlan(
                app, fields, create, List.of(), update, List.of(), create.size(), 0, update.size(), 0, update.size());
    }

    private void change(HttpExchange exchange, AppResource app, String method, String verb, String query, byte[] body)
            throws IOException {
        AppResource changed = app;
        switch (method + " " + verb) {
            case "GET " -> {}
            case "GET rollout" -> {
                FakeApi.send(
                        exchange,
                        200,
                        new RolloutView(
                                app.name(),
                                app.release(),
                                app.status().rollout(),
                                app.spec().replicas(),
                                List.of(new RolloutView.Count(app.release(), 2, 2)),
                                List.of()));
                return;
            }
            case "GET usage" -> {
                FakeApi.send(
                        exchange,
                        200,
                        new AppUsage(app.name(), 2, 2, 500, 1000, 64L << 20, 128L << 20, null, null, 900L));
                return;
            }
            case "GET webhook" -> {
                FakeApi.send(exchange, 200, new AppWebhook("/v1/webhooks/apps/default/food/load", "5ec2e7", "T", "S"));
                return;
            }
            case "GET history" -> {
                List<AppReleaseResource> releases = new ArrayList<>();
                for (int number = app.release(); number > 0; number--) {
                    releases.add(new AppReleaseResource(
                            "default",
                            app.name(),
                            number,
                            new UUID(3, number),
                            number,
                            FakeApi.NOW,
                            app.spec().templateOrNone()));
                }
                FakeApi.send(exchange, 200, new Page<>(releases, revision, null));
                return;
            }
            case "PATCH " -> {
                ObjectNode spec = Json.mapper().valueToTree(app.spec());
                JsonNode patch = Json.mapper().readTree(body);
                FakeApi.merge(spec, patch);
                AppSpec after = Json.read(Json.bytes(spec), AppSpec.class);
                if (query.contains("dryRun=true")) {
                    FakeApi.send(exchange, 200, plan(app, List.of(), List.of("food-0001", "food-0002")));
                    return;
                }
                int release = patch.has("template") ? app.release() + 1 : app.release();
                changed = app.withSpec(after, release);
                if (release != app.release()) {
                    changed = changed.withStatus(changed.status()
                            .withRollout(new Rollout(
                                    Rollout.State.UPDATING, app.release(), release, 1, 1, FakeApi.NOW, null, null)));
                }
            }
            case "POST scale" ->
                changed = app.withSpec(
                        app.spec().withReplicas(Json.read(body, AppScale.class).replicasOrNone()), app.release());
            case "POST load" ->
                changed = app.withSpec(
                        app.spec()
                                .withReplicas(Json.read(body, LoadCall.class)
                                        .from(app.spec().replicas())),
                        app.release());
            case "POST switchover" -> {
                String to = Json.read(body, AppSwitchover.class).to();
                RolesStatus.Switchover asked =
                        new RolesStatus.Switchover("food-0001", to == null ? "food-0002" : to, FakeApi.NOW);
                changed = app.withStatus(
                        app.status().withRoles(held("food-0001", 1).with(asked)));
            }
            case "POST undo" -> changed = app.withSpec(app.spec(), 1);
            case "POST pause", "POST resume" -> {}
            case "DELETE " -> changed = app.withIntent(AppResource.Intent.DELETED);
            default -> throw new ProblemException(Problem.Kind.NOT_FOUND, "no such path");
        }
        if (!changed.equals(app)) {
            changed = changed.withRevision(++revision);
            apps.put(app.name(), changed);
        }
        FakeApi.send(exchange, 202, changed);
    }

    /** Lets every app become what it is to become, tells that, and ends. */
    private void watch(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        for (AppResource app : List.copyOf(apps.values())) {
            AppResource settled = settled(app).withRevision(++revision);
            boolean gone = app.deleting();
            if (gone) {
                apps.remove(app.name());
            } else {
                apps.put(app.name(), settled);
            }
            String text = "id: " + settled.revision() + "\nevent: " + (gone ? "delete" : "put") + "\ndata: "
                    + Json.write(settled) + "\n\n";
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        out.flush();
    }

    private static AppResource settled(AppResource app) {
        Rollout rollout = app.status().rollout();
        boolean bad = app.spec()
                .templateOrNone()
                .containers()
                .getFirst()
                .imageOrEmpty()
                .startsWith("bad");
        if (rollout != null && rollout.active()) {
            rollout = bad
                    ? new Rollout(
                            Rollout.State.REVERTED,
                            rollout.from(),
                            rollout.from(),
                            2,
                            2,
                            FakeApi.NOW,
                            rollout.to(),
                            "food-0001: no such image")
                    : rollout.in(Rollout.State.DONE, null, FakeApi.NOW);
        }
        int replicas = app.spec().replicas();
        return app.withStatus(new AppStatus(
                        AppStatus.State.READY,
                        null,
                        replicas,
                        replicas,
                        replicas,
                        0,
                        0,
                        FakeApi.NOW,
                        app.generation(),
                        rollout)
                .withRoles(switched(app.status().roles())));
    }

    /** Every switchover goes well, but for the one to food-0009. */
    private static @Nullable RolesStatus switched(@Nullable RolesStatus roles) {
        RolesStatus.Switchover asked = roles == null ? null : roles.switchover();
        return asked == null ? roles : asked.to().equals("food-0009") ? held("food-0001", 3) : held(asked.to(), 3);
    }

    private static RolesStatus held(String primary, long term) {
        return new RolesStatus(term, RolesStatus.Phase.HELD, primary, new UUID(4, term), FakeApi.NOW, null, List.of());
    }
}
