package io.mosaic.controller.api;

import io.mosaic.controller.auth.TenantDecisions;
import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.Kind;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import io.mosaic.model.TenantResource;
import io.mosaic.model.TenantSpec;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Tenants and their quotas. A token that is limited to some tenants sees no others. */
final class TenantRoutes {

    private final ApiServices services;

    TenantRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/tenants")
                        .id("listTenants")
                        .tag("tenants")
                        .summary("Lists the tenants that the token may act for")
                        .needs(Role.VIEWER)
                        .takes(Params.LIMIT, Params.PAGE, Params.AT_LEAST, Params.WRITTEN)
                        .answers(Answer.page("The tenants, by name", TenantResource.class))
                        .handle(this::list),
                Route.post("/v1/tenants")
                        .id("createTenant")
                        .tag("tenants")
                        .summary("Makes a tenant")
                        .needs(Role.ADMIN)
                        .clusterWide()
                        .takes(Params.IDEMPOTENCY_KEY)
                        .reads(Route.Body.json(TenantSpec.class))
                        .answers(Answer.json(201, "The tenant", TenantResource.class))
                        .handle(this::create),
                Route.get("/v1/tenants/{name}")
                        .id("getTenant")
                        .tag("tenants")
                        .summary("One tenant")
                        .needs(Role.VIEWER)
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .answers(Answer.json(200, "The tenant; its ETag is the revision", TenantResource.class))
                        .handle(this::get),
                Route.patch("/v1/tenants/{name}")
                        .id("patchTenant")
                        .tag("tenants")
                        .summary("Changes a tenant's quota")
                        .needs(Role.ADMIN)
                        .clusterWide()
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .reads(Route.Body.mergePatch(TenantSpec.class))
                        .answers(Answer.json(200, "As it is now", TenantResource.class))
                        .handle(this::patch),
                Route.delete("/v1/tenants/{name}")
                        .id("deleteTenant")
                        .tag("tenants")
                        .summary("Takes a tenant without sets away")
                        .needs(Role.ADMIN)
                        .clusterWide()
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .answers(Answer.json(200, "Gone", TenantResource.class))
                        .handle(this::delete));
    }

    private Reply list(Request request) throws InterruptedException {
        ClusterImage image = Listing.image(services.log(), request);
        return Listing.page(
                request,
                image,
                Kind.TENANT,
                ResourceKey.CLUSTER,
                tenant -> request.caller().mayActFor(tenant.name()),
                Function.identity());
    }

    private Reply get(Request request) throws InterruptedException {
        String name = request.get(Params.NAME);
        TenantResource tenant = Listing.image(services.log(), request).tenant(name);
        if (tenant == null || !request.caller().mayActFor(name)) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no tenant named " + name);
        }
        return Commits.reply(200, tenant);
    }

    private Reply create(Request request) throws InterruptedException {
        TenantSpec spec = request.body(TenantSpec.class);
        Decision decision =
                TenantDecisions.create(spec, UUID.randomUUID(), services.clock().instant());
        String name = String.valueOf(spec.name());
        return act(request, 201, ResourceKey.tenant(name), decision).with("Location", "/v1/tenants/" + name);
    }

    private Reply patch(Request request) throws InterruptedException {
        String name = request.get(Params.NAME);
        MergePatch<TenantSpec> patch = MergePatch.read(request.body(), TenantSpec.class);
        Long ifRevision = Params.ifRevision(request);
        return act(request, 200, ResourceKey.tenant(name), head -> {
            TenantResource tenant = head.tenant(name);
            if (tenant == null) {
                throw new ProblemException(Problem.Kind.NOT_FOUND, "no tenant named " + name);
            }
            return TenantDecisions.patch(name, patch.applyTo(tenant.spec()), ifRevision)
                    .decide(head);
        });
    }

    private Reply delete(Request request) throws InterruptedException {
        String name = request.get(Params.NAME);
        return act(request, 200, ResourceKey.tenant(name), TenantDecisions.delete(name, Params.ifRevision(request)));
    }

    private Reply.Whole act(Request request, int status, ResourceKey key, Decision decision)
            throws InterruptedException {
        Committed committed = Commits.commit(services, request, ResourceKey.CLUSTER, decision);
        return Commits.reply(status, Commits.outcome(services.log(), committed, key), committed);
    }
}
