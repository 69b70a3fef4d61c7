package io.mosaic.controller.api;

import io.mosaic.controller.store.Store.AuditQuery;
import io.mosaic.controller.store.Store.EventQuery;
import io.mosaic.controller.store.StoreException;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Parameter;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.model.AuditEntry;
import io.mosaic.model.Event;
import io.mosaic.model.Kind;
import io.mosaic.model.Names;
import io.mosaic.model.Page;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.ResourceKey;
import io.mosaic.model.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What happened: events of sets and hosts, and who called what. */
final class JournalRoutes {

    private static final Parameter<String> ACTOR = Parameter.text(
            Parameter.Place.QUERY,
            "actor",
            "Only calls by the token of this name.",
            "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
            63,
            Names.RULE);

    private final ApiServices services;

    JournalRoutes(ApiServices services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get("/v1/events")
                        .id("listEvents")
                        .tag("events")
                        .summary("Lists or watches what happened to a tenant's sets, or with kind=host to hosts")
                        .needs(Role.VIEWER)
                        .takes(Params.TENANT, Params.TENANT_HEADER, Params.KIND, Params.ABOUT)
                        .takes(Params.AFTER, Params.LIMIT, Params.WATCH, Params.LAST_EVENT_ID)
                        .answers(
                                Answer.page("Oldest first; without after the newest", Event.class),
                                Answer.stream("With watch=true: each as it happens", Answer.EVENTS))
                        .handle(this::events),
                Route.get("/v1/audit")
                        .id("listAudit")
                        .tag("audit")
                        .summary("Lists who called what and what came of it")
                        .needs(Role.ADMIN)
                        .clusterWide()
                        .takes(Params.AFTER, Params.LIMIT, ACTOR)
                        .answers(Answer.page("Oldest first; without after the newest", AuditEntry.class))
                        .handle(this::audit));
    }

    private Reply events(Request request) {
        Kind kind = request.find(Params.KIND);
        // Hosts belong to no tenant, and whoever may list them may read their story.
        String tenant = kind == Kind.HOST ? ResourceKey.CLUSTER : Tenancy.of(request);
        String name = request.find(Params.ABOUT);
        if (request.get(Params.WATCH)) {
            return services.feed()
                    .watch(event -> matches(event, tenant, kind, name), Params.watchFrom(request, Params.AFTER));
        }
        EventQuery query = new EventQuery(
                tenant,
                kind,
                name,
                request.find(Params.AFTER),
                request.get(Params.LIMIT).intValue());
        try {
            List<Event> events = services.journals().events(query);
            return Reply.page(new Page<>(events, services.log().image().revision(), null), Event.class);
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    private static boolean matches(Event event, String tenant, @Nullable Kind kind, @Nullable String name) {
        return event.tenant().equals(tenant)
                && (kind == null || event.kind() == kind)
                && (name == null || event.name().equals(name));
    }

    private Reply audit(Request request) {
        AuditQuery query = new AuditQuery(
                request.find(ACTOR),
                request.find(Params.AFTER),
                request.get(Params.LIMIT).intValue());
        try {
            List<AuditEntry> entries = services.journals().audit(query);
            return Reply.page(new Page<>(entries, services.log().image().revision(), null), AuditEntry.class);
        } catch (StoreException e) {
            throw unavailable(e);
        }
    }

    private static ProblemException unavailable(StoreException e) {
        return new ProblemException(Problem.Kind.UNAVAILABLE, e.reason());
    }
}
