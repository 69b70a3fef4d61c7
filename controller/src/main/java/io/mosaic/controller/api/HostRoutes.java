package io.mosaic.controller.api;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.host.HostDecisions;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.controller.watch.WatchFilter;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.HostResource;
import io.mosaic.model.HostSpec;
import io.mosaic.model.HostState;
import io.mosaic.model.Kind;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Hosts: read, watch, change, cordon, remove. They join by themselves. */
final class HostRoutes {

    private final ApiServices services;

    HostRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/hosts")
                        .id("listHosts")
                        .tag("hosts")
                        .summary("Lists or watches hosts")
                        .needs(Role.VIEWER)
                        .takes(
                                Params.LABEL,
                                Params.HOST_STATE,
                                Params.LIMIT,
                                Params.PAGE,
                                Params.AT_LEAST,
                                Params.WRITTEN)
                        .takes(Params.WATCH, Params.FROM, Params.LAST_EVENT_ID)
                        .answers(
                                Answer.page("The hosts, by name", HostResource.class),
                                Answer.stream("With watch=true: each change", Answer.EVENTS),
                                Answer.empty(410, "The revision to watch from is compacted: list anew"))
                        .handle(this::list),
                Route.get("/v1/hosts/{name}")
                        .id("getHost")
                        .tag("hosts")
                        .summary("One host")
                        .needs(Role.VIEWER)
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .answers(Answer.json(200, "The host; its ETag is the revision", HostResource.class))
                        .handle(this::get),
                Route.patch("/v1/hosts/{name}")
                        .id("patchHost")
                        .tag("hosts")
                        .summary("Changes a host's zone, pool, labels or whether it is cordoned")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .reads(Route.Body.mergePatch(HostSpec.class))
                        .answers(Answer.json(200, "As it is now", HostResource.class))
                        .handle(this::patch),
                Route.delete("/v1/hosts/{name}")
                        .id("deleteHost")
                        .tag("hosts")
                        .summary("Takes a host without sets out of the cluster")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .answers(Answer.json(200, "Gone", HostResource.class))
                        .handle(request -> act(request, 200, HostDecisions::remove)),
                cordon("cordon", "Keeps new sets away from a host; what runs there, runs on", HostDecisions::cordon),
                cordon("uncordon", "Lets new sets onto a host again", HostDecisions::uncordon),
                Route.post("/v1/hosts/{name}/drain")
                        .id("drainHost")
                        .tag("hosts")
                        .summary("Moves a host's sets away, a few of each app at a time")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .reads(Route.Body.json(HostSpec.Drain.class))
                        .answers(Answer.json(200, "Its reason tells how far it is", HostResource.class))
                        .handle(this::drain),
                cordon(
                        "undrain",
                        "Stops to move sets away; the host stays cordoned, what stopped to move starts again",
                        HostDecisions::undrain));
    }

    /** What the decisions on one host have in common. */
    @FunctionalInterface
    private interface OnHost {
        Decision decide(String name, @Nullable Long ifRevision, Instant now);
    }

    private Route cordon(String verb, String summary, OnHost decision) {
        return Route.post("/v1/hosts/{name}/" + verb)
                .id(verb + "Host")
                .tag("hosts")
                .summary(summary)
                .needs(Role.OPERATOR)
                .clusterWide()
                .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                .answers(Answer.json(200, "As it is now", HostResource.class))
                .handle(request -> act(request, 200, decision));
    }

    private Reply list(Request request) throws InterruptedException {
        HostState state = request.find(Params.HOST_STATE);
        Predicate<Resource> filter = Listing.labelled(request)
                .and(resource ->
                        state == null || ((HostResource) resource).status().state() == state);
        if (request.get(Params.WATCH)) {
            return services.hub()
                    .watch(
                            new WatchFilter(Kind.HOST, ResourceKey.CLUSTER, filter),
                            Params.watchFrom(request, Params.FROM));
        }
        ClusterImage image = Listing.image(services.log(), request);
        return Listing.page(request, image, Kind.HOST, ResourceKey.CLUSTER, filter, Function.identity());
    }

    private Reply get(Request request) throws InterruptedException {
        return Commits.reply(200, existing(Listing.image(services.log(), request), request.get(Params.NAME)));
    }

    /** @throws ProblemException of kind NOT_FOUND when there is none */
    static HostResource existing(ClusterImage image, String name) {
        HostResource host = image.host(name);
        if (host == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no host named " + name);
        }
        return host;
    }

    private Reply patch(Request request) throws InterruptedException {
        MergePatch<HostSpec> patch = MergePatch.read(request.body(), HostSpec.class);
        return act(request, 200, (name, ifRevision, now) -> head -> {
            HostSpec merged = patch.applyTo(existing(head, name).spec());
            return HostDecisions.patch(name, merged, ifRevision, now).decide(head);
        });
    }

    private Reply drain(Request request) throws InterruptedException {
        HostSpec.Drain how = request.body(HostSpec.Drain.class);
        return act(request, 200, (name, ifRevision, now) -> HostDecisions.drain(name, how, ifRevision, now));
    }

    private Reply act(Request request, int status, OnHost action) throws InterruptedException {
        ResourceKey key = ResourceKey.host(request.get(Params.NAME));
        Decision decision = action.decide(
                key.name(), Params.ifRevision(request), services.clock().instant());
        Committed committed = Commits.commit(services, request, ResourceKey.CLUSTER, decision);
        return Commits.reply(status, Commits.outcome(services.log(), committed, key), committed);
    }
}
