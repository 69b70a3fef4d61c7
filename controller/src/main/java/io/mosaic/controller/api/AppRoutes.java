package io.mosaic.controller.api;

import io.mosaic.controller.app.AppDecisions;
import io.mosaic.controller.app.AppViews;
import io.mosaic.controller.app.RoleDecisions;
import io.mosaic.controller.app.RolloutDecisions;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.cluster.Decision.Decided;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.controller.watch.WatchFilter;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.AppPlan;
import io.mosaic.model.AppReleaseResource;
import io.mosaic.model.AppResource;
import io.mosaic.model.AppScale;
import io.mosaic.model.AppSpec;
import io.mosaic.model.AppSpecRules;
import io.mosaic.model.AppSwitchover;
import io.mosaic.model.Kind;
import io.mosaic.model.Page;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import io.mosaic.model.RolloutView;
import io.mosaic.scale.Schedule;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Apps: create, read, watch, change, scale, delete; their rollouts and their history. */
final class AppRoutes {

    private static final Parameter<?>[] TENANTS = {Params.TENANT, Params.TENANT_HEADER};

    private final ApiServices services;
    private final TemplateChecks templates;

    AppRoutes(ApiServices services) {
        this.services = services;
        this.templates = new TemplateChecks(services);
    }

    List<Route> routes() {
        List<Route> routes = new ArrayList<>(ofApps());
        routes.addAll(ofRollouts());
        return routes;
    }

