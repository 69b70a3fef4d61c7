package io.mosaic.images.api;

import io.mosaic.images.access.AuditTrail;
import io.mosaic.images.access.Gate;
import io.mosaic.images.access.TokenKeys;
import io.mosaic.images.blob.StoreUnavailableException;
import io.mosaic.images.registry.BlobSource;
import io.mosaic.images.registry.Registry;
import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.CallObserver;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Notes;
import io.mosaic.kit.http.OpenApi;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.kit.http.RouteTable;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.model.Bytes;
import io.mosaic.model.Interval;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All routes beside the registry's protocol. */
public final class ImagesApi {

    private static final Logger LOG = LoggerFactory.getLogger(ImagesApi.class);

    /** No handler answers with it: what a caller may not see is not found. */
    private static final int FORBIDDEN = 403;

    private ImagesApi() {}

    /** Whether it works. */
    record Health(String status) {}

    /** What answers. */
    record Version(String version, String api) {}

    /**
     * The table, with its own OpenAPI document.
     *
     * @param source where repairs find content
     * @param grace of a collection whose caller names none
     * @param notReady why it should get no traffic, absent when it should
     */
    public static RouteTable routes(
            Registry registry,
            Gate gate,
            TokenKeys keys,
            BlobSource source,
            Duration grace,
            Metrics metrics,
            String version,
            Supplier<@Nullable String> notReady) {
        List<Route> routes = new ArrayList<>();
        routes.addAll(new ImageRoutes(registry, gate).routes());
        routes.addAll(new CareRoutes(registry, gate, source, grace).routes());
        routes.addAll(new KeyRoutes(keys, registry.audit()).routes());
        routes.addAll(system(metrics, version, notReady));
        routes.add(Route.get("/openapi.json")
                .id("openApi")
                .summary("This document")
                .answers(Answer.stream("OpenAPI 3.1", Answer.JSON))
                .handle(request ->
                        Reply.bytes(200, Answer.JSON, OpenApi.document("Mosaic images", version, routes, notes()))));
        return new RouteTable(routes);
    }

    private static List<Route> system(Metrics metrics, String version, Supplier<@Nullable String> notReady) {
        return List.of(
                Route.get("/v1/version")
                        .id("version")
                        .summary("Which version answers")
                        .answers(Answer.json(200, "The version", Version.class))
                        .handle(request -> Reply.json(200, new Version(version, "v1"))),
                Route.get("/healthz")
                        .id("health")
                        .summary("Whether the process is up")
                        .answers(Answer.json(200, "It is", Health.class))
                        .handle(request -> Reply.json(200, new Health("ok"))),
                Route.get("/readyz")
                        .id("ready")
                        .summary("Whether it should get traffic")
                        .answers(
                                Answer.json(200, "The database answers", Health.class),
                                Answer.empty(503, "It should not; the problem says why"))
                        .handle(request -> ready(notReady.get())),
                Route.get("/metrics")
                        .id("metrics")
                        .summary("Metrics in Prometheus' text format")
                        .needs(Role.VIEWER)
                        .answers(Answer.stream("The metrics", Metrics.CONTENT_TYPE))
                        .handle(request -> Reply.bytes(200, Metrics.CONTENT_TYPE, metrics.text())));
    }

    private static Reply ready(@Nullable String why) {
        return why == null
                ? Reply.json(200, new Health("ready"))
                : Reply.problem(Problem.Kind.UNAVAILABLE.with(why)).with("Retry-After", "1");
    }

    private static Notes notes() {
        return new Notes()
                .scalar(Bytes.class, Map.of("type", "string", "description", "Bytes, such as 128Mi."))
                .scalar(Interval.class, Map.of("type", "string", "description", "A duration, such as 30s or 24h."));
    }

    /** A call that changes something. */
    interface Change {
        Reply handle(Request request, AuditTrail.Details details) throws Exception;
    }

    /**
     * Such a call, kept in the audit log.
     *
     * @param tenant whom it is about, or null
     */
    static Route.Action.Handle audited(AuditTrail audit, Function<Request, @Nullable String> tenant, Change change) {
        return request -> audit.record(
                request.caller(),
                tenant.apply(request),
                request.route().method() + " " + request.path(),
                AuditTrail.PROBLEM,
                details -> handled(change, request, details));
    }

    private static Reply handled(Change change, Request request, AuditTrail.Details details) throws Exception {
        try {
            return change.handle(request, details);
        } catch (StoreUnavailableException e) {
            LOG.warn("{} {}: {}", request.route().method(), request.path(), e.getMessage());
            throw new ProblemException(Problem.Kind.UNAVAILABLE, "the content store does not answer");
        }
    }

    /** Counts calls, and keeps those that would change something and were refused before they came to their handler. */
    public static CallObserver observer(Metrics metrics, AuditTrail audit) {
        return outcome -> {
            metrics.call(outcome.route().operationId(), outcome.status(), outcome.took());
            Caller caller = outcome.caller();
            if (outcome.route().audited() && outcome.status() == FORBIDDEN && caller != null) {
                audit.tell(
                        caller.name(),
                        null,
                        outcome.method() + " " + outcome.path(),
                        outcome.status(),
                        outcome.detail());
            }
        };
    }
}
