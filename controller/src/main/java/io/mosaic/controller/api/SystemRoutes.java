package io.mosaic.controller.api;

import io.mosaic.kit.http.Answer;
import io.mosaic.kit.http.Caller;
import io.mosaic.kit.http.Reply;
import io.mosaic.kit.http.Request;
import io.mosaic.kit.http.Route;
import io.mosaic.kit.metrics.Metrics;
import io.mosaic.model.Problem;
import io.mosaic.model.ProblemException;
import io.mosaic.model.RepositoryAddress;
import io.mosaic.model.Role;
import java.util.List;
import java.util.function.Supplier;

/** What the controller says of itself. */
final class SystemRoutes {

    private final ApiServices services;
    private final Supplier<byte[]> document;

    /** @param document the OpenAPI document, which can only be written when all routes are known */
    SystemRoutes(ApiServices services, Supplier<byte[]> document) {
        this.services = services;
        this.document = document;
    }

    /**
     * Who calls.
     *
     * @param name of the token
     * @param tenants which it may act for; empty: all of them
     */
    record WhoAmI(String name, Role role, List<String> tenants) {
        static WhoAmI of(Caller caller) {
            return new WhoAmI(caller.name(), caller.role(), caller.tenants());
        }
    }

    /**
     * What answers.
     *
     * @param controller name of this controller
     * @param api version of the API
     */
    record Version(String version, String api, String controller) {}

    /** Whether it works. */
    record Health(String status) {}

    List<Route> routes() {
        return List.of(
                Route.get("/v1/whoami")
                        .id("whoAmI")
                        .summary("What the token is and may do")
                        .needs(Role.VIEWER)
                        .answers(Answer.json(200, "The caller", WhoAmI.class))
                        .handle(request -> Reply.json(200, WhoAmI.of(request.caller()))),
                Route.get("/v1/image-repository")
                        .id("imageRepository")
                        .tag("images")
                        .summary("Where the cluster's image repository is")
                        .needs(Role.VIEWER)
                        .answers(Answer.json(200, "Its address", RepositoryAddress.class))
                        .handle(request -> Reply.json(200, imageRepository())),
                Route.get("/v1/version")
                        .id("version")
                        .summary("Which version answers")
                        .answers(Answer.json(200, "The version", Version.class))
                        .handle(request ->
                                Reply.json(200, new Version(services.version(), "v1", services.controller()))),
                Route.get("/openapi.json")
                        .id("openApi")
                        .summary("This document")
                        .answers(Answer.stream("OpenAPI 3.1", Answer.JSON))
                        .handle(request -> Reply.bytes(200, Answer.JSON, document.get())),
                Route.get("/healthz")
                        .id("health")
                        .summary("Whether the process is up")
                        .answers(Answer.json(200, "It is", Health.class))
                        .handle(request -> Reply.json(200, new Health("ok"))),
                Route.get("/readyz")
                        .id("ready")
                        .summary("Whether this controller should get traffic")
                        .answers(
                                Answer.json(200, "The log is at its head and the database answers", Health.class),
                                Answer.empty(503, "It should not; the problem says why"))
                        .handle(this::ready),
                Route.get("/metrics")
                        .id("metrics")
                        .summary("Metrics in Prometheus' text format")
                        .needs(Role.VIEWER)
                        .answers(Answer.stream("The metrics", Metrics.CONTENT_TYPE))
                        .handle(request -> Reply.bytes(
                                200, Metrics.CONTENT_TYPE, services.metrics().text())));
    }

    private RepositoryAddress imageRepository() {
        String url = services.imageRepository();
        if (url == null) {
            throw new ProblemException(
                    Problem.Kind.NOT_FOUND, "the controllers' configuration names no image repository");
        }
        return new RepositoryAddress(url);
    }

    private Reply ready(Request request) {
        String why = services.notReady().get();
        return why == null
                ? Reply.json(200, new Health("ready"))
                : Reply.problem(Problem.Kind.UNAVAILABLE.with(why)).with("Retry-After", "1");
    }
}