    private List<Route> ofApps() {
        return List.of(
                Route.get("/v1/apps")
                        .id("listApps")
                        .tag("apps")
                        .summary("Lists or watches apps")
                        .needs(Role.VIEWER)
                        .takes(TENANTS)
                        .takes(Params.LABEL, Params.LIMIT, Params.PAGE, Params.AT_LEAST, Params.WRITTEN)
                        .takes(Params.WATCH, Params.FROM, Params.LAST_EVENT_ID)
                        .answers(
                                Answer.page("The apps, by name", AppResource.class),
                                Answer.stream("With watch=true: each change", Answer.EVENTS),
                                Answer.empty(410, "The revision to watch from is compacted: list anew"))
                        .handle(this::list),
                Route.post("/v1/apps")
                        .id("createApp")
                        .tag("apps")
                        .summary("Creates an app; its sets follow")
                        .needs(Role.DEVELOPER)
                        .takes(TENANTS)
                        .takes(Params.IDEMPOTENCY_KEY, Params.DRY_RUN, Params.ADOPT)
                        .reads(Route.Body.json(AppSpec.class))
                        .answers(
                                Answer.json(201, "Accepted and committed", AppResource.class),
                                Answer.json(200, "With dryRun=true: what would be done", AppPlan.class))
                        .handle(this::create),
                Route.get("/v1/apps/{name}")
                        .id("getApp")
                        .tag("apps")
                        .summary("One app")
                        .needs(Role.VIEWER)
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .takes(TENANTS)
                        .answers(Answer.json(200, "The app; its ETag is the revision", AppResource.class))
                        .handle(this::get),
                Route.patch("/v1/apps/{name}")
                        .id("patchApp")
                        .tag("apps")
                        .summary("Changes an app; another template begins a rollout")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY, Params.DRY_RUN, Params.ADOPT)
                        .takes(Params.FORCE, Params.MOVE)
                        .takes(TENANTS)
                        .reads(Route.Body.mergePatch(AppSpec.class))
                        .answers(Answer.json(
                                200,
                                "As it is now; with dryRun=true an AppPlan: what would be done",
                                AppResource.class))
                        .handle(this::patch),
                Route.delete("/v1/apps/{name}")
                        .id("deleteApp")
                        .tag("apps")
                        .summary("Deletes an app and all its sets, gracefully")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .takes(TENANTS)
                        .answers(Answer.json(
                                202, "Its sets are being removed; it goes with the last", AppResource.class))
                        .handle(request -> act(request, AppDecisions::delete)),
                Route.post("/v1/apps/{name}/scale")
                        .id("scaleApp")
                        .tag("apps")
                        .summary("Says how many instances there should be")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .takes(TENANTS)
                        .reads(Route.Body.json(AppScale.class))
                        .answers(Answer.json(202, "Accepted", AppResource.class))
                        .handle(this::scale),
                Route.post("/v1/apps/{name}/switchover")
                        .id("switchoverApp")
                        .tag("apps")
                        .summary("Says that another instance is to be primary")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .takes(TENANTS)
                        .reads(Route.Body.json(AppSwitchover.class))
                        .answers(Answer.json(202, "Accepted; status.roles tells how far it is", AppResource.class))
                        .handle(this::switchover));
    }

    private List<Route> ofRollouts() {
        return List.of(
                Route.get("/v1/apps/{name}/rollout")
                        .id("getRollout")
                        .tag("apps")
                        .summary("How far an app's rollout is")
                        .needs(Role.VIEWER)
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .takes(TENANTS)
                        .answers(Answer.json(200, "The present rollout, or the last", RolloutView.class))
                        .handle(this::rollout),
                action("pause", "Begins no further batch until it is resumed", RolloutDecisions::pause),
                action("resume", "Goes on with a rollout that is paused or failed", RolloutDecisions::resume),
                Route.post("/v1/apps/{name}/rollout/undo")
                        .id("undoRollout")
                        .tag("apps")
                        .summary("Goes back to an earlier release")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.TO, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .takes(TENANTS)
                        .answers(Answer.json(202, "Accepted", AppResource.class))
                        .handle(this::undo),
                Route.get("/v1/apps/{name}/history")
                        .id("listReleases")
                        .tag("apps")
                        .summary("The templates that an app had and has, the newest first")
                        .needs(Role.VIEWER)
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .takes(TENANTS)
                        .answers(Answer.page("The releases", AppReleaseResource.class))
                        .handle(this::history));
    }

    /** What the decisions on delete, pause and resume have in common. */
    @FunctionalInterface
    private interface OnApp {
        Decision decide(String tenant, String name, @Nullable Long ifRevision, Instant now);
    }

    private Route action(String verb, String summary, OnApp decision) {
        return Route.post("/v1/apps/{name}/rollout/" + verb)
                .id(verb + "Rollout")
                .tag("apps")
                .summary(summary)
                .needs(Role.DEVELOPER)
                .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                .takes(TENANTS)
                .answers(Answer.json(202, "Accepted", AppResource.class))
                .handle(request -> act(request, decision));
    }

    private Reply list(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        if (request.get(Params.WATCH)) {
            return services.hub()
                    .watch(
                            new WatchFilter(Kind.APP, tenant, Listing.labelled(request)),
                            Params.watchFrom(request, Params.FROM));
        }
        return Listing.page(
                request,
                Listing.image(services.log(), request),
                Kind.APP,
                tenant,
                Listing.labelled(request),
                Function.identity());
    }

    private Reply create(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        AppSpec spec = checked(AppSpecRules.require(request.body(AppSpec.class)));
        ResourceKey key = ResourceKey.app(tenant, spec.nameOrEmpty());
        request.notes().detail("app " + key.name());
        Decision decision = AppDecisions.create(
                tenant,
                spec,
                UUID.randomUUID(),
                request.get(Params.ADOPT),
                services.clock().instant());
        if (request.get(Params.DRY_RUN)) {
            ClusterImage image = services.log().image();
            return Reply.json(200, AppViews.plan(image, decision.decide(image), key, List.of()));
        }
        Committed committed = Commits.commit(services, request, tenant, decision);
        Resource made = Commits.outcome(services.log(), committed, key);
        return Commits.reply(201, made, committed).with("Location", "/v1/apps/" + key.name());
    }

    private AppSpec checked(AppSpec spec) {
        Capabilities.require(spec.templateOrNone(), "/template", services.allowedCapabilities());
        return PrometheusServers.require(
                Schedule.require(spec), services.scaling().prometheus());
    }

    private Reply get(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        return Commits.reply(200, existing(Listing.image(services.log(), request), tenant, request.get(Params.NAME)));
    }

    private static AppResource existing(ClusterImage image, String tenant, String name) {
        AppResource app = image.app(tenant, name);
        if (app == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no app named " + name);
        }
        return app;
    }

    private Reply patch(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        ResourceKey key = ResourceKey.app(tenant, request.get(Params.NAME));
        MergePatch<AppSpec> patch = MergePatch.read(request.body(), AppSpec.class);
        // Merged at the head, under the lock: what another caller changed meanwhile is kept.
        UnaryOperator<AppSpec> change = spec -> checked(patch.applyTo(spec).within(spec));
        UpdateOptions options = new UpdateOptions(request.get(Params.FORCE), request.get(Params.MOVE));
        templates.require(tenant, key.name(), change, options, services.clock().instant());
        Decision decision = AppDecisions.update(
                tenant,
                key.name(),
                change,
                request.get(Params.ADOPT),
                options,
                Params.ifRevision(request),
                services.clock().instant());
        if (request.get(Params.DRY_RUN)) {
            ClusterImage image = services.log().image();
            Decided decided = decision.decide(image);
            AppSpec before = existing(image, tenant, key.name()).spec();
            return Reply.json(200, AppViews.plan(image, decided, key, FieldDiff.between(before, change.apply(before))));
        }
        Committed committed = Commits.commit(services, request, tenant, decision);
        return Commits.reply(200, Commits.outcome(services.log(), committed, key), committed);
    }

    private Reply scale(Request request) throws InterruptedException {
        AppScale scale = AppScale.require(request.body(AppScale.class));
        return act(
                request,
                (tenant, name, ifRevision, now) ->
                        AppDecisions.scale(tenant, name, scale.replicasOrNone(), scale.reason(), ifRevision, now));
    }

    private Reply switchover(Request request) throws InterruptedException {
        AppSwitchover asked = AppSwitchover.require(request.body(AppSwitchover.class));
        return act(
                request,
                (tenant, name, ifRevision, now) -> RoleDecisions.switchover(tenant, name, asked.to(), ifRevision, now));
    }

    private Reply undo(Request request) throws InterruptedException {
        Long to = request.find(Params.TO);
        return act(
                request,
                (tenant, name, ifRevision, now) ->
                        RolloutDecisions.undo(tenant, name, to == null ? null : Math.toIntExact(to), ifRevision, now));
    }

    private Reply act(Request request, OnApp action) throws InterruptedException {
        String tenant = Tenancy.of(request);
        String name = request.get(Params.NAME);
        Decision decision = action.decide(
                tenant, name, Params.ifRevision(request), services.clock().instant());
        Committed committed = Commits.commit(services, request, tenant, decision);
        return Commits.reply(202, Commits.outcome(services.log(), committed, ResourceKey.app(tenant, name)), committed);
    }

    private Reply rollout(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        ClusterImage image = Listing.image(services.log(), request);
        return Reply.json(200, AppViews.rollout(image, existing(image, tenant, request.get(Params.NAME))));
    }

    private Reply history(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        ClusterImage image = Listing.image(services.log(), request);
        AppResource app = existing(image, tenant, request.get(Params.NAME));
        List<Resource> releases = new ArrayList<>(image.releases(tenant, app.name()));
        Collections.reverse(releases);
        return Reply.page(new Page<>(releases, image.revision(), null), Resource.class);
    }
}
