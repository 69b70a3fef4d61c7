package io.mosaic.images.api;

import io.mosaic.images.access.AuditTrail;
import io.mosaic.images.access.Gate;
import io.mosaic.images.catalog.TenantCatalog;
import io.mosaic.images.registry.BlobSource;
import io.mosaic.images.registry.Registry;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Parameter.Place;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.Bytes;
import io.mosaic.model.GarbageReport;
import io.mosaic.model.GarbageRequest;
import io.mosaic.model.ImageQuota;
import io.mosaic.model.ImageWork;
import io.mosaic.model.Names;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import io.mosaic.model.StoreCheck;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What whoever looks after the repository asks of it: collections, checks, quotas. */
final class CareRoutes {

    private static final Logger LOG = LoggerFactory.getLogger(CareRoutes.class);

    private static final Parameter<String> TENANT =
            Owners.parameter(Place.PATH, "Name of the tenant, or of a registry that is mirrored.");

    private static final Parameter<Boolean> REPAIR = Parameter.flag(
                    Place.QUERY, "repair", "Whether what is broken is fetched again from mirrored registries.")
            .orElse(false);

    private final Registry registry;
    private final Gate gate;
    private final BlobSource source;
    private final Duration grace;

    /**
     * @param source where repairs find content
     * @param grace of a collection whose caller names none
     */
    CareRoutes(Registry registry, Gate gate, BlobSource source, Duration grace) {
        this.registry = registry;
        this.gate = gate;
        this.source = source;
        this.grace = grace;
    }

    /**
     * The new limit of a tenant.
     *
     * @param limit absent: none
     */
    record Limit(@Nullable Bytes limit) {}

    List<Route> routes() {
        return List.of(
                Route.post("/v1/image-garbage")
                        .id("collectImageGarbage")
                        .tag("images")
                        .summary("Lets go of content that nobody needs; answers when it is done")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .reads(Route.Body.json(GarbageRequest.class))
                        .answers(Answer.json(200, "What went", GarbageReport.class))
                        .handle(audited(this::collect)),
                Route.post("/v1/image-check")
                        .id("checkImages")
                        .tag("images")
                        .summary("Reads all content again and holds it against its digests; answers when it is done")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .takes(REPAIR)
                        .answers(Answer.json(200, "What was found", StoreCheck.class))
                        .handle(audited(this::check)),
                Route.get("/v1/image-work")
                        .id("getImageWork")
                        .tag("images")
                        .summary("How far checks and collections are that are under way")
                        .needs(Role.OPERATOR)
                        .clusterWide()
                        .answers(Answer.json(200, "What is under way", ImageWork.class))
                        .handle(request -> Reply.json(
                                200,
                                new ImageWork(
                                        registry.checker().progress(),
                                        registry.collector().progress()))),
                Route.get("/v1/image-quotas/{tenant}")
                        .id("getImageQuota")
                        .tag("images")
                        .summary("What a tenant's images take and may take")
                        .needs(Role.VIEWER)
                        .takes(TENANT)
                        .answers(Answer.json(200, "The quota", ImageQuota.class))
                        .handle(this::quota),
                Route.patch("/v1/image-quotas/{tenant}")
                        .id("setImageQuota")
                        .tag("images")
                        .summary("Limits what a tenant's images may take; one below what they take stops growth only")
                        .needs(Role.ADMIN)
                        .clusterWide()
                        .takes(TENANT)
                        .reads(Route.Body.json(Limit.class))
                        .answers(Answer.json(200, "The quota", ImageQuota.class))
                        .handle(audited(this::limit)));
    }

    private Route.Action.Handle audited(ImagesApi.Change change) {
        return ImagesApi.audited(
                registry.audit(),
                request -> request.route().parameters().contains(TENANT) ? request.get(TENANT) : null,
                change);
    }

    private Reply collect(Request request, AuditTrail.Details details) throws IOException {
        GarbageRequest asked = request.body(GarbageRequest.class);
        Duration stays = asked.grace() == null ? grace : asked.grace().duration();
        if (Boolean.TRUE.equals(asked.dryRun())) {
            details.tell("a look only");
            return Reply.json(200, registry.collector().look(stays));
        }
        GarbageReport report = registry.collector().collect(stays, Boolean.TRUE.equals(asked.untagged()));
        LOG.info("{} had garbage collected: {}", request.caller().name(), report);
        details.tell(report.blobs() + " blobs, " + report.bytes() + ", " + report.manifests() + " images");
        return Reply.json(200, report);
    }

    private Reply check(Request request, AuditTrail.Details details) throws IOException, InterruptedException {
        StoreCheck found = registry.checker().check(request.get(REPAIR) ? source : null);
        LOG.info(
                "{} had the content checked: {} blobs, {} broken, {} repaired",
                request.caller().name(),
                found.blobs(),
                found.broken().size(),
                found.repaired().size());
        details.tell(found.blobs() + " blobs, " + found.broken().size() + " broken, "
                + found.repaired().size() + " repaired");
        return Reply.json(200, found);
    }

    private Reply quota(Request request) {
        return reply(registry.tenants().usage(Owners.get(request, TENANT, gate)));
    }

    private Reply limit(Request request, AuditTrail.Details details) {
        Bytes limit = request.body(Limit.class).limit();
        String tenant = Owners.get(request, TENANT, gate);
        if (limit != null && Names.validRegistry(tenant)) {
            // Pulls would fail at it, where the mirror's own limit makes room.
            throw ProblemException.field(
                    "/limit",
                    "is for tenants: what is kept of " + tenant + " is limited by maxBytes of its mirror",
                    limit.toString());
        }
        details.tell(limit == null ? "no limit" : "limit " + limit);
        return reply(registry.tenants().limit(tenant, limit == null ? null : limit.value()));
    }

    private static Reply reply(TenantCatalog.Usage usage) {
        Long quota = usage.quota();
        return Reply.json(
                200, new ImageQuota(usage.tenant(), new Bytes(usage.bytes()), quota == null ? null : new Bytes(quota)));
    }
}
