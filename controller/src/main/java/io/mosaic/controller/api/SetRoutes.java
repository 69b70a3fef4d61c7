package io.mosaic.controller.api;

import io.mosaic.controller.cluster.ClusterImage;
import io.mosaic.controller.cluster.Decision;
import io.mosaic.controller.set.SetDecisions;
import io.mosaic.controller.set.UpdateOptions;
import io.mosaic.controller.store.ClusterLog.Committed;
import io.mosaic.controller.watch.WatchFilter;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.Kind;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Resource;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import io.mosaic.model.SetResource;
import io.mosaic.model.SetSpec;
import io.mosaic.model.SetSpecRules;
import io.mosaic.model.SetState;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Sets: create, read, watch, change, start, stop, restart, delete. */
final class SetRoutes {

    private static final Parameter<?>[] TENANTS = {Params.TENANT, Params.TENANT_HEADER};

    private final ApiServices services;
    private final PlacementPreview preview = new PlacementPreview();

    SetRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/sets")
                        .id("listSets")
                        .tag("sets")
                        .summary("Lists or watches sets")
                        .needs(Role.VIEWER)
                        .takes(TENANTS)
                        .takes(Params.LABEL, Params.SET_STATE, Params.HOST, Params.APP, Params.LIMIT)
                        .takes(Params.PAGE, Params.ALL)
                        .takes(Params.AT_LEAST, Params.WRITTEN)
                        .takes(Params.WATCH, Params.FROM, Params.LAST_EVENT_ID)
                        .answers(
                                Answer.page("The sets, by name", SetResource.class),
                                Answer.stream("With watch=true: each change", Answer.EVENTS),
                                Answer.empty(410, "The revision to watch from is compacted: list anew"))
                        .handle(this::list),
                Route.post("/v1/sets")
                        .id("createSet")
                        .tag("sets")
                        .summary("Creates a set")
                        .needs(Role.DEVELOPER)
                        .takes(TENANTS)
                        .takes(Params.IDEMPOTENCY_KEY, Params.DRY_RUN)
                        .reads(Route.Body.json(SetSpec.class))
                        .answers(
                                Answer.json(201, "Accepted and committed; it is being placed", SetResource.class),
                                Answer.json(
                                        200,
                                        "With dryRun=true: where it would go now, or why it would wait",
                                        SetResource.class))
                        .handle(this::create),
                Route.get("/v1/sets/{name}")
                        .id("getSet")
                        .tag("sets")
                        .summary("One set")
                        .needs(Role.VIEWER)
                        .takes(Params.NAME, Params.AT_LEAST, Params.WRITTEN)
                        .takes(TENANTS)
                        .answers(Answer.json(200, "The set; its ETag is the revision", SetResource.class))
                        .handle(this::get),
                Route.patch("/v1/sets/{name}")
                        .id("patchSet")
                        .tag("sets")
                        .summary(
                                "Changes what may change while a set lives: containers, limits, volume size, labels ...")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY, Params.DRY_RUN)
                        .takes(Params.FORCE, Params.MOVE)
                        .takes(TENANTS)
                        .reads(Route.Body.mergePatch(SetSpec.class))
                        .answers(Answer.json(200, "As it is now", SetResource.class))
                        .handle(this::patch),
                Route.delete("/v1/sets/{name}")
                        .id("deleteSet")
                        .tag("sets")
                        .summary("Deletes a set, its containers and its volume")
                        .needs(Role.DEVELOPER)
                        .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                        .takes(TENANTS)
                        .answers(
                                Answer.json(202, "Being deleted on its host", SetResource.class),
                                Answer.json(200, "Gone: it never had a host", SetResource.class))
                        .handle(this::delete),
                action("start", "Starts a stopped set; a running one runs on", SetDecisions::start),
                action("stop", "Stops a set; its host and its volume stay", SetDecisions::stop),
                action("restart", "Stops and starts every container of a set", SetDecisions::restart));
    }

    /** What the decisions on start, stop, restart and delete have in common. */
    @FunctionalInterface
    private interface OnSet {
        Decision decide(String tenant, String name, @Nullable Long ifRevision, Instant now);
    }

    private Route action(String verb, String summary, OnSet decision) {
        return Route.post("/v1/sets/{name}/" + verb)
                .id(verb + "Set")
                .tag("sets")
                .summary(summary)
                .needs(Role.DEVELOPER)
                .takes(Params.NAME, Params.IF_MATCH, Params.IDEMPOTENCY_KEY)
                .takes(TENANTS)
                .answers(Answer.json(202, "Accepted", SetResource.class))
                .handle(request -> act(request, decision));
    }

    private Reply list(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        Predicate<Resource> filter = filter(request);
        if (request.get(Params.WATCH)) {
            return services.hub()
                    .watch(new WatchFilter(Kind.SET, tenant, filter), Params.watchFrom(request, Params.FROM));
        }
        ClusterImage image = Listing.image(services.log(), request);
        if (request.get(Params.ALL)) {
            return Listing.all(image, Kind.SET, tenant, filter);
        }
        return Listing.page(request, image, Kind.SET, tenant, filter, Function.identity());
    }

    private static Predicate<Resource> filter(Request request) {
        SetState state = request.find(Params.SET_STATE);
        String host = request.find(Params.HOST);
        String app = request.find(Params.APP);
        return Listing.labelled(request).and(resource -> {
            SetResource set = (SetResource) resource;
            return (state == null || set.status().state() == state)
                    && (host == null || host.equals(set.status().host()))
                    && (app == null
                            || (set.app() != null && app.equals(set.app().name())));
        });
    }

    private Reply create(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        SetSpec spec = Capabilities.require(
                SetSpecRules.require(request.body(SetSpec.class)), "", services.allowedCapabilities());
        ResourceKey key = ResourceKey.set(tenant, spec.nameOrEmpty());
        request.notes().detail("set " + key.name());
        Instant now = services.clock().instant();
        Decision decision = SetDecisions.create(tenant, spec, UUID.randomUUID(), now);
        if (request.get(Params.DRY_RUN)) {
            return Reply.json(200, preview.of(services.log().image(), decision, key, now));
        }
        Committed committed = Commits.commit(services, request, tenant, decision);
        Resource made = Commits.outcome(services.log(), committed, key);
        return Commits.reply(201, made, committed).with("Location", "/v1/sets/" + key.name());
    }

    private Reply get(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        return Commits.reply(200, existing(Listing.image(services.log(), request), tenant, request.get(Params.NAME)));
    }

    static SetResource existing(ClusterImage image, String tenant, String name) {
        SetResource set = image.set(tenant, name);
        if (set == null) {
            throw new ProblemException(Problem.Kind.NOT_FOUND, "no set named " + name);
        }
        return set;
    }

    private Reply patch(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        String name = request.get(Params.NAME);
        ResourceKey key = ResourceKey.set(tenant, name);
        Instant now = services.clock().instant();
        Long ifRevision = Params.ifRevision(request);
        MergePatch<SetSpec> patch = MergePatch.read(request.body(), SetSpec.class);
        UpdateOptions options = new UpdateOptions(request.get(Params.FORCE), request.get(Params.MOVE));
        // Merged at the head, under the lock: what another caller changed meanwhile is kept.
        Decision decision =
                head -> SetDecisions.update(tenant, name, merged(head, tenant, name, patch), options, ifRevision, now)
                        .decide(head);
        if (!options.force()) {
            requireMemory(tenant, name, patch);
        }
        if (options.move()) {
            requireRoomElsewhere(tenant, name, patch, now);
        }
        try {
            if (request.get(Params.DRY_RUN)) {
                return Reply.json(200, DryRun.of(services.log().image(), decision, key));
            }
            Committed committed = Commits.commit(services, request, tenant, decision);
            return Commits.reply(200, Commits.outcome(services.log(), committed, key), committed);
        } catch (ProblemException e) {
            throw e.is(Problem.Kind.CONFLICT) && !options.move() ? withHost(e, tenant, name, patch, now) : e;
        }
    }

    private SetSpec merged(ClusterImage head, String tenant, String name, MergePatch<SetSpec> patch) {
        return Capabilities.require(
                SetSpecRules.require(patch.applyTo(existing(head, tenant, name).spec())),
                "",
                services.allowedCapabilities());
    }

    /** Asks the host before anything is committed, so that the caller has a clear answer; the host is the last to judge. */
    private void requireMemory(String tenant, String name, MergePatch<SetSpec> patch) throws InterruptedException {
        ClusterImage image = services.log().image();
        SetResource set = image.set(tenant, name);
        if (set != null && set.status().state() != SetState.LOST) {
            MemoryCheck.require(services.streams(), set, merged(image, tenant, name, patch));
        }
    }

    /** A set should not stop to move where no host would take it. */
    private void requireRoomElsewhere(String tenant, String name, MergePatch<SetSpec> patch, Instant now) {
        ClusterImage image = services.log().image();
        SetResource set = image.set(tenant, name);
        if (set == null) {
            return;
        }
        SetSpec spec = merged(image, tenant, name, patch);
        if (spec.volume() == null
                && SetDecisions.lacksRoom(image, set, spec)
                && preview.elsewhere(image, set, spec, now) == null) {
            throw new ProblemException(
                    Problem.Kind.CONFLICT,
                    "host " + set.status().host() + " has no room for it, and no other host has room either");
        }
    }

    /** Where there is no room here, a caller wants to know where there is. */
    private ProblemException withHost(
            ProblemException refusal, String tenant, String name, MergePatch<SetSpec> patch, Instant now) {
        ClusterImage image = services.log().image();
        SetResource set = image.set(tenant, name);
        if (set == null) {
            return refusal;
        }
        SetSpec spec = merged(image, tenant, name, patch);
        if (!SetDecisions.lacksRoom(image, set, spec)) {
            return refusal;
        }
        String host = preview.elsewhere(image, set, spec, now);
        String hint = host == null
                ? "no other host has room either"
                : spec.volume() == null
                        ? "host " + host + " has: with move=true (mos set resize --move) the set goes to one that has"
                        : "host " + host + " has, but the set's volume is on this host and does not move";
        return new ProblemException(Problem.Kind.CONFLICT, refusal.problem().detail() + "; " + hint);
    }

    private Reply act(Request request, OnSet action) throws InterruptedException {
        String tenant = Tenancy.of(request);
        String name = request.get(Params.NAME);
        Decision decision = action.decide(
                tenant, name, Params.ifRevision(request), services.clock().instant());
        Committed committed = Commits.commit(services, request, tenant, decision);
        return Commits.reply(202, Commits.outcome(services.log(), committed, ResourceKey.set(tenant, name)), committed);
    }

    private Reply delete(Request request) throws InterruptedException {
        String tenant = Tenancy.of(request);
        ResourceKey key = ResourceKey.set(tenant, request.get(Params.NAME));
        Decision decision = SetDecisions.delete(
                tenant, key.name(), Params.ifRevision(request), services.clock().instant());
        Committed committed = Commits.commit(services, request, tenant, decision);
        int status = Commits.deleted(committed, key) ? 200 : 202;
        return Commits.reply(status, Commits.outcome(services.log(), committed, key), committed);
    }
}
