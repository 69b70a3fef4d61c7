package io.mosaic.controller.api;

import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.host.PoolDecisions;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.Kind;
import io.mosaic.model.Names;
import io.mosaic.model.PoolResource;
import io.mosaic.model.PoolSpec;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Pools of hosts, as operators describe them. */
final class PoolRoutes {

    private final ApiServices services;

    PoolRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/pools")
                        .id("listPools")
                        .tag("pools")
                        .summary("Lists the pools that are described; others are open to all")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(Params.LIMIT, Params.PAGE, Params.AT_LEAST, Params.WRITTEN)
                        .answers(Answer.page("The pools, by name", PoolResource.class))
                        .handle(this::list),
                Route.get("/v1/pools/{name}")
                        .id("getPool")
                        .tag("pools")
                        .summary("One pool")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .answers(Answer.json(200, "The pool; its ETag is the revision", PoolResource.class))
                        .handle(this::get),
                Route.patch("/v1/pools/{name}")
                        .id("patchPool")
                        .tag("pools")
                        .summary("Describes a pool: whom it is reserved for, how often its hosts are given away")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .reads(Route.Body.mergePatch(PoolSpec.class))
                        .answers(Answer.json(200, "As it is now; made when it was not there", PoolResource.class))
                        .handle(this::patch),
                Route.delete("/v1/pools/{name}")
                        .id("deletePool")
                        .tag("pools")
                        .summary("Forgets what was said of a pool; its hosts are open to all then")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .answers(Answer.json(200, "Gone", PoolResource.class))
                        .handle(this::delete));
    }

    private Reply list(Request request) throws InterruptedException {
        return Listing.page(
                request,
                Listing.image(services.log(), request),
                Kind.POOL,
                ResourceKey.CLUSTER,
                pool -> true,
                Function.identity());
    }

    private Reply get(Request request) throws InterruptedException {
        return Commits.reply(
                200, PoolDecisions.existing(Listing.image(services.log(), request), request.get(Params.NAME)));
    }

    private Reply patch(Request request) throws InterruptedException {
        String name = Names.require("/name", request.get(Params.NAME));
        MergePatch<PoolSpec> patch = MergePatch.read(request.body(), PoolSpec.class);
        return act(
                request,
                PoolDecisions.set(
                        name,
                        patch::applyTo,
                        UUID.randomUUID(),
                        Params.ifRevision(request),
                        services.clock().instant()));
    }

    private Reply delete(Request request) throws InterruptedException {
        return act(request, PoolDecisions.delete(request.get(Params.NAME), Params.ifRevision(request)));
    }

    private Reply act(Request request, Decision decision) throws InterruptedException {
        Committed committed = Commits.commit(services, request, ResourceKey.CLUSTER, decision);
        ResourceKey key = ResourceKey.pool(request.get(Params.NAME));
        return Commits.reply(200, Commits.outcome(services.log(), committed, key), committed);
    }
}
